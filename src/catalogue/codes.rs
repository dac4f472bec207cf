//! Codes by which the catalogue names things. Each is its own type, so that a department's code is never taken for
//! an item's.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Why a text is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {what}: {rule}")]
pub struct CodeError {
    text: String,
    what: &'static str,
    rule: &'static str,
}

/// The most characters a code has. GB/T 39046 and its relatives use 10 to 36.
pub const MAX_CODE_CHARS: usize = 64;

const PRINTABLE: &str = "1 to 64 characters, none of them a control character, no space at either end";
const LOWER: &str = "1 to 64 lower-case letters, digits and hyphens, starting with a letter";
const REGION: &str = "2 to 6 capital letters and digits";
const DIVISION: &str = "6 digits down to the county or 9 digits for a township (GB/T 2260, prefix hierarchy 2-4-6-9)";

const CURRENCY: &str = "three capital letters of ISO 4217";
const LINE: &str = "1 to 200 characters, none of them a control character, no space at either end";

fn currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn line(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=200).contains(&chars) && text.trim() == text && !text.chars().any(char::is_control)
}

fn printable(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=MAX_CODE_CHARS).contains(&chars) && text.trim() == text && !text.chars().any(char::is_control)
}

fn lower(text: &str) -> bool {
    text.len() <= MAX_CODE_CHARS
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn region(text: &str) -> bool {
    (2..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn division(text: &str) -> bool {
    matches!(text.len(), 6 | 9) && text.bytes().all(|b| b.is_ascii_digit())
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:ident, $rule:ident, $pattern:literal, $max:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The code as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;

            fn try_from(text: String) -> Result<Self, CodeError> {
                if $valid(&text) {
                    Ok(Self(text))
                } else {
                    let text = text.chars().take(MAX_CODE_CHARS).collect();
                    Err(CodeError { text, what: $what, rule: $rule })
                }
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, CodeError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::String))
                    .description(Some(concat!("Code of ", $what, ".")))
                    .min_length(Some(1))
                    .max_length(Some($max))
                    .pattern(Some($pattern))
                    .examples([serde_json::json!($example)])
                    .build()
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

code!(
    /// Code of a service item 事项编码, unique in its jurisdiction. The published implementation code 实施编码 where
    /// there is one, else the name that other systems use, word for word ("Metal/Household Appliances").
    ItemCode, "a service item", printable, PRINTABLE, r"^\S(.*\S)?$", 64, "food-business-licence"
);
code!(
    /// Code of a department 部门编码, unique in its jurisdiction.
    DepartmentCode, "a department", printable, PRINTABLE, r"^\S(.*\S)?$", 64, "market-supervision"
);
code!(
    /// Code of an outcome 办理结果, unique in its item.
    OutcomeCode, "an outcome", printable, PRINTABLE, r"^\S(.*\S)?$", 64, "granted"
);
code!(
    /// Code of a material 申请材料, unique in its item.
    MaterialCode, "a material", printable, PRINTABLE, r"^\S(.*\S)?$", 64, "application-form"
);
code!(
    /// Code of a fee 收费项目, unique in its item.
    FeeCode, "a fee", printable, PRINTABLE, r"^\S(.*\S)?$", 64, "licence-card"
);
code!(
    /// Code of a jurisdiction 辖区: whose law, time zone, calendar and languages apply.
    JurisdictionCode, "a jurisdiction", lower, LOWER, r"^[a-z][a-z0-9-]*$", 64, "us-la"
);
code!(
    /// Code of a working calendar 工作日历, as the calendar files name it (`cn`, `us`).
    CalendarCode, "a calendar", lower, LOWER, r"^[a-z][a-z0-9-]*$", 64, "cn"
);
code!(
    /// Administrative division code 行政区划代码 (GB/T 2260). Only the form is looked at: abolished codes stay valid.
    DivisionCode, "an administrative division", division, DIVISION, r"^([0-9]{6}|[0-9]{9})$", 9, "110101"
);
code!(
    /// The region part of case numbers 办件编号地区段, one per jurisdiction.
    NumberRegion, "a number region", region, REGION, r"^[A-Z0-9]{2,6}$", 6, "110101"
);

code!(
    /// ISO 4217 currency code, three capital letters.
    Currency, "a currency", currency, CURRENCY, r"^[A-Z]{3}$", 3, "CNY"
);
code!(
    /// A line of text in the language of its source: the number of a document, an article of a law.
    Line, "a line of text", line, LINE, r"^\S(.*\S)?$", 200, "Article 42"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printable_code_keeps_the_names_other_systems_use() {
        for good in ["Bulky Items", "Metal/Household Appliances", "食品经营许可", "A"] {
            assert_eq!(good.parse::<ItemCode>().unwrap().as_str(), good);
        }
        for bad in ["", " Bulky", "Bulky ", "a\nb"] {
            assert!(bad.parse::<ItemCode>().is_err(), "{bad:?}");
        }
        assert!("字".repeat(64).parse::<ItemCode>().is_ok());
        assert!("字".repeat(65).parse::<ItemCode>().is_err());
    }

    #[test]
    fn a_division_code_has_six_or_nine_digits() {
        for good in ["110000", "110101", "110101001"] {
            assert!(good.parse::<DivisionCode>().is_ok());
        }
        for bad in ["", "1101", "1101010", "11010A", "１１０１０１"] {
            assert!(bad.parse::<DivisionCode>().is_err(), "{bad}");
        }
    }

    #[test]
    fn jurisdictions_are_lower_case_and_number_regions_upper_case() {
        assert!("us-la".parse::<JurisdictionCode>().is_ok());
        for bad in ["", "US", "1la", "us_la"] {
            assert!(bad.parse::<JurisdictionCode>().is_err(), "{bad}");
        }
        assert!("LA".parse::<NumberRegion>().is_ok());
        for bad in ["", "la", "L", "LA-1", "ABCDEFG"] {
            assert!(bad.parse::<NumberRegion>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_says_what_and_which_rule() {
        let refused = "x".parse::<DivisionCode>().unwrap_err().to_string();
        assert!(refused.contains("administrative division") && refused.contains("6 digits"), "{refused}");
    }

    fn agrees<T: ToSchema + FromStr>() {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for text in ["CNY", "A", "a", "us-la", "US", " x", "110101", "1101010", "字", "a b", "ABCDEFGHI", ""] {
            let published = validator.is_valid(&serde_json::json!(text));
            assert_eq!(published, text.parse::<T>().is_ok(), "{} {text:?}", T::name());
        }
    }

    #[test]
    fn every_published_pattern_agrees_with_the_parser() {
        agrees::<ItemCode>();
        agrees::<JurisdictionCode>();
        agrees::<DivisionCode>();
        agrees::<NumberRegion>();
        agrees::<Currency>();
        agrees::<Line>();
    }
}
