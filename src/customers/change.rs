//! Changing a customer's own fields, by JSON Merge Patch (RFC 7396).

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::details::{AgencyLevel, CustomerDetails, LegalForm, NonProfitForm};
use super::model::{self, PreferredChannel};
use super::name::CustomerName;
use super::registry::{self, Customers};
use super::store::{self, CustomerRow};
use super::view::CustomerView;
use crate::access::{Call, Permission};
use crate::error::{Code, Failure, FieldError};
use crate::http::Merge;
use crate::ids::CustomerId;
use crate::journal::Event;
use crate::localized::Lang;
use crate::store::{Db, Recorded, Tx};

/// What is to change; what is absent stays, null removes what may be missing.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "preferredChannel": "sms", "details": { "kind": "individual", "birthDate": null } }))]
pub struct CustomerPatch {
    /// Another name; cannot be removed.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub name: Merge<String>,
    /// Another language for messages; cannot be removed.
    #[serde(default)]
    #[schema(value_type = Option<Lang>)]
    pub preferred_language: Merge<Lang>,
    /// Another channel for messages; cannot be removed.
    #[serde(default)]
    #[schema(value_type = Option<PreferredChannel>)]
    pub preferred_channel: Merge<PreferredChannel>,
    /// Changes of what belongs to the kind; names the kind, which itself never changes.
    #[serde(default)]
    #[schema(value_type = Option<DetailsPatch>)]
    pub details: Merge<DetailsPatch>,
}

/// Changes of what belongs to one kind of customer.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DetailsPatch {
    /// Natural person.
    #[serde(rename_all = "camelCase")]
    Individual {
        /// Birth date.
        #[serde(default)]
        #[schema(value_type = Option<NaiveDate>)]
        birth_date: Merge<NaiveDate>,
    },
    /// Enterprise.
    #[serde(rename_all = "camelCase")]
    Enterprise {
        /// Legal form.
        #[serde(default)]
        #[schema(value_type = Option<LegalForm>)]
        legal_form: Merge<LegalForm>,
        /// Day of establishment.
        #[serde(default)]
        #[schema(value_type = Option<NaiveDate>)]
        established_on: Merge<NaiveDate>,
    },
    /// Non-profit.
    #[serde(rename_all = "camelCase")]
    NonProfit {
        /// Which form.
        #[serde(default)]
        #[schema(value_type = Option<NonProfitForm>)]
        form: Merge<NonProfitForm>,
        /// Day of establishment.
        #[serde(default)]
        #[schema(value_type = Option<NaiveDate>)]
        established_on: Merge<NaiveDate>,
    },
    /// Agency.
    #[serde(rename_all = "camelCase")]
    Agency {
        /// At which level it acts.
        #[serde(default)]
        #[schema(value_type = Option<AgencyLevel>)]
        level: Merge<AgencyLevel>,
    },
}

impl DetailsPatch {
    /// The details after the patch; none when the patch is for another kind.
    fn onto(self, current: CustomerDetails) -> Option<CustomerDetails> {
        use CustomerDetails as Details;
        match (self, current) {
            (Self::Individual { birth_date }, Details::Individual { birth_date: was }) => {
                Some(Details::Individual { birth_date: birth_date.onto(was) })
            }
            (
                Self::Enterprise { legal_form, established_on },
                Details::Enterprise { legal_form: form, established_on: was },
            ) => Some(Details::Enterprise {
                legal_form: legal_form.onto(form),
                established_on: established_on.onto(was),
            }),
            (Self::NonProfit { form, established_on }, Details::NonProfit { form: was_form, established_on: was }) => {
                Some(Details::NonProfit { form: form.onto(was_form), established_on: established_on.onto(was) })
            }
            (Self::Agency { level }, Details::Agency { level: was }) => {
                Some(Details::Agency { level: level.onto(was) })
            }
            _ => None,
        }
    }
}

/// A customer's own fields, between reading and writing.
#[derive(Clone, PartialEq)]
struct Fields {
    name: String,
    language: String,
    channel: PreferredChannel,
    details: CustomerDetails,
}

