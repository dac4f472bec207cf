//! Contact points 联系方式: typed, checked, and shown masked.

mod email;
mod phone;
mod postal;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use email::EmailAddress;
pub use phone::{MobileNumber, PhoneNumber};
pub use postal::PostalAddress;

use crate::error::FieldError;
use crate::store::text_enum;

text_enum! {
    /// What kind of contact point 联系方式类型.
    pub enum ContactKind {
        /// E-mail 电子邮箱.
        Email = "email",
        /// Mobile telephone 手机: takes messages, too.
        Mobile = "mobile",
        /// Fixed telephone 固定电话.
        Phone = "phone",
        /// Postal address 通信地址.
        Postal = "postal",
    }
}

/// A contact point as callers write it, and as the customer reads it back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ContactText {
    /// E-mail address.
    #[serde(rename_all = "camelCase")]
    Email {
        /// The address.
        #[schema(max_length = 254, example = "sample@example.org")]
        value: String,
    },
    /// Mobile telephone.
    #[serde(rename_all = "camelCase")]
    Mobile {
        /// 11 digits (mainland China), or `+`, country code and number; spaces and hyphens are dropped.
        #[schema(max_length = 40, example = "13800000000")]
        value: String,
    },
    /// Fixed telephone.
    #[serde(rename_all = "camelCase")]
    Phone {
        /// Digits with area code, or `+`, country code and number; an extension behind `x`.
        #[schema(max_length = 40, example = "010-12345678x12")]
        value: String,
    },
    /// Postal address.
    #[serde(rename_all = "camelCase")]
    Postal {
        /// The address line by line, the widest part first or last as the country writes it.
        #[schema(min_items = 1, max_items = 5, example = json!(["Sample Street 1", "Sampletown"]))]
        lines: Vec<String>,
        /// Postal code 邮政编码, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 12, example = "100000")]
        postal_code: Option<String>,
        /// Country, ISO 3166-1 alpha-2.
        #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "CN")]
        country: String,
    },
}

/// A contact point that has been checked. `Debug` shows the mask.
#[derive(Clone, PartialEq, Eq)]
pub enum ContactPoint {
    /// See [`EmailAddress`].
    Email(EmailAddress),
    /// See [`MobileNumber`].
    Mobile(MobileNumber),
    /// See [`PhoneNumber`].
    Phone(PhoneNumber),
    /// See [`PostalAddress`].
    Postal(PostalAddress),
}

/// Why a text is not a contact point of its kind; no variant holds any part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not an address that mail can be sent to.
    #[error("give an e-mail address such as name@example.org, of at most 254 characters")]
    EmailFormat,
    /// Not a mobile number.
    #[error("give a mobile number of 11 digits beginning with 13 to 19, or + with country code and number")]
    MobileFormat,
    /// Not a telephone number.
    #[error("give 5 to 15 digits with area code, or + with country code and number; an extension behind x")]
    PhoneFormat,
    /// Not 1 to 5 lines.
    #[error("give the postal address in 1 to 5 lines")]
    PostalLines,
    /// A line that is blank, longer than 100 characters, or holds a control character.
    #[error("give 1 to 100 characters in each line, without control characters")]
    PostalLine,
    /// A postal code that none is.
    #[error("give the postal code in 2 to 12 letters, digits, spaces or hyphens")]
    PostalCode,
    /// Not two capital letters.
    #[error("give the country as two capital letters of ISO 3166-1, such as CN")]
    Country,
}

impl ContactError {
    /// The stable code of this error in the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EmailFormat => "email_format",
            Self::MobileFormat => "mobile_format",
            Self::PhoneFormat => "phone_format",
            Self::PostalLines => "postal_lines",
            Self::PostalLine => "postal_line",
            Self::PostalCode => "postal_code",
            Self::Country => "country",
        }
    }
}

