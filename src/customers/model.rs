//! A customer as it enters: what callers send, and what it becomes once every field has been checked.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::contact::{ContactPoint, ContactText};
use super::details::CustomerDetails;
use super::identifier::{Identifier, IdentifierError, Scheme};
use super::name::{CustomerName, NameError};
use crate::clock::Timestamp;
use crate::error::{Failure, FieldError};
use crate::localized::Lang;
use crate::store::text_enum;

/// The most identifiers of one customer.
pub(super) const MAX_IDENTIFIERS: usize = 10;
/// The most contact points of one customer.
pub(super) const MAX_CONTACTS: usize = 10;

text_enum! {
    /// How a customer wants to be told 首选通知渠道.
    pub enum PreferredChannel {
        /// In the portal 站内信.
        Portal = "portal",
        /// By e-mail.
        Email = "email",
        /// By text message 短信.
        Sms = "sms",
        /// By telephone.
        Phone = "phone",
        /// By post.
        Post = "post",
    }
}

/// A customer to be registered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "样例甲",
    "details": { "kind": "individual", "birthDate": "1900-01-01" },
    "preferredLanguage": "zh-CN",
    "preferredChannel": "email",
    "identifiers": [{ "scheme": "resident_id", "value": "110101190001010014" }],
    "contactPoints": [{ "contact": { "kind": "email", "value": "sample@example.org" }, "preferred": true }]
}))]
pub struct NewCustomer {
    /// Name 姓名/名称: 1 to 200 characters, kept as sent.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What kind of customer, with what belongs to the kind.
    pub details: CustomerDetails,
    /// Language for messages; without it, the language of this request.
    #[serde(default)]
    pub preferred_language: Option<Lang>,
    /// Channel for messages; without it, the portal.
    #[serde(default)]
    pub preferred_channel: Option<PreferredChannel>,
    /// Identifiers 证件, unverified.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub identifiers: Vec<NewIdentifier>,
    /// Contact points 联系方式.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub contact_points: Vec<NewContact>,
}

/// An identifier to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "scheme": "resident_id", "value": "110101190001010014" }))]
pub struct NewIdentifier {
    /// Which scheme.
    pub scheme: Scheme,
    /// The number as it stands on the document; of scheme `free`, `name:number`.
    #[schema(min_length = 1, max_length = 200)]
    pub value: String,
}

/// A contact point to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "contact": { "kind": "email", "value": "sample@example.org" }, "preferred": true }))]
pub struct NewContact {
    /// The contact point.
    pub contact: ContactText,
    /// Whether it comes before the others of its kind; the latest so marked does.
    #[serde(default)]
    pub preferred: bool,
}

/// A checked contact point and whether it comes before the others of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The contact point.
    pub point: ContactPoint,
    /// Whether it comes first.
    pub preferred: bool,
}

/// A customer whose every field has been checked.
#[derive(Clone, Debug)]
pub struct Registration {
    pub(super) name: CustomerName,
    pub(super) details: CustomerDetails,
    pub(super) language: Lang,
    pub(super) channel: PreferredChannel,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) contacts: Vec<Held>,
}

impl NewCustomer {
    /// Checks every field; `language` is that of the request.
    ///
    /// # Errors
    /// 400 with every wrong field and its JSON pointer.
    pub fn check(self, language: Lang, now: Timestamp) -> Result<Registration, Failure> {
        let mut errors = Vec::new();
        let name = CustomerName::parse(&self.name).map_err(|e| errors.push(wrong_name(e))).ok();
        errors.extend(self.details.check(latest_local_day(now)));
        let identifiers = identifiers(&self.identifiers, &self.details, now, &mut errors);
        let contacts = contacts(&self.contact_points, &mut errors);
        match name {
            Some(name) if errors.is_empty() => Ok(Registration {
                name,
                details: self.details,
                language: self.preferred_language.unwrap_or(language),
                channel: self.preferred_channel.unwrap_or(PreferredChannel::Portal),
                identifiers,
                contacts,
            }),
            _ => Err(Failure::Invalid(errors)),
        }
    }
}

impl NewIdentifier {
    /// Checks the value against its scheme and the day of today; `pointer` is where the identifier stands in the request (`` for the body).
    ///
    /// # Errors
    /// The wrong value, with its pointer.
    pub fn check(&self, pointer: &str, now: Timestamp) -> Result<Identifier, FieldError> {
        let wrong = |e: IdentifierError| FieldError::new(format!("{pointer}/value"), e.code(), e.to_string());
        let identifier = Identifier::parse(self.scheme, &self.value).map_err(wrong)?;
        identifier.check_issued(latest_local_day(now)).map_err(wrong)?;
        Ok(identifier)
    }
}

