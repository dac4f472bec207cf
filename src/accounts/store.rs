//! The room's SQL: accounts and memberships here; sessions, clients, signing keys and login attempts below.

pub(super) mod attempts;
pub(super) mod clients;
pub(super) mod keys;
pub(super) mod memberships;
pub(super) mod sessions;

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, CustomerId, DepartmentId};
use crate::localized::Lang;
use crate::store::schema::{accounts, memberships as membership_rows};
use crate::store::{AnyConnection, Db, Tx};

use super::model::{Account, AccountKind, Chosen, Login, NewAccount, Status};
use super::password::PasswordHash;

#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
struct NewRow {
    id: AccountId,
    kind: AccountKind,
    login: String,
    display_name: String,
    password_hash: String,
    password_temporary: bool,
    customer_id: Option<CustomerId>,
    agency_id: Option<DepartmentId>,
    status: Status,
    disabled_by_platform: bool,
    locale: &'static str,
    version: i64,
    created_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    id: AccountId,
    kind: AccountKind,
    login: String,
    display_name: String,
    password_hash: String,
    password_temporary: bool,
    customer_id: Option<CustomerId>,
    agency_id: Option<DepartmentId>,
    status: Status,
    disabled_by_platform: bool,
    locale: String,
    version: i64,
    created_at: Timestamp,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            login: row.login,
            display_name: row.display_name,
            password: PasswordHash::stored(row.password_hash),
            password_temporary: row.password_temporary,
            customer: row.customer_id,
            agency: row.agency_id,
            status: row.status,
            disabled_by_platform: row.disabled_by_platform,
            locale: Lang::from_tag(&row.locale).unwrap_or(Lang::ZhCn),
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// `agency`: the one that a staff account is made for.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: AccountId,
    kind: AccountKind,
    new: &NewAccount,
    agency: Option<DepartmentId>,
    now: Timestamp,
) {
    let row = NewRow {
        id,
        kind,
        login: new.login.as_str().to_owned(),
        display_name: new.display_name.as_str().to_owned(),
        password_hash: new.password.as_str().to_owned(),
        password_temporary: new.chosen == Chosen::ByMaker,
        customer_id: None,
        agency_id: agency,
        status: Status::Active,
        disabled_by_platform: false,
        locale: new.locale.tag(),
        version: 1,
        created_at: now,
    };
    tx.insert(diesel::insert_into(accounts::table).values(row));
}

pub(super) fn by_login(db: &mut impl Db, login: &Login) -> Result<Option<Account>, Failure> {
    let query = accounts::table.filter(accounts::login.eq(login.as_str())).select(Row::as_select());
    Ok(query.first(db.conn()?).optional()?.map(Account::from))
}

pub(super) fn by_id(db: &mut impl Db, id: AccountId) -> Result<Option<Account>, Failure> {
    let query = accounts::table.find(id).select(Row::as_select());
    Ok(query.first(db.conn()?).optional()?.map(Account::from))
}

/// An account that nobody changes before this transaction ends: what is read of it stays true. SQLite has one writer.
pub(super) fn locked(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Account>, Failure> {
    if let AnyConnection::Postgres(conn) = tx.conn()? {
        let row = accounts::table.find(id).select(accounts::id);
        let _: Option<AccountId> = row.for_update().first(conn).optional()?;
    }
    by_id(tx, id)
}

/// Staff accounts in the order of their making; with `reach`, only those that work in one of these departments or were
/// made for one of them.
pub(super) fn staff(
    db: &mut impl Db,
    reach: Option<&[DepartmentId]>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Account>, Failure> {
    let mut query = accounts::table
        .filter(accounts::kind.eq(AccountKind::Staff))
        .order(accounts::id)
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(accounts::id.gt(after));
    }
    if let Some(departments) = reach {
        let working = membership_rows::table
            .filter(membership_rows::department_key.eq_any(departments.iter().map(ToString::to_string)))
            .select(membership_rows::account_id);
        let made_for = accounts::agency_id.is_not_null();
        let made_for = made_for.and(accounts::agency_id.assume_not_null().eq_any(departments.to_vec()));
        query = query.filter(accounts::id.eq_any(working).or(made_for));
    }
    let rows: Vec<Row> = query.load(db.conn()?)?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// Takes the next version, which locks the account until the transaction ends: two who change its roles come one after the
/// other. `seen` is what the caller saw, if anything.
pub(super) fn touch(tx: &mut Tx<'_>, id: AccountId, seen: Option<i64>) -> Result<(), Failure> {
    let bump = diesel::update(accounts::table.find(id)).set(accounts::version.eq(accounts::version + 1));
    let next: Option<i64> = bump.returning(accounts::version).get_result(tx.conn()?).optional()?;
    let next = next.ok_or_else(Failure::not_found)?;
    // The row is ours now, so the version before is known; a refusal rolls the step back.
    let stale = seen.is_some_and(|seen| seen.checked_add(1) != Some(next));
    if stale { Err(Failure::refused(Code::Stale)) } else { Ok(()) }
}

/// A new password that lasts: chosen by the owner, or at the command line, where the operator answers for it.
pub(super) fn set_password(tx: &mut Tx<'_>, id: AccountId, hash: &PasswordHash) -> Result<(), Failure> {
    let set = (
        accounts::password_hash.eq(hash.as_str()),
        accounts::password_temporary.eq(false),
        accounts::version.eq(accounts::version + 1),
    );
    diesel::update(accounts::table.find(id)).set(set).execute(tx.conn()?)?;
    Ok(())
}

/// The same password, hashed anew; nothing when it was changed meanwhile.
pub(super) fn rehash(tx: &mut Tx<'_>, id: AccountId, old: &PasswordHash, new: &PasswordHash) -> Result<(), Failure> {
    let unchanged = accounts::table.find(id).filter(accounts::password_hash.eq(old.as_str()));
    diesel::update(unchanged).set(accounts::password_hash.eq(new.as_str())).execute(tx.conn()?)?;
    Ok(())
}

/// Compare-and-swap of the status; `version` is what the caller saw.
pub(super) fn set_status(
    tx: &mut Tx<'_>,
    id: AccountId,
    status: Status,
    by_platform: bool,
    version: Option<i64>,
) -> Result<(), Failure> {
    let set = (
        accounts::status.eq(status),
        accounts::disabled_by_platform.eq(by_platform),
        accounts::version.eq(accounts::version + 1),
    );
    let changed = match version {
        Some(seen) => {
            diesel::update(accounts::table.find(id).filter(accounts::version.eq(seen))).set(set).execute(tx.conn()?)?
        }
        None => diesel::update(accounts::table.find(id)).set(set).execute(tx.conn()?)?,
    };
    if changed == 0 { Err(Failure::refused(Code::Stale)) } else { Ok(()) }
}

/// Links the account to a customer, once.
pub(super) fn link(tx: &mut Tx<'_>, id: AccountId, customer: CustomerId) -> Result<(), Failure> {
    let unlinked = accounts::table.find(id).filter(accounts::customer_id.is_null());
    let set = (accounts::customer_id.eq(Some(customer)), accounts::version.eq(accounts::version + 1));
    match diesel::update(unlinked).set(set).execute(tx.conn()?)? {
        0 => Err(Failure::refused(Code::AlreadyLinked)),
        _ => Ok(()),
    }
}
