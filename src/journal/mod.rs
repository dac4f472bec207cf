//! The journal 日志: every fact the service can state, append-only, in the transaction of its effect.
//!
//! Who enters: every room, through `tx.record(entry, value)`; followers, through [`feed`] and [`timeline`]; auditors, through
//! [`audit`] and [`verify`]. Always true: facts are ids, enums, numbers and digests, never words about people; a row is never
//! changed but once, when the [`Ledger`] gives it its position and hash.

mod audience;
mod audit;
mod checkpoint;
mod entry;
mod event;
mod facts;
mod feed;
mod kept;
mod ledger;
mod name;
mod reasons;
mod routes;
mod store;
mod text_ref;
mod timeline;
mod verify;
mod view;

pub use audience::Audience;
pub use audit::{AuditFilter, AuditPage, audit};
pub use checkpoint::{Checkpoint, Checkpoints, Sign, newest};
pub use entry::{Author, Entry, Subjects};
pub use event::Event;
pub use facts::{event_of, last_learned};
pub use feed::{Feed, FeedItem, Reach, feed};
pub use kept::Kept;
pub use ledger::{BATCH, Fanout, Lag, Ledger, Placed, lag};
pub use name::name;
pub use reasons::{Reason, StatedReason};
pub use routes::routes;
pub use store::has_rows;
pub use text_ref::TextRef;
pub use timeline::{TimelineRow, Viewer, timeline};
pub use verify::{Problem, ProblemKind, Report, verify};
pub use view::{About, AuditRow, By};
