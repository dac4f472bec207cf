//! Who gets a message: found out when it is sent, by the rooms that know.

use futures_util::future::BoxFuture;

use super::letter::Letter;
use super::model::Delivery;
use crate::error::Failure;
use crate::localized::Lang;
use crate::store::text_enum;

text_enum! {
    /// Why there is nobody to tell.
    pub enum Nobody {
        /// The applicant is not known 匿名.
        Anonymous = "anonymous",
        /// No e-mail address was given.
        NoAddress = "no_address",
        /// The recipient wants no mail.
        OptedOut = "opted_out",
        /// The case was taken over from elsewhere: what it tells of is history.
        History = "history",
        /// The case is gone.
        Gone = "gone",
    }
}

/// Where a message goes, and what it says.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// By mail.
    Mail {
        /// The address, as the recipient gave it.
        address: String,
        /// In which language.
        lang: Lang,
        /// What it says.
        letter: Box<Letter>,
    },
    /// To nobody.
    Nobody(Nobody),
}

/// Finds out who gets a message; wired where all rooms are known.
pub trait Recipients: Send + Sync {
    /// Who gets it, and what it says, as of now.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] does not count as a try; every other failure does.
    fn resolve<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<Resolved, Failure>>;
}