impl ContactPoint {
    /// Reads a contact point; `pointer` is where it stands in the request.
    ///
    /// # Errors
    /// Every wrong part, with its pointer.
    pub fn parse(text: &ContactText, pointer: &str) -> Result<Self, Vec<FieldError>> {
        let at_value = |error: ContactError| vec![wrong(pointer, "value", error)];
        match text {
            ContactText::Email { value } => EmailAddress::parse(value).map(Self::Email).map_err(at_value),
            ContactText::Mobile { value } => MobileNumber::parse(value).map(Self::Mobile).map_err(at_value),
            ContactText::Phone { value } => PhoneNumber::parse(value).map(Self::Phone).map_err(at_value),
            ContactText::Postal { lines, postal_code, country } => {
                let read = PostalAddress::parse(lines, postal_code.as_deref(), country).map(Self::Postal);
                read.map_err(|errors| errors.iter().map(|(part, error)| wrong(pointer, part, *error)).collect())
            }
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ContactKind {
        match self {
            Self::Email(_) => ContactKind::Email,
            Self::Mobile(_) => ContactKind::Mobile,
            Self::Phone(_) => ContactKind::Phone,
            Self::Postal(_) => ContactKind::Postal,
        }
    }

    /// With its middle hidden: `s***@example.org`, `138****0000`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => email.masked(),
            Self::Mobile(number) => number.masked(),
            Self::Phone(number) => number.masked(),
            Self::Postal(address) => address.masked(),
        }
    }

    /// In full, as callers write it: what is sealed.
    #[must_use]
    pub fn text(&self) -> ContactText {
        match self {
            Self::Email(email) => ContactText::Email { value: email.as_str().to_owned() },
            Self::Mobile(number) => ContactText::Mobile { value: number.as_str().to_owned() },
            Self::Phone(number) => ContactText::Phone { value: number.as_str().to_owned() },
            Self::Postal(address) => address.text(),
        }
    }
}

impl std::fmt::Debug for ContactText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Email { .. } => "Email(…)",
            Self::Mobile { .. } => "Mobile(…)",
            Self::Phone { .. } => "Phone(…)",
            Self::Postal { .. } => "Postal(…)",
        })
    }
}

impl std::fmt::Debug for ContactPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactPoint({})", self.masked())
    }
}

fn wrong(pointer: &str, part: &str, error: ContactError) -> FieldError {
    FieldError::new(format!("{pointer}/{part}"), error.code(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &ContactText) -> String {
        ContactPoint::parse(text, "/contactPoints/0").unwrap().masked()
    }

    #[test]
    fn contact_points_are_shown_with_their_middle_hidden() {
        let email = |value: &str| ContactText::Email { value: value.to_owned() };
        let mobile = |value: &str| ContactText::Mobile { value: value.to_owned() };
        assert_eq!(masked(&email("zhang.sample@example.org")), "z***@example.org");
        assert_eq!(masked(&email("z@example.org")), "***@example.org");
        assert_eq!(masked(&mobile("138-0000 0000")), "138****0000");
        assert_eq!(masked(&mobile("+86 13800000000")), "138****0000");
        assert_eq!(masked(&mobile("+1 (213) 555-0100")), "+12*****0100");
        assert_eq!(masked(&ContactText::Phone { value: "010-12345678".into() }), "010*****678");
    }

    #[test]
    fn what_is_sealed_reads_back_as_itself() {
        for json in [
            serde_json::json!({ "kind": "email", "value": "sample@example.org" }),
            serde_json::json!({ "kind": "phone", "value": "01012345678x12" }),
            serde_json::json!({ "kind": "postal", "lines": ["Sample Street 1"], "postalCode": "100000", "country": "CN" }),
        ] {
            let text: ContactText = serde_json::from_value(json.clone()).unwrap();
            let point = ContactPoint::parse(&text, "").unwrap();
            assert_eq!(serde_json::to_value(point.text()).unwrap(), json);
        }
    }

    #[test]
    fn every_wrong_part_of_an_address_is_named() {
        let text = ContactText::Postal {
            lines: vec!["ok".into(), " ".into()],
            postal_code: Some("#".into()),
            country: "cn".into(),
        };
        let errors = ContactPoint::parse(&text, "/contactPoints/2").unwrap_err();
        let named: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
        assert_eq!(
            named,
            [
                ("/contactPoints/2/lines/1", "postal_line"),
                ("/contactPoints/2/postalCode", "postal_code"),
                ("/contactPoints/2/country", "country"),
            ]
        );
    }

    #[test]
    fn debug_shows_the_mask_only() {
        let point = ContactPoint::parse(&ContactText::Mobile { value: "13800000000".into() }, "").unwrap();
        assert_eq!(format!("{point:?}"), "ContactPoint(138****0000)");
    }
}
