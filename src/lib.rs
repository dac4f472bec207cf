//! gcrm: a government customer relationship backend. One sentence a room.

// Who may what: permissions, roles, actors, and the tokens they come with.
pub mod access;
// The room of logins: accounts, passwords, sessions, systems, staff memberships, signing keys.
pub mod accounts;
// Jurisdictions and the tree of departments.
pub mod agencies;
// Wires clock, store, keys, mail and rooms; the one file that names every room.
pub mod app;
// Working time: calendars, terms, clocks with their pauses; pure.
pub mod calendar;
// The working calendars at start.
pub mod calendars;
// Cases: one life cycle for whatever a customer asks for.
pub mod cases;
// Service items: what the government offers, as versioned data.
pub mod catalogue;
// Check characters of identifiers and case numbers.
pub mod checkdigits;
// Time, injected.
pub mod clock;
// What the command line does.
pub mod commands;
// Settings, read once at start.
pub mod config;
// Individuals, enterprises, non-profits and agencies as customers; identifiers, contacts.
pub mod customers;
// A city's real requests through the real workflow.
pub mod demo;
// Everything that can be refused or go wrong, with code and status; HTTP-free.
pub mod error;
// The only place that knows HTTP: guards, problems, replies, the OpenAPI document.
pub mod http;
// Ids: opaque, prefixed, time-ordered.
pub mod ids;
// The journal: every fact, its order, its chain, and who follows it.
pub mod journal;
// The master keys at start.
pub mod keys;
// Words in more than one language.
pub mod localized;
// Messages that follow events: leased, sent, tried again, given up.
pub mod outbox;
// Who gets a message about a case, and what it says.
pub mod recipients;
// Field encryption, blind indexes, keyed digests.
pub mod seal;
// The only door to a database.
pub mod store;
// What runs beside the requests.
pub mod workers;
