//! The customers' tables: nothing else names them.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::contact::ContactKind;
use super::details::CustomerKind;
use super::identifier::Scheme;
use super::model::PreferredChannel;
use crate::access::{Scope, Units};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{ContactId, CustomerId, IdentifierId};
use crate::store::schema::{contact_points, customers, identifiers};
use crate::store::{Db, MultiBackend, Tx};

/// A row of `customers`; `details` is sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub(super) struct CustomerRow {
    pub id: CustomerId,
    pub kind: CustomerKind,
    pub name: String,
    pub name_folded: String,
    pub details: String,
    pub preferred_language: String,
    pub preferred_channel: PreferredChannel,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A row of `identifiers`: sealed value, keyed index, mask; `verified_index` is the index again once it is verified.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = identifiers, treat_none_as_default_value = false)]
pub(super) struct IdentifierRow {
    pub id: IdentifierId,
    pub customer_id: CustomerId,
    pub scheme: Scheme,
    pub sealed: String,
    pub blind_index: String,
    pub verified_index: Option<String>,
    pub masked: String,
    pub created_at: Timestamp,
}

/// A row of `contact_points`: sealed value and mask.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_points, treat_none_as_default_value = false)]
pub(super) struct ContactRow {
    pub id: ContactId,
    pub customer_id: CustomerId,
    pub kind: ContactKind,
    pub sealed: String,
    pub masked: String,
    pub preferred: bool,
    pub created_at: Timestamp,
}

/// A customer with everything that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub customer: CustomerRow,
    pub identifiers: Vec<IdentifierRow>,
    pub contacts: Vec<ContactRow>,
}

/// Customers within reach: all of them for staff whose permission reaches any department (a customer belongs to none),
/// else one's own, else nothing.
fn visible_to(scope: &Scope) -> customers::BoxedQuery<'static, MultiBackend> {
    if beyond_own(scope) {
        return customers::table.into_boxed();
    }
    let own = scope.own.and_then(|own| own.customer);
    customers::table.filter(customers::id.eq_any(own)).into_boxed()
}

/// Whether the reach covers customers other than oneself.
pub(super) fn beyond_own(scope: &Scope) -> bool {
    scope.units != Units::Some(Vec::new())
}

/// A customer within reach, without what belongs to it.
pub(super) fn find(db: &mut impl Db, scope: &Scope, id: CustomerId) -> Result<CustomerRow, Failure> {
    let query = visible_to(scope).filter(customers::id.eq(id)).select(CustomerRow::as_select());
    query.first(db.conn()?).optional()?.ok_or_else(Failure::not_found)
}

/// A customer within reach, with everything that belongs to it.
pub(super) fn find_record(db: &mut impl Db, scope: &Scope, id: CustomerId) -> Result<Record, Failure> {
    let customer = find(db, scope, id)?;
    Ok(Record { customer, identifiers: identifiers_of(db, id)?, contacts: contacts_of(db, id)? })
}

/// A customer with everything that belongs to it, for another room, which asks for no caller: one question, since a
/// submission waits for the answer.
pub(super) fn get_record(db: &mut impl Db, id: CustomerId) -> Result<Option<Record>, Failure> {
    type Joined = (CustomerRow, Option<IdentifierRow>, Option<ContactRow>);
    let query = customers::table
        .left_join(identifiers::table.on(identifiers::customer_id.eq(customers::id)))
        .left_join(contact_points::table.on(contact_points::customer_id.eq(customers::id)))
        .filter(customers::id.eq(id))
        .order((identifiers::id, contact_points::id))
        .select((CustomerRow::as_select(), Option::<IdentifierRow>::as_select(), Option::<ContactRow>::as_select()));
    let rows: Vec<Joined> = query.load(db.conn()?)?;
    // Each identifier comes with each contact point.
    let identifiers: BTreeMap<_, _> = rows.iter().filter_map(|(_, i, _)| i.clone()).map(|i| (i.id, i)).collect();
    let contacts: BTreeMap<_, _> = rows.iter().filter_map(|(_, _, c)| c.clone()).map(|c| (c.id, c)).collect();
    Ok(rows.into_iter().next().map(|(customer, _, _)| Record {
        customer,
        identifiers: identifiers.into_values().collect(),
        contacts: contacts.into_values().collect(),
    }))
}

pub(super) fn identifiers_of(db: &mut impl Db, customer: CustomerId) -> Result<Vec<IdentifierRow>, Failure> {
    let query = identifiers::table.filter(identifiers::customer_id.eq(customer)).order(identifiers::id);
    Ok(query.select(IdentifierRow::as_select()).load(db.conn()?)?)
}

pub(super) fn contacts_of(db: &mut impl Db, customer: CustomerId) -> Result<Vec<ContactRow>, Failure> {
    let query = contact_points::table.filter(contact_points::customer_id.eq(customer)).order(contact_points::id);
    Ok(query.select(ContactRow::as_select()).load(db.conn()?)?)
}

