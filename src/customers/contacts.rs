//! Contact points of a customer: added and removed.

use super::model::{Held, MAX_CONTACTS, NewContact};
use super::registry::{self, Customers};
use super::store::{self, ContactRow};
use super::view::CustomerView;
use crate::access::{Call, Permission};
use crate::error::{Code, Failure, FieldError};
use crate::ids::{ContactId, CustomerId};
use crate::journal::Event;
use crate::store::{Recorded, Tx};

impl Customers {
    /// Adds a contact point; a preferred one comes before the others of its kind from now on.
    ///
    /// # Errors
    /// 404 out of reach of `customer:write`; 400 when it is wrong, or the eleventh; 409 `already_exists` when the
    /// customer has it.
    pub fn add_contact(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        new: &NewContact,
    ) -> Result<Recorded<(ContactId, CustomerView)>, Failure> {
        call.require(Permission::CustomerWrite)?;
        let held = new.check("").map_err(Failure::Invalid)?;
        store::find(tx, &call.actor.scope(Permission::CustomerWrite), id)?;
        store::advance(tx, id, None, call.now)?;
        self.check_contact(&store::contacts_of(tx, id)?, &held)?;
        if held.preferred {
            store::prefer_none(tx, id, held.point.kind())?;
        }
        let row = self.seal_contact(id, &held, call.now)?;
        let (added, event) = (row.id, registry::contact_added(&row));
        store::insert_contact(tx, row);
        let view = self.seen(tx, call, Permission::CustomerWrite, id)?;
        Ok(tx.record(registry::entry(call, id, &event)?, (added, view)))
    }

    /// Removes a contact point.
    ///
    /// # Errors
    /// 404 out of reach of `customer:write` or without such a contact point; 412 `stale`.
    pub fn remove_contact(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        contact: ContactId,
        expected: Option<i64>,
    ) -> Result<Recorded<CustomerView>, Failure> {
        call.require(Permission::CustomerWrite)?;
        store::find(tx, &call.actor.scope(Permission::CustomerWrite), id)?;
        if !store::contacts_of(tx, id)?.iter().any(|row| row.id == contact) {
            return Err(Failure::not_found());
        }
        store::advance(tx, id, expected, call.now)?;
        store::delete_contact(tx, contact)?;
        let view = self.seen(tx, call, Permission::CustomerWrite, id)?;
        Ok(tx.record(registry::entry(call, id, &Event::ContactRemoved { contact })?, view))
    }

    fn check_contact(&self, rows: &[ContactRow], new: &Held) -> Result<(), Failure> {
        if rows.len() >= MAX_CONTACTS {
            let detail = format!("remove one first: a customer has at most {MAX_CONTACTS} contact points");
            return Err(Failure::Invalid(vec![FieldError::new("", "too_many", detail)]));
        }
        for row in rows.iter().filter(|row| row.kind == new.point.kind()) {
            if self.open_contact(row)? == new.point {
                return Err(Failure::refused(Code::AlreadyExists));
            }
        }
        Ok(())
    }
}
