//! Words, as the journal may hold them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::TextId;

/// A text as the journal knows it: which one, and a keyed digest of it; the words may be erased, this stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextRef {
    /// The text's id.
    pub text: TextId,
    /// Keyed digest (HMAC-SHA-256) of the words.
    pub digest: String,
}
