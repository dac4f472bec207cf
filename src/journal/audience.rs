//! Who may see a fact.

use crate::store::text_enum;

text_enum! {
    /// Who may see a fact on a timeline 可见范围.
    pub enum Audience {
        /// Anybody who may know of the case.
        Public = "public",
        /// The applicant and the staff.
        Participants = "participants",
        /// Staff only.
        Internal = "internal",
    }
}
