//! Ids: opaque, prefixed, time-ordered (`case_…`): UUIDv7 in lower-case base32. The prefix is part of the id everywhere,
//! in the database too, so that an id of one kind is never taken for another.

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;
use uuid::Uuid;

/// Base32 in the order of the alphabet, so that text order is time order.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    #[expect(clippy::expect_used, reason = "a constant alphabet of 32 distinct symbols is a valid specification")]
    spec.encoding().expect("valid alphabet")
});

/// An id that does not read as one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id such as {prefix}_… (prefix, underscore, 26 characters) is needed")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// A fresh UUIDv7 (48 bits of time, 74 bits of randomness).
#[expect(clippy::disallowed_methods, reason = "the one place where ids are born")]
pub(crate) fn fresh() -> Uuid {
    Uuid::now_v7()
}

pub(crate) fn encode(prefix: &str, id: Uuid) -> String {
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    BASE32.encode_append(id.as_bytes(), &mut text);
    text
}

pub(crate) fn decode(prefix: &'static str, text: &str) -> Result<Uuid, BadId> {
    let bad = BadId { prefix };
    let body = text.strip_prefix(prefix).and_then(|t| t.strip_prefix('_')).ok_or(bad)?;
    let bytes = BASE32.decode(body.as_bytes()).map_err(|_| bad)?;
    Uuid::from_slice(&bytes).map_err(|_| bad)
}

/// Defines an id type: text form, parsing, JSON, OpenAPI schema, text column.
macro_rules! define_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The prefix of the text form.
            pub const PREFIX: &'static str = $prefix;
            /// A new id, later than all before it.
            #[expect(clippy::new_without_default, reason = "a new id is an act, not a default")]
            pub fn new() -> Self {
                Self($crate::ids::fresh())
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::ids::encode($prefix, self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::ids::BadId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::ids::decode($prefix, text).map(Self)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$")))
                    .examples([concat!($prefix, "_069hhmn5mxzkb9g3d0qk2v7r8c")])
                    .max_length(Some($prefix.len() + 27))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
        $crate::store::text_column!($name);
    };
}
pub(crate) use define_id;

define_id!(/// An account 账号: a login of a person.
    AccountId, "acct");
define_id!(/// A session 会话: one login and its family of refresh tokens.
    SessionId, "sess");
define_id!(/// A client 接入系统: a system that calls the API under its own identity.
    ClientId, "client");
define_id!(/// A membership 任职: one role of one account in one department.
    MembershipId, "memb");
define_id!(/// A department 部门; the roots of the tree are agencies 机构.
    DepartmentId, "dept");
define_id!(/// A customer 服务对象: individual, enterprise, non-profit or agency.
    CustomerId, "cust");
define_id!(/// An identifier 证件 of a customer.
    IdentifierId, "idnt");
define_id!(/// A contact point 联系方式 of a customer.
    ContactId, "cont");
define_id!(/// A published version of a service item 政务服务事项.
    ServiceItemId, "item");
define_id!(/// A journal 日志: one database's, to tell its checkpoints from another's.
    JournalId, "jrnl");
define_id!(/// A case 办件.
    CaseId, "case");
define_id!(/// A clock 时限 of a case.
    ClockId, "clok");
define_id!(/// A pause 中止计时 of a case's clocks.
    PauseId, "paus");
define_id!(/// A text 文书: reasons, notes, opinions, kept encrypted and erasable.
    TextId, "text");
define_id!(/// An evaluation 评价 of an ended case.
    EvaluationId, "eval");
define_id!(/// A journal row 日志.
    EventId, "evnt");
define_id!(/// A delivery 投递: one message to one recipient.
    DeliveryId, "dlvr");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_round_trips_and_keeps_time_order_as_text() {
        let a = CaseId::new();
        let b = CaseId::new();
        assert!(a.to_string() < b.to_string());
        assert_eq!(a.to_string().parse(), Ok(a));
        assert_eq!(a.to_string().len(), "case_".len() + 26);
    }

    #[test]
    fn an_id_of_another_kind_or_a_mangled_one_is_refused() {
        let case = CaseId::new().to_string();
        assert!(case.parse::<CustomerId>().is_err());
        assert!(case.to_uppercase().parse::<CaseId>().is_err());
        assert!(format!("{case}0").parse::<CaseId>().is_err());
        assert!("case_".parse::<CaseId>().is_err());
    }
}
