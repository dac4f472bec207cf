//! What callers see of a customer.

use serde::Serialize;
use utoipa::ToSchema;

use super::contact::{ContactKind, ContactText};
use super::details::{CustomerDetails, CustomerKind};
use super::identifier::Scheme;
use super::model::PreferredChannel;
use super::name::CustomerName;
use super::registry::Customers;
use super::store::{ContactRow, CustomerRow, IdentifierRow, Record};
use crate::access::{Actor, Permission};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{ContactId, CustomerId, IdentifierId};

/// How much of a record is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// To the customer themselves: everything but the identifiers' middle.
    Own,
    /// To staff: the name; contact points masked; no birth date, which would complete a masked identity number.
    Staff,
    /// To staff and systems that see masked names only.
    Masked,
}

impl Shown {
    /// How much this caller sees of this customer with a permission.
    pub(super) fn to(actor: &Actor, permission: Permission, customer: CustomerId) -> Self {
        let own = actor.scope(permission).own.and_then(|own| own.customer) == Some(customer);
        if own { Self::Own } else { Self::to_staff(actor, permission) }
    }

    /// How much this caller sees of other customers with a permission.
    pub(super) fn to_staff(actor: &Actor, permission: Permission) -> Self {
        if actor.masked_beyond_own(permission) { Self::Masked } else { Self::Staff }
    }
}

/// A customer 服务对象. Identifiers are always masked; to others than the customer, contact points are masked and the
/// birth date is left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "cust_069hhmn5mxzkb9g3d0qk2v7r8c",
    "name": "样例甲",
    "details": { "kind": "individual", "birthDate": "1900-01-01" },
    "preferredLanguage": "zh-CN",
    "preferredChannel": "email",
    "identifiers": [{
        "id": "idnt_069hhmn5mxzkb9g3d0qk2v7r8c", "scheme": "resident_id", "masked": "110101********0014",
        "verified": false, "warnings": []
    }],
    "contactPoints": [{
        "id": "cont_069hhmn5mxzkb9g3d0qk2v7r8c", "kind": "email", "masked": "s***@example.org", "preferred": true,
        "contact": { "kind": "email", "value": "sample@example.org" }
    }],
    "version": 1,
    "createdAt": "2026-02-12T01:30:00.000000Z",
    "updatedAt": "2026-02-12T01:30:00.000000Z"
}))]
pub struct CustomerView {
    /// Id.
    pub id: CustomerId,
    /// Name; to some callers only its first character and two stars.
    pub name: String,
    /// What belongs to the kind.
    pub details: CustomerDetails,
    /// Language for messages (BCP 47).
    pub preferred_language: String,
    /// Channel for messages.
    pub preferred_channel: PreferredChannel,
    /// Identifiers 证件.
    pub identifiers: Vec<IdentifierView>,
    /// Contact points 联系方式.
    pub contact_points: Vec<ContactView>,
    /// Version, from 1; every change of the record or its parts adds one.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An identifier, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentifierView {
    /// Id.
    pub id: IdentifierId,
    /// Scheme.
    pub scheme: Scheme,
    /// The value with its middle hidden.
    #[schema(example = "110101********0014")]
    pub masked: String,
    /// Whether staff compared it with the document.
    pub verified: bool,
    /// What is odd about it without making it invalid, such as `organisation_code_check_digit`, or
    /// `organisation_kind_mismatch` for a credit code of another kind of organisation than the customer is.
    pub warnings: Vec<String>,
}

/// A contact point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// Id.
    pub id: ContactId,
    /// Kind.
    pub kind: ContactKind,
    /// The value with its middle hidden.
    #[schema(example = "138****0000")]
    pub masked: String,
    /// Whether it comes before the others of its kind.
    pub preferred: bool,
    /// In full, to the customer themselves; left out for everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactText>,
}

impl Customers {
    pub(super) fn view(&self, record: Record, shown: Shown) -> Result<CustomerView, Failure> {
        let row = record.customer;
        let details = self.open_details(&row)?;
        let identifiers =
            record.identifiers.iter().map(|i| self.identifier_view(row.kind, i)).collect::<Result<_, _>>()?;
        let contact_points = record.contacts.iter().map(|c| self.contact_view(c, shown)).collect::<Result<_, _>>()?;
        Ok(CustomerView {
            id: row.id,
            name: shown_name(&row, shown)?,
            details: if shown == Shown::Own { details } else { details.masked() },
            preferred_language: row.preferred_language,
            preferred_channel: row.preferred_channel,
            identifiers,
            contact_points,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    pub(super) fn identifier_view(&self, of: CustomerKind, row: &IdentifierRow) -> Result<IdentifierView, Failure> {
        let identifier = self.open_identifier(row)?;
        let warnings = identifier.warnings().into_iter().chain(of.warning(&identifier));
        Ok(IdentifierView {
            id: row.id,
            scheme: row.scheme,
            masked: row.masked.clone(),
            verified: row.verified_index.is_some(),
            warnings: warnings.map(|w| w.code().to_owned()).collect(),
        })
    }

    fn contact_view(&self, row: &ContactRow, shown: Shown) -> Result<ContactView, Failure> {
        let contact = match shown {
            Shown::Own => Some(self.open_contact(row)?.text()),
            Shown::Staff | Shown::Masked => None,
        };
        Ok(ContactView { id: row.id, kind: row.kind, masked: row.masked.clone(), preferred: row.preferred, contact })
    }
}

/// Names of organisations are public; a person's is masked where the caller sees masked names only.
pub(super) fn shown_name(row: &CustomerRow, shown: Shown) -> Result<String, Failure> {
    match (shown, row.kind) {
        (Shown::Masked, CustomerKind::Individual) => masked_name(&row.name),
        _ => Ok(row.name.clone()),
    }
}

pub(super) fn masked_name(name: &str) -> Result<String, Failure> {
    CustomerName::parse(name).map(|name| name.masked()).map_err(Failure::internal)
}
