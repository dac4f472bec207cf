//! Identifiers of a customer: added unverified, verified by staff, removed.

use super::identifier::{Identifier, Scheme};
use super::model::{MAX_IDENTIFIERS, NewIdentifier};
use super::registry::{self, Customers};
use super::store::{self, IdentifierRow};
use super::view::CustomerView;
use crate::access::{Call, Permission};
use crate::error::{Code, Failure, FieldError};
use crate::ids::{CustomerId, IdentifierId};
use crate::journal::Event;
use crate::store::{Db, Recorded, Tx};

impl Customers {
    /// Adds an identifier, unverified. Whether somebody else claims or holds the same value is neither asked nor told.
    ///
    /// # Errors
    /// 404 out of reach of `customer:write`; 400 when the value is wrong, does not fit the customer, or is the eleventh;
    /// 409 `already_exists` when the customer has it, or another of a scheme of which one has only one.
    pub fn add_identifier(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        new: &NewIdentifier,
    ) -> Result<Recorded<(IdentifierId, CustomerView)>, Failure> {
        call.require(Permission::CustomerWrite)?;
        let identifier = new.check("", call.now).map_err(|e| Failure::Invalid(vec![e]))?;
        let scope = call.actor.scope(Permission::CustomerWrite);
        store::find(tx, &scope, id)?;
        store::advance(tx, id, None, call.now)?;
        let record = store::find_record(tx, &scope, id)?;
        if let Some(wrong) = self.open_details(&record.customer)?.check_identifier(&identifier, "") {
            return Err(Failure::Invalid(vec![wrong]));
        }
        self.check_room(&record.identifiers, &identifier)?;
        let row = self.seal_identifier(id, &identifier, call.now)?;
        let (added, event) = (row.id, registry::identifier_added(&row));
        store::insert_identifier(tx, row);
        let view = self.seen(tx, call, Permission::CustomerWrite, id)?;
        Ok(tx.record(registry::entry(call, id, &event)?, (added, view)))
    }

    /// Verifies an identifier: somebody of the staff compared it with the document. One's own is never verified by
    /// oneself, whatever the role.
    ///
    /// # Errors
    /// 404 out of reach of `customer:verify` or without such an identifier; 412 `stale`; 409 `already_exists` when it is
    /// verified; 409 `identifier_taken` when another customer holds the same value verified.
    pub fn verify_identifier(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        identifier: IdentifierId,
        expected: Option<i64>,
    ) -> Result<Recorded<CustomerView>, Failure> {
        call.require(Permission::CustomerVerify)?;
        let mut scope = call.actor.scope(Permission::CustomerVerify);
        scope.own = None;
        if call.actor.customer() == Some(id) {
            return Err(Failure::not_found());
        }
        store::find(tx, &scope, id)?;
        let row = self.identifier_of(tx, id, identifier)?;
        store::advance(tx, id, expected, call.now)?;
        if row.verified_index.is_some() {
            return Err(Failure::refused(Code::AlreadyExists));
        }
        let value = self.open_identifier(&row)?;
        let indexes = self.keys.blind_indexes(row.scheme.code(), value.normalised());
        if store::held_by_another(tx, id, row.scheme, &indexes)? {
            return Err(Failure::refused(Code::IdentifierTaken));
        }
        // Under the current key, so that the unique constraint compares like with like.
        let index = self.keys.blind_index(row.scheme.code(), value.normalised());
        store::mark_verified(tx, identifier, &self.reseal_identifier(id, identifier, &value)?, &index)?;
        let view = self.seen(tx, call, Permission::CustomerVerify, id)?;
        Ok(tx.record(registry::entry(call, id, &Event::IdentifierVerified { identifier })?, view))
    }

    /// A customer as a caller sees it who verifies identifiers.
    ///
    /// # Errors
    /// 404 out of reach of `customer:verify`.
    pub fn verified(&self, db: &mut impl Db, call: &Call, id: CustomerId) -> Result<CustomerView, Failure> {
        self.seen(db, call, Permission::CustomerVerify, id)
    }

    /// Removes an identifier.
    ///
    /// # Errors
    /// 404 out of reach of `customer:write` or without such an identifier; 412 `stale`.
    pub fn remove_identifier(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        identifier: IdentifierId,
        expected: Option<i64>,
    ) -> Result<Recorded<CustomerView>, Failure> {
        call.require(Permission::CustomerWrite)?;
        store::find(tx, &call.actor.scope(Permission::CustomerWrite), id)?;
        self.identifier_of(tx, id, identifier)?;
        store::advance(tx, id, expected, call.now)?;
        store::delete_identifier(tx, identifier)?;
        let view = self.seen(tx, call, Permission::CustomerWrite, id)?;
        Ok(tx.record(registry::entry(call, id, &Event::IdentifierRemoved { identifier })?, view))
    }

    fn identifier_of(&self, db: &mut impl Db, id: CustomerId, wanted: IdentifierId) -> Result<IdentifierRow, Failure> {
        let rows = store::identifiers_of(db, id)?;
        rows.into_iter().find(|row| row.id == wanted).ok_or_else(Failure::not_found)
    }

    fn check_room(&self, held: &[IdentifierRow], new: &Identifier) -> Result<(), Failure> {
        if held.len() >= MAX_IDENTIFIERS {
            let detail = format!("remove one first: a customer has at most {MAX_IDENTIFIERS} identifiers");
            return Err(Failure::Invalid(vec![FieldError::new("", "too_many", detail)]));
        }
        // Lifelong and unique to a person (Resident Identity Card Law, art. 3), to an organisation (GB 32100-2015).
        let only_one = matches!(new.scheme(), Scheme::ResidentId | Scheme::CreditCode);
        let indexes = self.keys.blind_indexes(new.scheme().code(), new.normalised());
        let same = |row: &IdentifierRow| row.scheme == new.scheme() && (only_one || indexes.contains(&row.blind_index));
        if held.iter().any(same) { Err(Failure::refused(Code::AlreadyExists)) } else { Ok(()) }
    }
}
