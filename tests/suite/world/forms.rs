//! What tests file.

use serde_json::{Value, json};

/// An application for a food business licence, handed in by whoever files it.
pub fn licence(materials: &[&str]) -> Value {
    json!({
        "jurisdiction": "cn-110101", "serviceItem": "food-business-licence",
        "form": {
            "premisesAddress": "Synthetic Street 1", "businessForm": "catering",
            "operations": ["hot_food"], "floorArea": 80
        },
        "materials": materials
    })
}

/// Everything that has to be handed in with it.
pub const WHOLE: &[&str] = &["application", "food-safety-rules", "premises-layout"];
/// The same without the layout.
pub const INCOMPLETE: &[&str] = &["application", "food-safety-rules"];
