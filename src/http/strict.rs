//! JSON as strictly as it is read once: no key twice in an object, no control characters but tab and line feed.
//!
//! NUL is the reason: SQLite keeps it and miscounts, PostgreSQL refuses it with an error of its own.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Code, Failure, FieldError};

/// How many errors are told at once; whoever makes more will come again.
pub(super) const MOST_ERRORS: usize = 100;

/// Whether a text may be stored: no control characters but tab and line feed.
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\t' && c != '\n')
}

/// One key of a JSON pointer (RFC 6901).
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Reads JSON.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    let malformed = || Failure::refused(Code::MalformedBody);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let errors = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value =
        Node { step: Step::Whole, above: None, errors: &errors }.deserialize(&mut reader).map_err(|_| malformed())?;
    reader.end().map_err(|_| malformed())?;
    let errors = errors.into_inner();
    if errors.is_empty() { Ok(value) } else { Err(Failure::Invalid(errors)) }
}

/// A value that is being read, and what it is in. Where it is, is put into words only if it is wrong: a pointer made for
/// every item of a list under a long key would be the key copied as often.
struct Node<'n> {
    step: Step<'n>,
    above: Option<&'n Node<'n>>,
    errors: &'n RefCell<Vec<FieldError>>,
}

/// How one gets to a value from what it is in.
enum Step<'n> {
    Whole,
    Key(&'n str),
    Item(usize),
}

impl Node<'_> {
    fn child<'c>(&'c self, step: Step<'c>) -> Node<'c> {
        Node { step, above: Some(self), errors: self.errors }
    }

    fn pointer(&self) -> String {
        let mut nodes: Vec<&Node<'_>> = std::iter::successors(Some(self), |node| node.above).collect();
        nodes.reverse();
        nodes.iter().map(|node| node.step.to_string()).collect()
    }

    fn error(&self, code: &str, detail: &str) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MOST_ERRORS {
            errors.push(FieldError::new(self.pointer(), code, detail));
        }
    }

    fn check(&self, text: &str) {
        if !is_plain(text) {
            self.error("control_character", "remove control characters; only tab and line feed may be used");
        }
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Key(key) => write!(f, "/{}", escape(key)),
            Self::Item(n) => write!(f, "/{n}"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        self.check(text);
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.child(Step::Item(list.len())))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let child = self.child(Step::Key(&key));
            if object.contains_key(&key) {
                child.error("duplicate", "give this field once");
            }
            child.check(&key);
            let value = entries.next_value_seed(child)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn errors(text: &str) -> Vec<(String, String)> {
        match parse(text.as_bytes()) {
            Err(Failure::Invalid(errors)) => errors.into_iter().map(|e| (e.pointer, e.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_control_character_and_every_second_key_is_found_where_it_is() {
        let text = r#"{"a":{"b/c":["ok","x\u0000y"]},"d":"\r","d":1,"e":"tab\tand\nline","f~":"\u0085"}"#;
        let expected = [
            ("/a/b~1c/1", "control_character"),
            ("/d", "control_character"),
            ("/d", "duplicate"),
            ("/f~0", "control_character"),
        ];
        assert_eq!(errors(text), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    }

    #[test]
    fn a_long_key_is_not_copied_for_every_item_below_it() {
        let text = format!(r#"{{"{}":[{}0]}}"#, "k".repeat(120_000), "0,".repeat(60_000));
        let started = std::time::Instant::now();
        assert!(parse(text.as_bytes()).is_ok());
        // Seven gigabytes would be copied; a debug build reads the quarter of a megabyte in a tenth of this.
        assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for text in ["", "{", "nul", "{\"a\":1}x", "1e999", r#""\ud800""#, "\u{feff}{}", "{\"a\":01}", "NaN", &deep] {
            assert_eq!(parse(text.as_bytes()), Err(Failure::refused(Code::MalformedBody)), "{text}");
        }
        assert_eq!(parse(b"\"\xff\""), Err(Failure::refused(Code::MalformedBody)));
    }

    #[test]
    fn what_is_json_is_read_as_serde_reads_it() {
        let text = r#"{"a":[1,-2,3.5,true,null,"汉字 𠮷"],"b":{"c":{}},"n":18446744073709551615}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }
}
