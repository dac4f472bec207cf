//! JSON Merge Patch (RFC 7396): absent is not null.

use serde::{Deserialize, Deserializer};

/// What a merge patch says about one member. In a struct it needs `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge<T> {
    /// The member is absent: it stays as it is.
    #[default]
    Keep,
    /// The member is null: it is removed.
    Remove,
    /// The member has a value: it is replaced.
    Set(T),
}

impl<T> Merge<T> {
    /// Whether it says anything.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The member after the patch, where it may be missing.
    pub fn onto(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Remove => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Merge<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Remove, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Patch {
        #[serde(default)]
        member: Merge<i64>,
    }

    #[test]
    fn absent_keeps_null_removes_a_value_replaces() {
        let member = |json: &str| serde_json::from_str::<Patch>(json).unwrap().member;
        assert_eq!(member("{}").onto(Some(1)), Some(1));
        assert_eq!(member(r#"{"member":null}"#).onto(Some(1)), None);
        assert_eq!(member(r#"{"member":2}"#).onto(Some(1)), Some(2));
        assert_eq!(member(r#"{"member":2}"#).onto(None), Some(2));
    }
}