impl Customers {
    /// Changes a customer's own fields. `expected`: the version of `If-Match`; none: any.
    ///
    /// # Errors
    /// 404 out of reach of `customer:write`; 412 `stale`; 400 with every wrong field; 409 `conflict` when somebody else
    /// was faster.
    pub fn change(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CustomerId,
        expected: Option<i64>,
        patch: &CustomerPatch,
    ) -> Result<Recorded<CustomerView>, Failure> {
        call.require(Permission::CustomerWrite)?;
        let mut row = store::find(tx, &call.actor.scope(Permission::CustomerWrite), id)?;
        let read_version = row.version;
        if expected.is_some_and(|expected| expected != read_version) {
            return Err(Failure::refused(Code::Stale));
        }
        let before = self.fields(&row)?;
        let (after, mut errors) = patched(before.clone(), patch.clone());
        errors.extend(after.details.check(model::latest_local_day(call.now)));
        errors.extend(self.disagreements(tx, id, &before.details, &after.details)?);
        let name = CustomerName::parse(&after.name);
        let Ok(name) = name else {
            errors.extend(name.err().map(model::wrong_name));
            return Err(Failure::Invalid(errors));
        };
        if !errors.is_empty() {
            return Err(Failure::Invalid(errors));
        }
        row.name = name.as_str().to_owned();
        row.name_folded = name.folded();
        row.details = self.seal_details(id, &after.details)?;
        row.preferred_language.clone_from(&after.language);
        row.preferred_channel = after.channel;
        row.version = read_version.saturating_add(1);
        row.updated_at = call.now;
        store::replace(tx, &row, read_version)?;
        let view = self.seen(tx, call, Permission::CustomerWrite, id)?;
        let event = Event::CustomerChanged { fields: changed(&before, &after) };
        Ok(tx.record(registry::entry(call, id, &event)?, view))
    }

    fn fields(&self, row: &CustomerRow) -> Result<Fields, Failure> {
        Ok(Fields {
            name: row.name.clone(),
            language: row.preferred_language.clone(),
            channel: row.preferred_channel,
            details: self.open_details(row)?,
        })
    }

    /// A new birth date must agree with the identity number that is there.
    fn disagreements(
        &self,
        db: &mut impl Db,
        id: CustomerId,
        before: &CustomerDetails,
        after: &CustomerDetails,
    ) -> Result<Vec<FieldError>, Failure> {
        if before == after {
            return Ok(Vec::new());
        }
        let mut errors = Vec::new();
        for row in store::identifiers_of(db, id)? {
            let wrong = after.check_identifier(&self.open_identifier(&row)?, "");
            errors.extend(wrong.map(|e| FieldError { pointer: "/details/birthDate".to_owned(), ..e }));
        }
        Ok(errors)
    }
}

/// The fields after the patch, and what the patch may not say.
fn patched(mut fields: Fields, patch: CustomerPatch) -> (Fields, Vec<FieldError>) {
    let mut errors = Vec::new();
    let mut keep =
        |pointer: &str| errors.push(FieldError::new(pointer, "required", "give a value; it cannot be removed"));
    match patch.name {
        Merge::Keep => {}
        Merge::Remove => keep("/name"),
        Merge::Set(name) => fields.name = name.trim().to_owned(),
    }
    match patch.preferred_language {
        Merge::Keep => {}
        Merge::Remove => keep("/preferredLanguage"),
        Merge::Set(language) => fields.language = language.tag().to_owned(),
    }
    match patch.preferred_channel {
        Merge::Keep => {}
        Merge::Remove => keep("/preferredChannel"),
        Merge::Set(channel) => fields.channel = channel,
    }
    match patch.details {
        Merge::Keep => {}
        Merge::Remove => keep("/details"),
        Merge::Set(patch) => match patch.onto(fields.details.clone()) {
            Some(details) => fields.details = details,
            None => errors.push(FieldError::new(
                "/details/kind",
                "kind_fixed",
                "name the kind that the customer has; it never changes",
            )),
        },
    }
    (fields, errors)
}

/// The JSON names of what is different.
fn changed(before: &Fields, after: &Fields) -> Vec<String> {
    let differs = [
        ("name", before.name != after.name),
        ("preferredLanguage", before.language != after.language),
        ("preferredChannel", before.channel != after.channel),
        ("details", before.details != after.details),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field.to_owned()).collect()
}
