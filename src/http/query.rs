//! Query parameters: only those that are documented, each once, and every wrong one told at once.

use std::cell::Cell;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use utoipa::IntoParams;

use crate::error::{Code, Failure, FieldError};

use super::strict::is_plain;

/// The query of an operation that is not a list. `T` names its parameters (`IntoParams`); any other is 400, and so is one
/// given twice. Document it with `params(T)`; undocumented parameters are refused even if the handler could read them.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request.query_string()).and_then(|pairs| parse(&pairs)).map(Self))
    }
}

/// One parameter.
pub(super) type Pair = (String, String);

/// More than this many parameters or fields are refused unread; no operation has half as many.
const MOST: usize = 50;

/// Splits and decodes a query or a form.
pub(super) fn pairs(text: &str) -> Result<Vec<Pair>, Failure> {
    if text.split('&').count() > MOST {
        return Err(Failure::field("", "too_many", format!("give at most {MOST} parameters")));
    }
    let malformed = || Failure::refused(Code::MalformedParameter);
    let pairs = web::Query::<Vec<Pair>>::from_query(text).map_err(|_| malformed())?.into_inner();
    // What was not UTF-8 was decoded to the replacement character.
    let plain = |text: &str| is_plain(text) && !text.contains('\u{fffd}');
    if pairs.iter().all(|(name, value)| plain(name) && plain(value)) { Ok(pairs) } else { Err(malformed()) }
}

/// The refusal of a parameter that an operation does not have.
pub(super) fn unknown_parameter(name: &str) -> Failure {
    Failure::Invalid(vec![unknown(name)])
}

fn unknown(name: &str) -> FieldError {
    let name: String = name.chars().take(64).collect();
    FieldError::new(name, "unknown_parameter", "leave out parameters that this operation does not have")
}

/// Reads parameters into `T`.
pub(super) fn parse<T: DeserializeOwned + IntoParams>(pairs: &[Pair]) -> Result<T, Failure> {
    let known: Vec<String> = T::into_params(|| None).into_iter().map(|p| p.name).collect();
    let mut errors = Vec::new();
    let mut good: Vec<&Pair> = Vec::new();
    for pair in pairs {
        if !known.contains(&pair.0) {
            errors.push(unknown(&pair.0));
        } else if good.iter().any(|(name, _)| *name == pair.0) {
            errors.push(FieldError::new(&pair.0, "duplicate", "give this parameter once"));
        } else {
            good.push(pair);
        }
    }
    read(good, errors)
}

/// Reads form fields into `T`; what `T` does not name is left out (RFC 6749 §3.2), nothing may be given twice.
pub(super) fn parse_form<T: DeserializeOwned>(pairs: &[Pair]) -> Result<T, Failure> {
    let mut good: Vec<&Pair> = Vec::new();
    let mut errors = Vec::new();
    for pair in pairs {
        if good.iter().any(|(name, _)| *name == pair.0) {
            errors.push(FieldError::new(format!("/{}", pair.0), "duplicate", "give this field once"));
        } else {
            good.push(pair);
        }
    }
    read(good, errors)
}

fn read<T: DeserializeOwned>(mut good: Vec<&Pair>, mut errors: Vec<FieldError>) -> Result<T, Failure> {
    loop {
        let at = Cell::new(None);
        let error = match T::deserialize(Parameters { pairs: &good, next: 0, at: &at }) {
            Ok(value) if errors.is_empty() => return Ok(value),
            Ok(_) => return Err(Failure::Invalid(errors)),
            Err(error) => error,
        };
        let Some(index) = at.get().filter(|index| *index < good.len()) else {
            // One that is missing, unless it is missing because it was taken out as wrong.
            let text = error.to_string();
            let name = text.split('`').nth(1).unwrap_or_default();
            if errors.iter().all(|e| e.pointer != name) {
                errors.push(FieldError::new(name, "required", "this parameter is required"));
            }
            return Err(Failure::Invalid(errors));
        };
        let (name, _) = good.remove(index);
        errors.push(FieldError::new(name, "invalid_value", error.to_string()));
    }
}

struct Parameters<'p> {
    pairs: &'p [&'p Pair],
    next: usize,
    /// Which parameter is being read.
    at: &'p Cell<Option<usize>>,
}

