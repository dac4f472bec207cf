//! A body against the schema that the OpenAPI document publishes: every field error at once, in the caller's language.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonschema::Validator;
use jsonschema::error::{ValidationError, ValidationErrorKind as Kind};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::{Failure, FieldError};
use crate::localized::Lang;

use super::locale::Locale;
use super::strict::{MOST_ERRORS, escape};

static COMPILED: LazyLock<RwLock<HashMap<TypeId, Arc<Validator>>>> = LazyLock::new(RwLock::default);

/// Refuses what the schema of `T` does not allow.
pub(super) fn check<T: ToSchema + 'static>(value: &Value, lang: Lang) -> Result<(), Failure> {
    let validator = validator::<T>()?;
    let mut errors = Vec::new();
    for error in validator.iter_errors(value) {
        explain(&error, Locale::of(lang), &mut errors);
        if errors.len() >= MOST_ERRORS {
            break;
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::Invalid(errors)) }
}

/// Without the members that no type reads; what is only out of bounds stays. None where more than members would go.
pub(super) fn readable(mut value: Value, errors: &[FieldError]) -> Option<Value> {
    const BOUNDS: &[&str] =
        &["too_long", "too_short", "too_many", "too_few", "too_large", "too_small", "pattern", "not_unique"];
    for error in errors.iter().filter(|e| !BOUNDS.contains(&e.code.as_str())) {
        let (container, name) = error.pointer.rsplit_once('/')?;
        match value.pointer_mut(container)? {
            Value::Object(members) => drop(members.remove(&name.replace("~1", "/").replace("~0", "~"))),
            // Another pointer would name something else.
            _ => return None,
        }
    }
    Some(value)
}

/// The schema of `T`, compiled once: it takes some milliseconds, and whoever comes meanwhile waits instead of doing the same.
fn validator<T: ToSchema + 'static>() -> Result<Arc<Validator>, Failure> {
    let id = TypeId::of::<T>();
    if let Some(found) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return Ok(found.clone());
    }
    let mut compiled = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = compiled.get(&id) {
        return Ok(found.clone());
    }
    let validator = Arc::new(compile::<T>()?);
    compiled.insert(id, validator.clone());
    Ok(validator)
}

fn compile<T: ToSchema>() -> Result<Validator, Failure> {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let parts: serde_json::Map<String, Value> = parts
        .into_iter()
        .map(|(name, part)| serde_json::to_value(part).map(|part| (name, part)))
        .collect::<Result<_, _>>()
        .map_err(Failure::internal)?;
    let root = json!({ "allOf": [T::schema()], "components": { "schemas": parts } });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .map_err(|error| Failure::internal(format!("schema of {}: {error}", T::name())))
}

/// One error of the validator as errors of fields.
fn explain(error: &ValidationError<'_>, locale: &Locale, errors: &mut Vec<FieldError>) {
    let room = MOST_ERRORS.saturating_sub(errors.len());
    if room == 0 {
        return;
    }
    let pointer = error.instance_path().as_str();
    let mut add = |pointer: String, code: &str, params: &[(&'static str, String)]| {
        errors.push(FieldError::new(pointer, code, locale.field_with(code, params)));
    };
    let at = |limit: &dyn ToString| vec![("limit", limit.to_string())];
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            add(format!("{pointer}/{}", escape(name)), "required", &[]);
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected.iter().take(room) {
                add(format!("{pointer}/{}", escape(name)), "unknown_field", &[]);
            }
        }
        Kind::MaxLength { limit } => add(pointer.to_owned(), "too_long", &at(limit)),
        Kind::MinLength { limit } => add(pointer.to_owned(), "too_short", &at(limit)),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => add(pointer.to_owned(), "too_many", &at(limit)),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => add(pointer.to_owned(), "too_few", &at(limit)),
        Kind::Maximum { limit } | Kind::ExclusiveMaximum { limit } => add(pointer.to_owned(), "too_large", &at(limit)),
        Kind::Minimum { limit } | Kind::ExclusiveMinimum { limit } => add(pointer.to_owned(), "too_small", &at(limit)),
        Kind::Enum { options } => add(pointer.to_owned(), "not_an_option", &[("options", list(options))]),
        Kind::Constant { expected_value } => add(pointer.to_owned(), "not_an_option", &at_options(expected_value)),
        Kind::Pattern { pattern } => add(pointer.to_owned(), "pattern", &[("pattern", pattern.clone())]),
        Kind::Format { format } => add(pointer.to_owned(), "format", &[("format", format.clone())]),
        Kind::Type { .. } => add(pointer.to_owned(), "type", &[("type", wanted(error))]),
        Kind::UniqueItems => add(pointer.to_owned(), "not_unique", &[]),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match branch(context, error.instance()) {
            Some(closest) => closest.iter().for_each(|inner| explain(inner, locale, errors)),
            None => add(pointer.to_owned(), "no_variant", &[]),
        },
        _ => add(pointer.to_owned(), "invalid_value", &[]),
    }
}

