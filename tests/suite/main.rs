//! The integration tests. Every test runs on the database that `GCRM_TEST_DATABASE_URL` names (PostgreSQL), or on a
//! fresh SQLite file without it; no test of a room knows which. What only one of them can show says so in its name
//! (`on_postgres_…`, `on_sqlite_…`) and proves nothing in a run on the other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that cannot go on fails"
)]

mod access_matrix;
mod accounts;
mod agencies;
mod architecture;
mod catalogue;
mod commands;
mod config;
mod counts;
mod customers;
mod demo;
mod journal;
mod journal_coverage;
mod migrations;
mod openapi;
mod operations;
mod outbox;
mod request_ids;
mod roles_matrix;
mod store;
mod story_agreement;
mod story_backdated;
mod story_cases;
mod story_drafts;
mod story_evaluation;
mod story_figures;
mod story_filing;
mod story_lapse;
mod story_licence;
mod story_lists;
mod story_mails;
mod story_new_year;
mod story_reach;
mod story_reasons;
mod story_registration;
mod story_repetition;
mod story_sight;
mod story_texts;
mod story_waiting;
mod upkeep;
mod world;