impl<'de> Deserializer<'de> for Parameters<'de> {
    type Error = Error;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Parameters<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, _)) = self.pairs.get(self.next) else {
            self.at.set(None);
            return Ok(None);
        };
        self.at.set(Some(self.next));
        let name: StrDeserializer<'de, Error> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let Some((_, value)) = self.pairs.get(self.next) else { return Err(Error::custom("no value")) };
        self.next = self.next.saturating_add(1);
        seed.deserialize(Text(value))
    }
}

/// One value: a text that reads as whatever is wanted.
struct Text<'p>(&'p str);

macro_rules! read_as {
    ($($method:ident, $visit:ident, $type:ty, $sentence:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.0.parse::<$type>().map_err(|_| Error::custom($sentence))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = Error;

    read_as! {
        deserialize_bool, visit_bool, bool, "give true or false";
        deserialize_i8, visit_i64, i64, "give a whole number";
        deserialize_i16, visit_i64, i64, "give a whole number";
        deserialize_i32, visit_i64, i64, "give a whole number";
        deserialize_i64, visit_i64, i64, "give a whole number";
        deserialize_u8, visit_u64, u64, "give a whole number from 0";
        deserialize_u16, visit_u64, u64, "give a whole number from 0";
        deserialize_u32, visit_u64, u64, "give a whole number from 0";
        deserialize_u64, visit_u64, u64, "give a whole number from 0";
        deserialize_f32, visit_f64, f64, "give a number";
        deserialize_f64, visit_f64, f64, "give a number";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !variants.contains(&self.0) {
            return Err(Error::custom(format!("give one of {}", variants.join(", "))));
        }
        let variant: StrDeserializer<'de, Error> = self.0.into_deserializer();
        visitor.visit_enum(variant)
    }
    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ids::CaseId;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, IntoParams, PartialEq)]
    #[serde(rename_all = "camelCase")]
    #[into_params(parameter_in = Query, rename_all = "camelCase")]
    struct Wanted {
        q: Option<String>,
        case_id: Option<CaseId>,
        days: i64,
        #[serde(default)]
        open: bool,
    }

    fn parse_text(text: &str) -> Result<Wanted, Failure> {
        pairs(text).and_then(|pairs| parse(&pairs))
    }

    #[test]
    fn parameters_are_decoded_and_typed() {
        let id = CaseId::new();
        let wanted = parse_text(&format!("q=%E6%B1%89+a&caseId={id}&days=-3&open=true")).unwrap();
        assert_eq!(wanted, Wanted { q: Some("汉 a".into()), case_id: Some(id), days: -3, open: true });
    }

    #[test]
    fn every_wrong_parameter_is_told_at_once() {
        let Err(Failure::Invalid(errors)) = parse_text("days=x&open=maybe&caseId=cust_1&nonsense=1&q=a&q=b") else {
            panic!()
        };
        let mut found: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
        found.sort_unstable();
        let expected = [
            ("caseId", "invalid_value"),
            ("days", "invalid_value"),
            ("nonsense", "unknown_parameter"),
            ("open", "invalid_value"),
            ("q", "duplicate"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let Err(Failure::Invalid(errors)) = parse_text("q=a") else { panic!() };
        assert_eq!((errors[0].pointer.as_str(), errors[0].code.as_str()), ("days", "required"));
    }

    #[test]
    fn of_sixty_thousand_parameters_none_is_read() {
        let many: Vec<String> = (0..60_000).map(|n| format!("{n:x}")).collect();
        let few = many.get(..MOST).unwrap().join("&");
        assert_eq!(pairs(&few).unwrap().len(), MOST);
        for text in [many.join("&"), format!("{few}&days=1")] {
            let Err(Failure::Invalid(errors)) = pairs(&text) else { panic!() };
            assert_eq!((errors.len(), errors[0].code.as_str()), (1, "too_many"));
        }
    }

    #[test]
    fn control_characters_and_broken_utf_8_are_malformed() {
        for text in ["q=%00&days=1", "q=%0d&days=1", "q=%ff&days=1"] {
            assert_eq!(parse_text(text), Err(Failure::refused(Code::MalformedParameter)), "{text}");
        }
    }
}