fn at_options(value: &Value) -> Vec<(&'static str, String)> {
    vec![("options", value.as_str().map_or_else(|| value.to_string(), str::to_owned))]
}

/// The schema's options in one line; `null` is no option to name.
fn list(options: &Value) -> String {
    let names = options.as_array().into_iter().flatten().filter(|o| !o.is_null());
    names.map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
}

/// What type was wanted, as the schema names it.
fn wanted(error: &ValidationError<'_>) -> String {
    use jsonschema::error::TypeKind;
    match error.kind() {
        Kind::Type { kind: TypeKind::Single(one) } => one.to_string(),
        Kind::Type { kind: TypeKind::Multiple(some) } => {
            some.iter().map(|one| one.to_string()).filter(|name| name != "null").collect::<Vec<_>>().join(" / ")
        }
        _ => String::new(),
    }
}

/// Of several alternatives the one that was meant: the one whose tag fits, else the one that fails least. None when not
/// even the type fits any.
fn branch<'c, 'e>(context: &'c [Vec<ValidationError<'e>>], instance: &Value) -> Option<&'c [ValidationError<'e>]> {
    let is_null = |errors: &[ValidationError<'_>]| {
        errors.iter().any(|e| matches!(e.kind(), Kind::Type { .. }) && wanted(e) == "null")
    };
    let rank = |errors: &[ValidationError<'_>]| {
        let tag = errors.iter().any(|e| matches!(e.kind(), Kind::Enum { .. } | Kind::Constant { .. }) && depth(e) > 0);
        (tag, errors.len())
    };
    let alternatives = context.iter().filter(|errors| instance.is_null() || !is_null(errors));
    let closest = alternatives.min_by_key(|errors| rank(errors))?;
    Some(closest.as_slice())
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().matches('/').count()
}

/// What serde refused although the schema allows it: our own types say what they need; serde's own words are not sent.
pub(super) fn unread(bytes: &[u8], error: &serde_json::Error, placed: Option<serde_json::Error>) -> Failure {
    let text = error.to_string();
    let sentence = text.split(" at line ").next().unwrap_or_default();
    let named = sentence.split('`').nth(1).unwrap_or_default();
    let of = if sentence.starts_with("missing field") { Of::Container } else { Of::Value };
    let pointer = placed.map(|e| pointer_at(bytes, offset(bytes, e.line(), e.column()), of)).unwrap_or_default();
    const SERDE: &[(&str, &str)] = &[
        ("missing field", "required"),
        ("unknown field", "unknown_field"),
        ("duplicate field", "duplicate"),
        ("unknown variant", "not_an_option"),
        ("invalid type", "invalid_value"),
        ("invalid value", "invalid_value"),
        ("invalid length", "invalid_value"),
        ("data did not match", "no_variant"),
    ];
    let (code, detail) = match SERDE.iter().find(|(start, _)| sentence.starts_with(start)) {
        Some((_, code)) => (*code, Locale::of(Lang::En).field_with("invalid_value", &[])),
        None => ("invalid_value", sentence.to_owned()),
    };
    let pointer = if code == "required" { format!("{pointer}/{}", escape(named)) } else { pointer };
    Failure::field(pointer, code, detail)
}

fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before = bytes.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum::<usize>();
    before.saturating_add(column)
}

/// Whose pointer is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The value itself.
    Value,
    /// What it would be in.
    Container,
}

/// The JSON pointer of the value that was last read before byte `end` of valid JSON. serde tells the place of an error of
/// ours only after it has looked at what follows: a comma, or the end of what the value is in.
fn pointer_at(bytes: &[u8], end: usize, of: Of) -> String {
    let seen = bytes.get(..end).unwrap_or(bytes).trim_ascii_end();
    let (ended, seen) = match seen.split_last() {
        Some((last, before)) if b",]}".contains(last) => (*last != b',', before),
        _ => (false, seen),
    };
    let mut stack: Vec<Step> = Vec::new();
    let mut text: Option<usize> = None;
    let mut escaped = false;
    for (i, byte) in seen.iter().enumerate() {
        if let Some(start) = text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    text = None;
                    if let Some(Step::Key { name, open: true }) = stack.last_mut() {
                        *name = seen.get(start..=i).and_then(|t| serde_json::from_slice(t).ok()).unwrap_or_default();
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => text = Some(i),
            b'{' => stack.push(Step::Key { name: String::new(), open: true }),
            b'[' => stack.push(Step::Item(0)),
            b'}' | b']' => drop(stack.pop()),
            b':' => step(stack.last_mut(), false),
            b',' => step(stack.last_mut(), true),
            _ => {}
        }
    }
    if ended && of == Of::Container {
        stack.pop();
    }
    stack.iter().map(|step| format!("/{step}")).collect()
}

enum Step {
    Key { name: String, open: bool },
    Item(usize),
}

fn step(top: Option<&mut Step>, next: bool) {
    match top {
        Some(Step::Key { open, .. }) => *open = next,
        Some(Step::Item(n)) if next => *n = n.saturating_add(1),
        _ => {}
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key { name, .. } => f.write_str(&escape(name)),
            Self::Item(n) => write!(f, "{n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ids::CaseId;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        ids: Vec<Vec<CaseId>>,
        inner: Option<Inner>,
        last: i64,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        #[serde(rename = "a/b")]
        id: CaseId,
        must: i64,
    }

    fn pointer(text: &str) -> String {
        let placed = serde_json::from_str::<Outer>(text).unwrap_err();
        let value: Value = serde_json::from_str(text).unwrap();
        let error = Outer::deserialize(&value).unwrap_err();
        let Failure::Invalid(errors) = unread(text.as_bytes(), &error, Some(placed)) else { unreachable!() };
        errors.into_iter().map(|e| e.pointer).collect()
    }

    #[test]
    fn an_error_of_our_own_types_is_told_where_it_is() {
        let good = CaseId::new();
        let cases = [
            (format!(r#"{{"last":1, "ids": [["{good}"], ["{good}", "x"]]}}"#), "/ids/1/1"),
            (format!(r#"{{"ids": [["{good}"], ["x"  , "{good}"], []], "last": 1}}"#), "/ids/1/0"),
            (r#"{"ids": [], "inner": {"must": 1, "a/b": "]},"}, "last": 1}"#.to_owned(), "/inner/a~1b"),
            (r#"{"ids": [], "inner": {"a/b": "\"", "must": 1}, "last": 1}"#.to_owned(), "/inner/a~1b"),
            (format!(r#"{{"ids": [], "inner": {{"a/b": "{good}"}}, "last": 1}}"#), "/inner/must"),
            ("{\"ids\": [],\n \"inner\": null}".to_owned(), "/last"),
            ("{\"ids\": [], \"last\":\n \"汉\"}".to_owned(), "/last"),
        ];
        for (text, expected) in cases {
            assert_eq!(pointer(&text), expected, "{text}");
        }
    }
}
