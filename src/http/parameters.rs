//! Headers that many operations honour, told in the document of each: nobody has to remember them.

use serde_json::{Map, Value, json};

use utoipa::IntoParams;

use super::reason::Reason;
use crate::access::Roles;

/// Adds what an operation honours and does not tell yet.
pub(super) fn complete(method: &str, path: &str, operation: &mut Map<String, Value>) {
    if reason_may_be_needed(operation) {
        for reason in Reason::into_params(|| None) {
            add(operation, json!(reason));
        }
    }
    if method == "get" && path.starts_with("/api/") && answers_json(operation) {
        add(operation, if_none_match());
        let responses = operation.entry("responses").or_insert_with(|| json!({}));
        let unchanged = json!({ "description": "What is shown has not changed." });
        responses.as_object_mut().map(|responses| responses.entry("304").or_insert(unchanged));
    }
}

fn add(operation: &mut Map<String, Value>, parameter: Value) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(parameters) = parameters.as_array_mut() else { return };
    if parameters.iter().all(|known| known.get("name") != parameter.get("name")) {
        parameters.push(parameter);
    }
}

/// Whether some role holds the operation's permission, or one of several, only with a reason.
fn reason_may_be_needed(operation: &Map<String, Value>) -> bool {
    let needed = operation.get("x-permission");
    let several = needed.and_then(Value::as_array).into_iter().flatten();
    let mut needed = several.chain(needed).filter_map(Value::as_str);
    let Ok(roles) = Roles::embedded() else { return false };
    let rights = || roles.iter().flat_map(|(_, role)| role.rights.iter());
    needed.any(|code| rights().any(|(permission, right)| permission.code() == code && right.reason))
}

fn answers_json(operation: &Map<String, Value>) -> bool {
    let responses = operation.get("responses");
    responses.is_some_and(|responses| responses.pointer("/200/content/application~1json").is_some())
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of an earlier answer: 304 without a body while nothing has changed.",
        "schema": { "type": "string", "maxLength": 500 },
        "example": "\"3.o3S0n9gkVZ0Yb7r1b2m8fA\"",
    })
}
