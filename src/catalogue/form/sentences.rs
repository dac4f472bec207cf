//! Turns what the JSON Schema validator found into field, code and sentence.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::types::JsonType;
use serde_json::Value;

use super::FormError;
use crate::localized::Lang;

/// One finding of the validator as errors of fields: one for each name where names are concerned, else one.
pub(super) fn explain(error: &ValidationError<'_>, prefix: &str, lang: Lang) -> Vec<FormError> {
    let at = format!("{prefix}{}", error.instance_path());
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let detail = say(lang, "is required", "为必填项");
            vec![field(below(&at, name), "required", detail)]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let unknown = |name: &String| {
                let detail = say(lang, "is not a field of this form: leave it out", "不是本表单的字段，请删去");
                field(below(&at, name), "unknown_field", detail)
            };
            unexpected.iter().map(unknown).collect()
        }
        kind => {
            let (code, detail) = sentence(kind, lang);
            vec![field(at, code, detail)]
        }
    }
}

fn field(pointer: String, code: &'static str, detail: String) -> FormError {
    FormError { pointer, code, detail }
}

/// A pointer to a property, its name escaped (RFC 6901).
fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn say(lang: Lang, english: &str, chinese: &str) -> String {
    match lang {
        Lang::En => english.to_owned(),
        Lang::ZhCn => chinese.to_owned(),
    }
}

/// Code, English sentence, Chinese sentence.
type Words = (&'static str, String, String);

fn sentence(kind: &Kind, lang: Lang) -> (&'static str, String) {
    let (code, english, chinese) = text_bound(kind)
        .or_else(|| number_bound(kind))
        .or_else(|| count_bound(kind))
        .or_else(|| value(kind))
        .or_else(|| alternative(kind))
        .unwrap_or_else(|| words("invalid", "is not as this form asks", "不符合本表单的要求"));
    (code, say(lang, &english, &chinese))
}

fn words(code: &'static str, english: &str, chinese: &str) -> Words {
    (code, english.to_owned(), chinese.to_owned())
}

/// How long a text may be.
fn text_bound(kind: &Kind) -> Option<Words> {
    Some(match kind {
        Kind::MinLength { limit: 1 } => words("too_short", "must not be empty", "不得为空"),
        Kind::MinLength { limit: n } => {
            ("too_short", format!("must have at least {n} characters"), format!("不得少于{n}个字符"))
        }
        Kind::MaxLength { limit: n } => {
            ("too_long", format!("must have at most {n} characters"), format!("不得超过{n}个字符"))
        }
        _ => return None,
    })
}

/// How great a number may be.
fn number_bound(kind: &Kind) -> Option<Words> {
    let (code, english, chinese, limit) = match kind {
        Kind::Minimum { limit } => ("too_small", "must be at least", "不得小于", limit),
        Kind::Maximum { limit } => ("too_large", "must be at most", "不得大于", limit),
        Kind::ExclusiveMinimum { limit } => ("too_small", "must be more than", "必须大于", limit),
        Kind::ExclusiveMaximum { limit } => ("too_large", "must be less than", "必须小于", limit),
        Kind::MultipleOf { multiple_of } => {
            let english = format!("must be a multiple of {multiple_of}");
            return Some(("not_a_multiple", english, format!("必须是{multiple_of}的倍数")));
        }
        _ => return None,
    };
    Some((code, format!("{english} {limit}"), format!("{chinese}{limit}")))
}

/// How many entries a list may have, how many fields an object.
fn count_bound(kind: &Kind) -> Option<Words> {
    let (code, most, n, (english, chinese)) = match kind {
        Kind::MinItems { limit } => ("too_few", false, limit, ("entries", "项")),
        Kind::MaxItems { limit } => ("too_many", true, limit, ("entries", "项")),
        Kind::MinProperties { limit } => ("too_few", false, limit, ("fields", "个字段")),
        Kind::MaxProperties { limit } => ("too_many", true, limit, ("fields", "个字段")),
        Kind::UniqueItems => {
            let english = "must not have the same entry twice";
            return Some(words("repeated", english, "各项不得重复"));
        }
        _ => return None,
    };
    let (at, not) = if most { ("most", "超过") } else { ("least", "少于") };
    Some((code, format!("must have at {at} {n} {english}"), format!("不得{not}{n}{chinese}")))
}

/// What a value must be.
fn value(kind: &Kind) -> Option<Words> {
    Some(match kind {
        Kind::Type { kind } => {
            let (english, chinese) = type_names(kind);
            ("wrong_type", format!("must be {english}"), format!("应为{chinese}"))
        }
        Kind::Enum { options } => {
            let choices = choices(options);
            ("not_an_option", format!("must be one of: {choices}"), format!("应为下列之一：{choices}"))
        }
        Kind::Constant { expected_value } => {
            ("not_an_option", format!("must be {expected_value}"), format!("必须为{expected_value}"))
        }
        Kind::Format { format } => format_words(format),
        Kind::Pattern { .. } => {
            let english = "is not written in the required way";
            words("wrong_pattern", english, "格式不符合要求")
        }
        _ => return None,
    })
}

/// Which of several alternatives a value takes.
fn alternative(kind: &Kind) -> Option<Words> {
    Some(match kind {
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            words("no_alternative", "fits none of the alternatives of this form", "不符合本表单的任何一种情形")
        }
        Kind::OneOfMultipleValid { .. } => words(
            "several_alternatives",
            "fits more than one alternative: fill in only one",
            "同时符合多种情形，请只填写一种",
        ),
        Kind::FalseSchema => words("not_allowed", "must be left out", "不得填写"),
        _ => return None,
    })
}

/// The options of a list, cut off where they would fill a page.
fn choices(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<String> = options
        .iter()
        .take(20)
        .map(|option| option.as_str().map_or_else(|| option.to_string(), str::to_owned))
        .collect();
    if options.len() > shown.len() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn format_words(format: &str) -> Words {
    let (english, chinese) = match format {
        "date" => ("a date like 2026-02-12", "日期，如2026-02-12"),
        "date-time" => ("a time like 2026-02-12T09:30:00Z", "时间，如2026-02-12T09:30:00Z"),
        "time" => ("a time of day like 09:30:00Z", "时刻，如09:30:00Z"),
        "email" | "idn-email" => ("an e-mail address", "电子邮箱地址"),
        "uri" | "iri" => ("a full web address", "完整的网址"),
        "uuid" => ("a UUID", "UUID"),
        _ => {
            return ("wrong_format", format!("must have the format \"{format}\""), format!("应符合“{format}”格式"));
        }
    };
    ("wrong_format", format!("must be {english}"), format!("应为{chinese}"))
}

fn type_names(kind: &TypeKind) -> (String, String) {
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(single) => vec![*single],
        TypeKind::Multiple(several) => several.iter().collect(),
    };
    let (english, chinese): (Vec<_>, Vec<_>) = types.into_iter().map(type_name).unzip();
    (english.join(" or "), chinese.join("或"))
}

const fn type_name(json_type: JsonType) -> (&'static str, &'static str) {
    match json_type {
        JsonType::Array => ("a list", "列表"),
        JsonType::Boolean => ("true or false", "true或false"),
        JsonType::Integer => ("a whole number", "整数"),
        JsonType::Null => ("null", "null"),
        JsonType::Number => ("a number", "数字"),
        JsonType::Object => ("an object", "对象"),
        JsonType::String => ("a text", "文本"),
    }
}
