//! Systems and the digests of their secrets.

use diesel::prelude::*;

use crate::access::{Permission, parse_scope, scope_text};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, ClientId, DepartmentId};
use crate::store::schema::clients;
use crate::store::{Db, Tx};

use crate::accounts::model::{Client, ClientStatus};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = clients, treat_none_as_default_value = false)]
struct Row {
    id: ClientId,
    name: String,
    agency_id: DepartmentId,
    secret_hash: String,
    scopes: String,
    status: ClientStatus,
    registered_by: Option<AccountId>,
    version: i64,
    created_at: Timestamp,
}

impl From<Row> for Client {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            agency: row.agency_id,
            secret_hash: row.secret_hash,
            scopes: known(&row.scopes),
            status: row.status,
            registered_by: row.registered_by,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// A scope that this version does not know (any more) grants nothing.
fn known(scopes: &str) -> Vec<Permission> {
    parse_scope(scopes).unwrap_or_else(|| scopes.split(' ').filter_map(|code| code.parse().ok()).collect())
}

pub(in crate::accounts) fn insert(tx: &mut Tx<'_>, client: &Client) {
    let row = Row {
        id: client.id,
        name: client.name.clone(),
        agency_id: client.agency,
        secret_hash: client.secret_hash.clone(),
        scopes: scope_text(&client.scopes),
        status: client.status,
        registered_by: client.registered_by,
        version: client.version,
        created_at: client.created_at,
    };
    tx.insert(diesel::insert_into(clients::table).values(row));
}

pub(in crate::accounts) fn by_id(db: &mut impl Db, id: ClientId) -> Result<Option<Client>, Failure> {
    Ok(clients::table.find(id).select(Row::as_select()).first(db.conn()?).optional()?.map(Client::from))
}

/// Clients in the order of their making; with `reach`, only those of these agencies.
pub(in crate::accounts) fn list(
    db: &mut impl Db,
    reach: Option<&[DepartmentId]>,
    after: Option<ClientId>,
    limit: i64,
) -> Result<Vec<Client>, Failure> {
    let mut query = clients::table.order(clients::id).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(clients::id.gt(after));
    }
    if let Some(agencies) = reach {
        query = query.filter(clients::agency_id.eq_any(agencies));
    }
    let rows: Vec<Row> = query.load(db.conn()?)?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// A new secret. Compare-and-swap on `version`, what the caller saw.
pub(in crate::accounts) fn set_secret(
    tx: &mut Tx<'_>,
    id: ClientId,
    hash: &str,
    version: Option<i64>,
) -> Result<(), Failure> {
    let set = (clients::secret_hash.eq(hash), clients::version.eq(clients::version + 1));
    let usable = clients::table.find(id).filter(clients::status.ne(ClientStatus::Disabled));
    let changed = match version {
        Some(seen) => diesel::update(usable.filter(clients::version.eq(seen))).set(set).execute(tx.conn()?)?,
        None => diesel::update(usable).set(set).execute(tx.conn()?)?,
    };
    swapped(changed)
}

/// Lets a client that waits in. Compare-and-swap on `version`, what the caller saw.
pub(in crate::accounts) fn activate(tx: &mut Tx<'_>, id: ClientId, version: Option<i64>) -> Result<(), Failure> {
    let set = (clients::status.eq(ClientStatus::Active), clients::version.eq(clients::version + 1));
    let pending = clients::table.find(id).filter(clients::status.eq(ClientStatus::Pending));
    let changed = match version {
        Some(seen) => diesel::update(pending.filter(clients::version.eq(seen))).set(set).execute(tx.conn()?)?,
        None => diesel::update(pending).set(set).execute(tx.conn()?)?,
    };
    swapped(changed)
}

/// Shuts a client out, for good: its secret is dropped. Compare-and-swap on `version`, what the caller saw.
pub(in crate::accounts) fn disable(tx: &mut Tx<'_>, id: ClientId, version: Option<i64>) -> Result<(), Failure> {
    let set = (
        clients::status.eq(ClientStatus::Disabled),
        clients::secret_hash.eq(""),
        clients::version.eq(clients::version + 1),
    );
    let usable = clients::table.find(id).filter(clients::status.ne(ClientStatus::Disabled));
    let changed = match version {
        Some(seen) => diesel::update(usable.filter(clients::version.eq(seen))).set(set).execute(tx.conn()?)?,
        None => diesel::update(usable).set(set).execute(tx.conn()?)?,
    };
    swapped(changed)
}

/// Nothing changed: somebody else was faster, or it is shut out.
fn swapped(changed: usize) -> Result<(), Failure> {
    if changed == 0 { Err(Failure::refused(Code::Stale)) } else { Ok(()) }
}
