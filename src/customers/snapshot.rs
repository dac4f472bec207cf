//! What other rooms keep or ask of a customer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contact::{ContactKind, ContactPoint};
use super::details::CustomerKind;
use super::identifier::Scheme;
use super::registry::Customers;
use super::store;
use super::view;
use crate::error::Failure;
use crate::ids::CustomerId;
use crate::localized::Lang;
use crate::store::Db;

/// The applicant as they were when they filed 申请人快照: a case keeps it, whatever becomes of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "customer": "cust_069hhmn5mxzkb9g3d0qk2v7r8c", "kind": "individual", "name": "样例甲",
    "identifiers": [{ "scheme": "resident_id", "masked": "110101********0014", "verified": true }],
    "contacts": [{ "kind": "mobile", "masked": "138****0000", "preferred": true }],
    "preferredLanguage": "zh-CN"
}))]
pub struct ApplicantSnapshot {
    /// Which customer.
    pub customer: CustomerId,
    /// Kind.
    pub kind: CustomerKind,
    /// Name, in full: what was filed under.
    pub name: String,
    /// Identifiers, masked.
    pub identifiers: Vec<SnapshotIdentifier>,
    /// Contact points, masked.
    pub contacts: Vec<SnapshotContact>,
    /// Language for messages.
    pub preferred_language: Lang,
}

/// An identifier at the time of filing, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotIdentifier {
    /// Scheme.
    pub scheme: Scheme,
    /// The value with its middle hidden.
    #[schema(example = "110101********0014")]
    pub masked: String,
    /// Whether it was verified then.
    pub verified: bool,
}

/// A contact point at the time of filing, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotContact {
    /// Kind.
    pub kind: ContactKind,
    /// The value with its middle hidden.
    #[schema(example = "138****0000")]
    pub masked: String,
    /// Whether it came before the others of its kind.
    pub preferred: bool,
}

/// Whom a message addresses, as far as it may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// The name as callers see it who see masked names only.
    pub name: String,
    /// The preferred mail address, else the first; none without one.
    pub email: Option<String>,
    /// The language they prefer.
    pub lang: Lang,
}

impl ApplicantSnapshot {
    /// For callers who see masked names only; names of organisations are public.
    #[must_use]
    pub fn with_masked_name(mut self) -> Self {
        if self.kind == CustomerKind::Individual {
            self.name = view::masked_name(&self.name).unwrap_or_else(|_| "**".to_owned());
        }
        self
    }
}

impl Customers {
    /// The applicant as they are now. Asks for no caller: the room that asks has decided.
    ///
    /// # Errors
    /// 404 when there is no such customer.
    pub fn snapshot(&self, db: &mut impl Db, id: CustomerId) -> Result<ApplicantSnapshot, Failure> {
        let store::Record { customer: row, identifiers, contacts } =
            store::get_record(db, id)?.ok_or_else(Failure::not_found)?;
        let identifiers = identifiers.into_iter().map(|i| SnapshotIdentifier {
            scheme: i.scheme,
            masked: i.masked,
            verified: i.verified_index.is_some(),
        });
        let contacts =
            contacts.into_iter().map(|c| SnapshotContact { kind: c.kind, masked: c.masked, preferred: c.preferred });
        Ok(ApplicantSnapshot {
            customer: id,
            kind: row.kind,
            name: row.name,
            identifiers: identifiers.collect(),
            contacts: contacts.collect(),
            preferred_language: language(&row.preferred_language)?,
        })
    }

    /// Whom a message to this customer addresses; none without such a customer.
    ///
    /// # Errors
    /// The database, or a sealed address that does not open.
    pub fn addressee(&self, db: &mut impl Db, id: CustomerId) -> Result<Option<Addressee>, Failure> {
        let Some(store::Record { customer, contacts, .. }) = store::get_record(db, id)? else { return Ok(None) };
        let emails = contacts.iter().filter(|c| c.kind == ContactKind::Email);
        let email = match emails.min_by_key(|c| !c.preferred).map(|c| self.open_contact(c)).transpose()? {
            None => None,
            Some(ContactPoint::Email(email)) => Some(email.as_str().to_owned()),
            Some(_) => return Err(Failure::internal("a contact point of kind email holds something else")),
        };
        let name = view::shown_name(&customer, view::Shown::Masked)?;
        Ok(Some(Addressee { name, email, lang: language(&customer.preferred_language)? }))
    }
}

fn language(tag: &str) -> Result<Lang, Failure> {
    Lang::from_tag(tag).ok_or_else(|| Failure::internal("a customer's language is none that the service speaks"))
}
