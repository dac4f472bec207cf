//! What this room asks of the room of logins.

use crate::access::Call;
use crate::error::Failure;
use crate::ids::{AccountId, CustomerId};
use crate::store::Tx;

/// Links a login to the customer it speaks for; the room of logins implements it, `app.rs` hands it in.
pub trait AccountLinks: Send + Sync {
    /// Links in the transaction of the registration, and records it.
    ///
    /// # Errors
    /// 409 `already_linked` when the account speaks for a customer already.
    fn link(&self, tx: &mut Tx<'_>, call: &Call, account: AccountId, customer: CustomerId) -> Result<(), Failure>;
}