impl NewContact {
    /// Checks the contact point; `pointer` is where this stands in the request (`` for the body).
    ///
    /// # Errors
    /// Every wrong part, with its pointer.
    pub fn check(&self, pointer: &str) -> Result<Held, Vec<FieldError>> {
        let point = ContactPoint::parse(&self.contact, &format!("{pointer}/contact"))?;
        Ok(Held { point, preferred: self.preferred })
    }
}

pub(super) fn wrong_name(error: NameError) -> FieldError {
    FieldError::new("/name", error.code(), error.to_string())
}

/// A customer belongs to no jurisdiction, so "today" is the latest day that it is anywhere (UTC+14).
pub(super) fn latest_local_day(now: Timestamp) -> NaiveDate {
    now.plus(chrono::TimeDelta::hours(14)).utc().date_naive()
}

fn identifiers(
    sent: &[NewIdentifier],
    details: &CustomerDetails,
    now: Timestamp,
    errors: &mut Vec<FieldError>,
) -> Vec<Identifier> {
    let mut read: Vec<Identifier> = Vec::new();
    if sent.len() > MAX_IDENTIFIERS {
        errors.push(FieldError::new("/identifiers", "too_many", format!("give at most {MAX_IDENTIFIERS} identifiers")));
    }
    for (at, identifier) in sent.iter().take(MAX_IDENTIFIERS).enumerate() {
        let pointer = format!("/identifiers/{at}");
        match identifier.check(&pointer, now) {
            Err(error) => errors.push(error),
            Ok(identifier) if read.contains(&identifier) => errors.push(twice(&pointer)),
            Ok(identifier) => {
                errors.extend(details.check_identifier(&identifier, &pointer));
                read.push(identifier);
            }
        }
    }
    read
}

fn contacts(sent: &[NewContact], errors: &mut Vec<FieldError>) -> Vec<Held> {
    let mut read: Vec<Held> = Vec::new();
    if sent.len() > MAX_CONTACTS {
        errors.push(FieldError::new(
            "/contactPoints",
            "too_many",
            format!("give at most {MAX_CONTACTS} contact points"),
        ));
    }
    for (at, contact) in sent.iter().take(MAX_CONTACTS).enumerate() {
        let pointer = format!("/contactPoints/{at}");
        match contact.check(&pointer) {
            Err(wrong) => errors.extend(wrong),
            Ok(held) if read.iter().any(|h| h.point == held.point) => errors.push(twice(&pointer)),
            Ok(held) => {
                if held.preferred {
                    read.iter_mut().filter(|h| h.point.kind() == held.point.kind()).for_each(|h| h.preferred = false);
                }
                read.push(held);
            }
        }
    }
    read
}

fn twice(pointer: &str) -> FieldError {
    FieldError::new(pointer, "duplicate", "leave it out: it is given twice")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: serde_json::Value) -> Result<Registration, Failure> {
        let now = "2026-02-12T01:30:00Z".parse().unwrap();
        serde_json::from_value::<NewCustomer>(json).unwrap().check(Lang::ZhCn, now)
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let failure = check(serde_json::json!({
            "name": " ",
            "details": { "kind": "individual", "birthDate": "2026-02-14" },
            "identifiers": [
                { "scheme": "resident_id", "value": "110101190001010015" },
                { "scheme": "credit_code", "value": "91110101MA0000007T" },
            ],
            "contactPoints": [
                { "contact": { "kind": "email", "value": "sample" } },
                { "contact": { "kind": "mobile", "value": "13800000000" } },
                { "contact": { "kind": "mobile", "value": "+86 13800000000" } },
            ],
        }));
        let Err(Failure::Invalid(errors)) = failure else { panic!("{failure:?}") };
        let named: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
        assert_eq!(
            named,
            [
                ("/name", "required"),
                ("/details/birthDate", "in_the_future"),
                ("/identifiers/0/value", "resident_id_check_digit"),
                ("/identifiers/1/scheme", "scheme_of_another_kind"),
                ("/contactPoints/0/contact/value", "email_format"),
                ("/contactPoints/2", "duplicate"),
            ]
        );
    }

    #[test]
    fn what_is_not_said_is_the_language_of_the_request_and_the_portal() {
        let read = check(serde_json::json!({ "name": "样例甲", "details": { "kind": "individual" } })).unwrap();
        assert_eq!((read.language, read.channel), (Lang::ZhCn, PreferredChannel::Portal));
    }

    #[test]
    fn the_last_preferred_of_a_kind_is_preferred() {
        let read = check(serde_json::json!({
            "name": "Sample Company",
            "details": { "kind": "enterprise", "legalForm": "company" },
            "contactPoints": [
                { "contact": { "kind": "email", "value": "a1@example.org" }, "preferred": true },
                { "contact": { "kind": "mobile", "value": "13800000000" }, "preferred": true },
                { "contact": { "kind": "email", "value": "b1@example.org" }, "preferred": true },
            ],
        }));
        let preferred: Vec<_> = read.unwrap().contacts.iter().map(|h| h.preferred).collect();
        assert_eq!(preferred, [false, true, true]);
    }
}