/// Customers within reach that claim the value of these indexes, with the claim; verified ones first, 20 at most.
pub(super) fn claims(
    db: &mut impl Db,
    scope: &Scope,
    scheme: Scheme,
    indexes: &[String],
) -> Result<Vec<(CustomerRow, IdentifierRow)>, Failure> {
    let query = identifiers::table
        .filter(identifiers::scheme.eq(scheme))
        .filter(identifiers::blind_index.eq_any(indexes.to_vec()))
        .order((identifiers::verified_index.is_null(), identifiers::id))
        .limit(20)
        .select(IdentifierRow::as_select());
    let found = query.load(db.conn()?)?;
    let mut claims = Vec::new();
    for identifier in found {
        let query = visible_to(scope).filter(customers::id.eq(identifier.customer_id));
        let customer = query.select(CustomerRow::as_select()).first(db.conn()?).optional()?;
        claims.extend(customer.map(|customer| (customer, identifier)));
    }
    Ok(claims)
}

/// Whether another customer's verified identifier has one of these indexes.
pub(super) fn held_by_another(
    db: &mut impl Db,
    customer: CustomerId,
    scheme: Scheme,
    indexes: &[String],
) -> Result<bool, Failure> {
    let query = identifiers::table
        .filter(identifiers::scheme.eq(scheme))
        .filter(identifiers::verified_index.eq_any(indexes.to_vec()))
        .filter(identifiers::customer_id.ne(customer))
        .select(identifiers::id);
    Ok(query.first::<IdentifierId>(db.conn()?).optional()?.is_some())
}

pub(super) fn insert_customer(tx: &mut Tx<'_>, row: CustomerRow) {
    tx.insert(diesel::insert_into(customers::table).values(row));
}

pub(super) fn insert_identifier(tx: &mut Tx<'_>, row: IdentifierRow) {
    tx.insert(diesel::insert_into(identifiers::table).values(row));
}

pub(super) fn insert_contact(tx: &mut Tx<'_>, row: ContactRow) {
    tx.insert(diesel::insert_into(contact_points::table).values(row));
}

/// Takes the next version, which locks the row: whoever adds or removes parts of a customer comes through here first.
/// `expected`: what `If-Match` says, if it says anything.
pub(super) fn advance(tx: &mut Tx<'_>, id: CustomerId, expected: Option<i64>, now: Timestamp) -> Result<i64, Failure> {
    let next = diesel::update(customers::table.find(id))
        .set((customers::version.eq(customers::version + 1), customers::updated_at.eq(now)))
        .returning(customers::version);
    let version: i64 = next.get_result(tx.conn()?)?;
    // The row is ours now, so the version before is known; a refusal rolls the step back.
    let stale = expected.is_some_and(|expected| expected.checked_add(1) != Some(version));
    if stale { Err(Failure::refused(Code::Stale)) } else { Ok(version) }
}

/// Writes the record's own columns, if its version is still the one it was read with.
pub(super) fn replace(tx: &mut Tx<'_>, row: &CustomerRow, read_version: i64) -> Result<(), Failure> {
    let changed = diesel::update(customers::table.find(row.id).filter(customers::version.eq(read_version)))
        .set((
            customers::name.eq(&row.name),
            customers::name_folded.eq(&row.name_folded),
            customers::details.eq(&row.details),
            customers::preferred_language.eq(&row.preferred_language),
            customers::preferred_channel.eq(row.preferred_channel),
            customers::version.eq(row.version),
            customers::updated_at.eq(row.updated_at),
        ))
        .execute(tx.conn()?)?;
    one(changed)
}

/// Marks an identifier verified under its index; the unique constraint lets one customer through.
pub(super) fn mark_verified(tx: &mut Tx<'_>, id: IdentifierId, sealed: &str, index: &str) -> Result<(), Failure> {
    let target = identifiers::table.find(id).filter(identifiers::verified_index.is_null());
    let changed = diesel::update(target)
        .set((
            identifiers::sealed.eq(sealed),
            identifiers::blind_index.eq(index),
            identifiers::verified_index.eq(index),
        ))
        .execute(tx.conn()?)?;
    one(changed)
}

/// Takes a verification back.
pub(super) fn mark_unverified(tx: &mut Tx<'_>, id: IdentifierId) -> Result<(), Failure> {
    let none = identifiers::verified_index.eq(None::<String>);
    one(diesel::update(identifiers::table.find(id)).set(none).execute(tx.conn()?)?)
}

pub(super) fn delete_identifier(tx: &mut Tx<'_>, id: IdentifierId) -> Result<(), Failure> {
    one(diesel::delete(identifiers::table.find(id)).execute(tx.conn()?)?)
}

pub(super) fn delete_contact(tx: &mut Tx<'_>, id: ContactId) -> Result<(), Failure> {
    one(diesel::delete(contact_points::table.find(id)).execute(tx.conn()?)?)
}

/// Lets no contact point of a kind come first.
pub(super) fn prefer_none(tx: &mut Tx<'_>, customer: CustomerId, kind: ContactKind) -> Result<(), Failure> {
    let target =
        contact_points::table.filter(contact_points::customer_id.eq(customer)).filter(contact_points::kind.eq(kind));
    diesel::update(target).set(contact_points::preferred.eq(false)).execute(tx.conn()?)?;
    Ok(())
}

/// Exactly one row changed, or somebody else was faster.
fn one(changed: usize) -> Result<(), Failure> {
    if changed == 1 { Ok(()) } else { Err(Failure::refused(Code::Conflict)) }
}
