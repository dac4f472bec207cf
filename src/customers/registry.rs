//! Registering a customer, reading it, and what sealing its parts takes.

use std::sync::Arc;

use super::contact::{ContactPoint, ContactText};
use super::details::CustomerDetails;
use super::identifier::Identifier;
use super::links::AccountLinks;
use super::model::{Held, Registration};
use super::store::{self, ContactRow, CustomerRow, IdentifierRow, Record};
use super::view::{CustomerView, Shown};
use crate::access::{Call, Permission};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{ContactId, CustomerId, IdentifierId};
use crate::journal::{Entry, Event, Subjects};
use crate::seal::{Keyring, Place, owned};
use crate::store::{Db, Recorded, Tx};

/// The verbs and questions of this room. Cheap to clone.
#[derive(Clone)]
pub struct Customers {
    pub(super) keys: Arc<Keyring>,
    links: Arc<dyn AccountLinks>,
}

impl Customers {
    /// With the keys that seal, and the room of logins.
    pub fn new(keys: Arc<Keyring>, links: Arc<dyn AccountLinks>) -> Self {
        Self { keys, links }
    }

    /// Registers a customer. A citizen registers themselves: their account is linked to the customer. Staff (whose
    /// permission reaches a department) and systems register somebody else: nothing is linked.
    ///
    /// # Errors
    /// 403 without `customer:register`; 409 `already_linked` when the caller's account speaks for a customer already.
    pub fn register(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        new: &Registration,
    ) -> Result<Recorded<CustomerView>, Failure> {
        call.require(Permission::CustomerRegister)?;
        let oneself = call.actor.account().filter(|_| !call.actor.beyond_own(Permission::CustomerRegister));
        if oneself.is_some() && call.actor.customer().is_some() {
            return Err(Failure::refused(Code::AlreadyLinked));
        }
        let record = self.seal_registration(new, call.now)?;
        let id = record.customer.id;
        insert(tx, &record);
        if let Some(account) = oneself {
            self.links.link(tx, call, account, id)?;
        }
        for part in facts(&record) {
            tx.fact(entry(call, id, &part)?);
        }
        let shown =
            if oneself.is_some() { Shown::Own } else { Shown::to_staff(&call.actor, Permission::CustomerRegister) };
        let view = self.view(record, shown)?;
        let event = Event::CustomerRegistered { kind: new.details.kind().to_string() };
        Ok(tx.record(entry(call, id, &event)?, view))
    }

    /// A customer as it was told when it was registered, to tell whoever registered it its answer again: registering
    /// needs no right to read.
    ///
    /// # Errors
    /// 404 when it is not there.
    pub fn registered_again(&self, db: &mut impl Db, call: &Call, id: CustomerId) -> Result<CustomerView, Failure> {
        let record = store::get_record(db, id)?.ok_or_else(Failure::not_found)?;
        self.view(record, Shown::to(&call.actor, Permission::CustomerRegister, id))
    }

    /// A customer within the caller's reach: in full to themselves, masked to everybody else.
    ///
    /// # Errors
    /// 404 when there is none within reach.
    pub fn get(&self, db: &mut impl Db, call: &Call, id: CustomerId) -> Result<CustomerView, Failure> {
        self.seen(db, call, Permission::CustomerRead, id)
    }

    /// A customer within reach of a permission, as the caller sees it with that permission.
    pub(super) fn seen(
        &self,
        db: &mut impl Db,
        call: &Call,
        permission: Permission,
        id: CustomerId,
    ) -> Result<CustomerView, Failure> {
        let record = store::find_record(db, &call.actor.scope(permission), id)?;
        self.view(record, Shown::to(&call.actor, permission, id))
    }

