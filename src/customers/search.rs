//! Finding a customer by an exact identifier.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::details::CustomerKind;
use super::identifier::{Identifier, Scheme};
use super::registry::Customers;
use super::store;
use super::view::{self, IdentifierView, Shown};
use crate::access::{Call, Looked, Permission, Place};
use crate::error::{Code, Failure};
use crate::ids::CustomerId;
use crate::journal::Subjects;
use crate::store::Db;

/// Which identifier to search for. In a body, so that the number stands in no address and no log.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "scheme": "resident_id", "value": "110101190001010014" }))]
pub struct IdentifierQuery {
    /// Which scheme.
    pub scheme: Scheme,
    /// The whole number; parts of it find nothing.
    #[schema(min_length = 1, max_length = 200)]
    pub value: String,
}

/// Customers that claim the identifier, the one that holds it verified first; 20 at most.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerMatches {
    /// The customers.
    pub items: Vec<CustomerMatch>,
}

/// A customer that claims the identifier.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "cust_069hhmn5mxzkb9g3d0qk2v7r8c", "kind": "individual", "name": "样例甲",
    "identifier": {
        "id": "idnt_069hhmn5mxzkb9g3d0qk2v7r8c", "scheme": "resident_id", "masked": "110101********0014",
        "verified": true, "warnings": []
    }
}))]
pub struct CustomerMatch {
    /// Id.
    pub id: CustomerId,
    /// Kind.
    pub kind: CustomerKind,
    /// Name, masked for callers who see masked names only.
    pub name: String,
    /// The identifier that was searched for; a claim that nobody verified says little.
    pub identifier: IdentifierView,
}

impl Customers {
    /// Customers that claim exactly this identifier. Asks for a reason, always; own records are no matches: nobody
    /// needs to search for themselves.
    ///
    /// # Errors
    /// 403 without `customer:search`; 400 `reason_required`; 400 when the value cannot be an identifier of its scheme.
    pub fn search(
        &self,
        db: &mut impl Db,
        call: &Call,
        query: &IdentifierQuery,
    ) -> Result<(CustomerMatches, Vec<Looked>), Failure> {
        call.require(Permission::CustomerSearch)?;
        if call.reason.is_none() {
            return Err(Failure::refused(Code::ReasonRequired));
        }
        let wanted = Identifier::parse(query.scheme, &query.value);
        let wanted = wanted.map_err(|e| Failure::field("/value", e.code(), e.to_string()))?;
        let mut scope = call.actor.scope(Permission::CustomerSearch);
        scope.own = None;
        let indexes = self.keys.blind_indexes(wanted.scheme().code(), wanted.normalised());
        let shown = Shown::to_staff(&call.actor, Permission::CustomerSearch);
        let mut items = Vec::new();
        for (customer, identifier) in store::claims(db, &scope, wanted.scheme(), &indexes)? {
            items.push(CustomerMatch {
                id: customer.id,
                kind: customer.kind,
                name: view::shown_name(&customer, shown)?,
                identifier: self.identifier_view(customer.kind, &identifier)?,
            });
        }
        // Whoever was shown was read: an access row for each.
        let place = Place::Nowhere { own: false };
        let looked = items.iter().map(|found| Looked::at(place, Subjects::customer(found.id))).collect();
        Ok((CustomerMatches { items }, looked))
    }
}
