//! Which rules an identifier obeys.

use crate::store::text_enum;

text_enum! {
    /// The scheme of an identifier 证件类型; its code is also the purpose of the blind index.
    pub enum Scheme {
        /// Citizen identity number 公民身份号码 (GB 11643-1999).
        ResidentId = "resident_id",
        /// Unified social credit code 统一社会信用代码 (GB 32100-2015).
        CreditCode = "credit_code",
        /// Passport 护照.
        Passport = "passport",
        /// Any other document, under a name that the service chooses: `name:value`.
        Free = "free",
    }
}
