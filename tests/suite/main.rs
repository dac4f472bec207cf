//! The integration tests. Every test runs on the database that `GCRM_TEST_DATABASE_URL` names (PostgreSQL), or on a
//! fresh SQLite file without it; no test of a room knows which.

mod accounts;
mod agencies;
mod customers;
mod config;
mod outbox;
mod journal;
mod migrations;
mod store;
mod world;
