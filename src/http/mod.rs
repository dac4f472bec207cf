//! The only place that knows HTTP. Every request enters through the [`Door`]; a handler gets at the database only through
//! a [`Guard`] (a permission in its signature) or an [`Open`] (a public endpoint, with its reason in its signature).
//!
//! Always true: a missing permission answers before the body is read; every failure is `application/problem+json` in the
//! caller's language; what the OpenAPI document publishes is what the extractors enforce.

mod body;
mod conditional;
mod connections;
mod defects;
mod door;
mod envelope;
mod error_pages;
mod examples;
mod guard;
mod headers;
mod health;
mod held;
mod id;
mod idempotency;
mod limits;
mod locale;
mod media;
mod merge;
mod metrics;
pub mod need;
mod openapi;
mod operations;
mod page;
mod parameters;
mod problem;
mod query;
mod reason;
mod refusals;
mod reply;
mod schema;
mod server;
mod store;
mod strict;
mod unions;
mod vitals;
pub mod why;

pub use body::{Body, Form, Noted};
pub use conditional::IfMatch;
pub use defects::{bodies, defects};
pub use door::{Door, Lag, LagProbe, Setup};
pub use guard::{Caller, Guard, Open};
pub use id::Id;
pub use idempotency::{Effect, IdempotencyKey};
pub use limits::Limits;
pub use locale::field_sentence;
pub use merge::Merge;
pub use metrics::Metrics;
pub use openapi::{About, BASE, Contact, Described, document, operations};
pub use page::{COUNT_CAP, Cursor, Listing, NoFilter, Page, PageOf, Slice, Uncounted, UncountedPage};
pub use problem::{Problem, ProblemField};
pub use query::Query;
pub use reason::Reason;
pub use reply::{Answer, Reply};
pub use server::{Configure, api, app, serve};

#[cfg(test)]
mod tests;
