//! Is a form filled in as its item asks? Every error at once, each at the field it is about.

mod sentences;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::{PatternOptions, Validator};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::codes::{ItemCode, JurisdictionCode};
use super::model::{ItemVersion, ServiceItem};
use crate::localized::Lang;
use sentences::explain;

/// One field that is not as the form asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormError {
    /// JSON Pointer to the field, under the prefix given; of a missing field, where it should be.
    #[schema(max_length = 2000, example = "/form/premises")]
    pub pointer: String,
    /// What is wrong, for programs: `required`, `too_long`, `unknown_field`, …
    #[schema(value_type = String, max_length = 64, example = "required")]
    pub code: &'static str,
    /// What is wrong, for people. Never repeats what was filled in.
    #[schema(max_length = 500)]
    pub detail: String,
}

/// A form that is no usable JSON Schema 2020-12.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FormSchemaError {
    location: String,
    reason: String,
}

impl FormSchemaError {
    /// JSON Pointer to the place in the schema, under `prefix`.
    #[must_use]
    pub fn pointer(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.location)
    }
}

/// How many errors of one form are reported; a body is bounded, so that only a hostile form has more.
pub const MAX_FORM_ERRORS: usize = 200;

/// The compiled form of an item. Compile once, use from any thread.
#[derive(Debug)]
pub struct FormValidator {
    validator: Validator,
}

impl FormValidator {
    /// Compiles the form of an item.
    ///
    /// # Errors
    /// The form is no JSON Schema 2020-12, refers outside itself, or names an unknown format.
    pub fn compile(item: &ServiceItem) -> Result<Self, FormSchemaError> {
        Self::of_schema(&item.form)
    }

    /// Compiles a JSON Schema: formats are checked, nothing is fetched, and patterns run in linear time, since an
    /// operator's pattern meets a stranger's text.
    pub(super) fn of_schema(schema: &Value) -> Result<Self, FormSchemaError> {
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(schema)
            .map(|validator| Self { validator })
            .map_err(|error| FormSchemaError {
                location: error.instance_path().to_string(),
                reason: error.masked().to_string().chars().take(300).collect(),
            })
    }

    /// Every error of a form, in the order of their places; none means that it is filled in as asked. `prefix` is the
    /// pointer to the form in the request body, such as `/form`.
    #[must_use]
    pub fn validate(&self, form: &Value, prefix: &str, lang: Lang) -> Vec<FormError> {
        let mut errors: Vec<FormError> = self
            .validator
            .iter_errors(form)
            .flat_map(|error| explain(&error, prefix, lang))
            .take(MAX_FORM_ERRORS)
            .collect();
        errors.sort();
        errors.dedup();
        errors
    }
}

type ItemKey = (JurisdictionCode, ItemCode, ItemVersion);

/// Compiled forms by item and version. A published version never changes, so what is kept stays right.
#[derive(Debug, Default)]
pub struct FormValidators {
    compiled: RwLock<HashMap<ItemKey, Arc<FormValidator>>>,
}

impl FormValidators {
    /// The compiled form of a published item, compiled at its first use.
    ///
    /// # Errors
    /// As [`FormValidator::compile`]; never for an item that passed the linter.
    pub fn of(&self, item: &ServiceItem) -> Result<Arc<FormValidator>, FormSchemaError> {
        let key = (item.jurisdiction.clone(), item.code.clone(), item.version);
        let known = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        // Two at once compile twice and keep one: cheaper than holding the lock.
        let compiled = Arc::new(FormValidator::compile(item)?);
        let mut all = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(key).or_insert(compiled)))
    }
}

#[cfg(test)]
mod tests;
