//! What to try first: lines to be copied into a terminal as they are.

use serde_json::{Value, json};

use super::people::{CITIZEN, Credential};

/// A list, the health, and something new: a login of the citizen where the password is known, else an anonymous complaint
/// to the hotline. `base` is the service's public URL.
pub fn lines(base: &str, credentials: &[Credential]) -> [String; 3] {
    let citizen = credentials.iter().find(|c| c.login == CITIZEN);
    let last = citizen.map_or_else(
        || post(base, "/api/v1/anonymous-cases", &complaint()),
        |c| post(base, "/api/v1/sessions", &json!({ "login": c.login, "password": c.password })),
    );
    [
        format!("curl -s '{base}/api/v1/service-items?jurisdiction=us-la&limit=3'"),
        format!("curl -s '{base}/health/ready'"),
        last,
    ]
}

fn post(base: &str, path: &str, body: &Value) -> String {
    format!("curl -s '{base}{path}' -H 'Content-Type: application/json' -d '{body}'")
}

fn complaint() -> Value {
    json!({
        "jurisdiction": "cn-110101",
        "serviceItem": "hotline-complaint",
        "form": { "matter": "The street lamp in front of the library is broken." }
    })
}
