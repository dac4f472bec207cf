//! Which role which account holds where.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{AccountId, DepartmentId, MembershipId};
use crate::store::schema::memberships;
use crate::store::{Db, Tx};

use crate::accounts::model::Membership;

/// `department_key` of a role that is held on the platform: a unique index does not compare nulls.
const PLATFORM: &str = "-";

#[derive(Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
struct NewRow {
    id: MembershipId,
    account_id: AccountId,
    department_id: Option<DepartmentId>,
    department_key: String,
    role: String,
    created_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct Row {
    id: MembershipId,
    account_id: AccountId,
    department_id: Option<DepartmentId>,
    role: String,
    created_at: Timestamp,
}

impl From<Row> for Membership {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account: row.account_id,
            department: row.department_id,
            role: row.role,
            created_at: row.created_at,
        }
    }
}

pub(in crate::accounts) fn insert(tx: &mut Tx<'_>, new: &Membership) {
    let row = NewRow {
        id: new.id,
        account_id: new.account,
        department_id: new.department,
        department_key: new.department.map_or_else(|| PLATFORM.to_owned(), |d| d.to_string()),
        role: new.role.clone(),
        created_at: new.created_at,
    };
    tx.insert(diesel::insert_into(memberships::table).values(row));
}

/// The roles of these accounts, oldest first.
pub(in crate::accounts) fn of(db: &mut impl Db, accounts: &[AccountId]) -> Result<Vec<Membership>, Failure> {
    let query = memberships::table
        .filter(memberships::account_id.eq_any(accounts))
        .order(memberships::id)
        .select(Row::as_select());
    let rows: Vec<Row> = query.load(db.conn()?)?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// Takes a role back; 404 when somebody else was faster.
pub(in crate::accounts) fn delete(tx: &mut Tx<'_>, id: MembershipId) -> Result<(), Failure> {
    match diesel::delete(memberships::table.find(id)).execute(tx.conn()?)? {
        0 => Err(Failure::not_found()),
        _ => Ok(()),
    }
}

/// Whether anybody holds the role.
pub(in crate::accounts) fn anybody(db: &mut impl Db, role: &str) -> Result<bool, Failure> {
    let query = memberships::table.filter(memberships::role.eq(role)).select(memberships::id).limit(1);
    Ok(query.first::<MembershipId>(db.conn()?).optional()?.is_some())
}