    fn seal_registration(&self, new: &Registration, now: Timestamp) -> Result<Record, Failure> {
        let id = CustomerId::new();
        let customer = CustomerRow {
            id,
            kind: new.details.kind(),
            name: new.name.as_str().to_owned(),
            name_folded: new.name.folded(),
            details: self.seal_details(id, &new.details)?,
            preferred_language: new.language.tag().to_owned(),
            preferred_channel: new.channel,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let identifiers = new.identifiers.iter().map(|i| self.seal_identifier(id, i, now)).collect::<Result<_, _>>()?;
        let contacts = new.contacts.iter().map(|c| self.seal_contact(id, c, now)).collect::<Result<_, _>>()?;
        Ok(Record { customer, identifiers, contacts })
    }

    pub(super) fn seal_details(&self, id: CustomerId, details: &CustomerDetails) -> Result<String, Failure> {
        let json = serde_json::to_vec(details).map_err(Failure::internal)?;
        self.keys.seal(details_place(&id.to_string()), &json).map_err(Failure::internal)
    }

    pub(super) fn open_details(&self, row: &CustomerRow) -> Result<CustomerDetails, Failure> {
        let json = self.keys.open(details_place(&row.id.to_string()), &row.details).map_err(Failure::internal)?;
        serde_json::from_slice(&json).map_err(Failure::internal)
    }

    pub(super) fn seal_identifier(
        &self,
        customer: CustomerId,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<IdentifierRow, Failure> {
        let id = IdentifierId::new();
        Ok(IdentifierRow {
            id,
            customer_id: customer,
            scheme: identifier.scheme(),
            sealed: self.reseal_identifier(customer, id, identifier)?,
            blind_index: self.keys.blind_index(identifier.scheme().code(), identifier.normalised()),
            verified_index: None,
            masked: identifier.masked(),
            created_at: now,
        })
    }

    pub(super) fn reseal_identifier(
        &self,
        customer: CustomerId,
        id: IdentifierId,
        identifier: &Identifier,
    ) -> Result<String, Failure> {
        let value = identifier.normalised().as_bytes();
        self.keys.seal(identifier_place(&owned(customer, id)), value).map_err(Failure::internal)
    }

    pub(super) fn open_identifier(&self, row: &IdentifierRow) -> Result<Identifier, Failure> {
        let place = owned(row.customer_id, row.id);
        let text = self.keys.open_text(identifier_place(&place), &row.sealed).map_err(Failure::internal)?;
        Identifier::parse(row.scheme, &text).map_err(Failure::internal)
    }

    pub(super) fn seal_contact(
        &self,
        customer: CustomerId,
        held: &Held,
        now: Timestamp,
    ) -> Result<ContactRow, Failure> {
        let id = ContactId::new();
        let json = serde_json::to_vec(&held.point.text()).map_err(Failure::internal)?;
        Ok(ContactRow {
            id,
            customer_id: customer,
            kind: held.point.kind(),
            sealed: self.keys.seal(contact_place(&owned(customer, id)), &json).map_err(Failure::internal)?,
            masked: held.point.masked(),
            preferred: held.preferred,
            created_at: now,
        })
    }

    pub(super) fn open_contact(&self, row: &ContactRow) -> Result<ContactPoint, Failure> {
        let place = owned(row.customer_id, row.id);
        let json = self.keys.open(contact_place(&place), &row.sealed).map_err(Failure::internal)?;
        let text: ContactText = serde_json::from_slice(&json).map_err(Failure::internal)?;
        ContactPoint::parse(&text, "").map_err(|_| Failure::internal("a sealed contact point is malformed"))
    }
}

fn insert(tx: &mut Tx<'_>, record: &Record) {
    store::insert_customer(tx, record.customer.clone());
    record.identifiers.iter().for_each(|row| store::insert_identifier(tx, row.clone()));
    record.contacts.iter().for_each(|row| store::insert_contact(tx, row.clone()));
}

/// One fact for each part that came with the registration.
fn facts(record: &Record) -> Vec<Event> {
    let identifiers = record.identifiers.iter().map(identifier_added);
    identifiers.chain(record.contacts.iter().map(contact_added)).collect()
}

pub(super) fn identifier_added(row: &IdentifierRow) -> Event {
    Event::IdentifierAdded { identifier: row.id, scheme: row.scheme.to_string() }
}

pub(super) fn contact_added(row: &ContactRow) -> Event {
    Event::ContactAdded { contact: row.id, kind: row.kind.to_string() }
}

/// A fact about a customer that counts from now.
pub(super) fn entry(call: &Call, customer: CustomerId, event: &Event) -> Result<Entry, Failure> {
    Entry::new(event, &call.author(), Subjects::customer(customer), call.now, call.now)
}

fn details_place(row: &str) -> Place<'_> {
    Place { table: "customers", column: "details", row }
}

fn identifier_place(row: &str) -> Place<'_> {
    Place { table: "identifiers", column: "sealed", row }
}

fn contact_place(row: &str) -> Place<'_> {
    Place { table: "contact_points", column: "sealed", row }
}
