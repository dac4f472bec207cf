//! The journal 日志: every fact the service can state, append-only, in the transaction of its effect.
//!
//! Who enters: every room, through `tx.record(entry, value)`. Always true: facts are ids, enums, numbers and digests, never
//! words about people; a row is never changed but once, when the ledger gives it its position and hash.

mod entry;
mod event;
mod fanout;

pub use entry::{Author, Entry, Subjects};
pub use event::{Audience, Event, TextRef};
pub use fanout::{Fanout, Placed};
