//! What every store promises, tested on each: SQLite in a file, SQLite in memory, PostgreSQL.
//!
//! Every test is written once, takes a [`kit::Kit`], and runs as `sqlite::name`, `memory::name` and
//! `postgres::name`. Where PostgreSQL is not installed its tests say that they were skipped, and fail in a
//! pipeline.

#![expect(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

mod contract {
    #[macro_use]
    pub(crate) mod kit;
    pub(crate) mod products;

    mod accounts;
    mod alerts;
    mod armings;
    mod catalogue;
    mod changes;
    mod channels;
    mod claims;
    mod commits;
    mod counting;
    mod coverage;
    mod creations;
    mod deliveries;
    mod history;
    mod jobs;
    mod keys;
    mod ledger;
    mod lifecycle;
    mod listings;
    mod logins;
    mod news;
    mod observations;
    mod partitions;
    mod passwords;
    mod push_feeds;
    mod quarantine;
    mod quota;
    mod races;
    mod replica;
    mod reports;
    mod returns;
    mod rollups;
    mod room;
    mod sweeps;
    mod tick_log;
    mod turns;
    mod upgrade;
    mod user_log;
}
