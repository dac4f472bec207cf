//! The outbox 投递: what happened is told to whom it concerns, after it happened and at least once.
//!
//! Who enters: the ledger, through [`Subscriptions`], in the transaction that places an event; the worker, through
//! [`Outbox::run`]; staff, through the routes. Always true: one delivery an event, channel and recipient; a worker holds
//! a delivery by a lease and may only end it while the lease is still its own; nothing is sent inside a transaction; a
//! repeated message bears the same Message-ID; a row holds no address and no words, the recipient is resolved when the
//! message is sent.

mod batch;
mod email;
mod letter;
mod model;
mod recipients;
mod retry;
mod routes;
mod smtp;
mod store;
mod subscribe;
mod template;
mod threads;
mod trouble;
mod worker;

pub use email::{Mail, Mailer, MemoryMailbox, SentMail};
pub use letter::{Content, Letter};
pub use model::{Delivery, DeliveryChannel, DeliveryState, NewDelivery, Recipient, Template};
pub use recipients::{Nobody, Recipients, Resolved};
pub use retry::{Next, Retry};
pub use routes::routes;
pub use store::{Backlog, LeaseId, Outcome, backlog, count, delivery, list, replay};
pub use subscribe::{Subscriptions, deliveries_for};
pub use template::{Letters, Rendered};
pub use trouble::Trouble;
pub use worker::{Leased, Outbox};
