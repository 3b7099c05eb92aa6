//! Several processes do together what one does alone.
//!
//! The same parts run in processes of their own, in any number of each, over PostgreSQL and NATS JetStream. What
//! travels between them is the tick log, which is durable and has one order, and hints, on which nothing depends.
//!
//! ```text
//! feed (one holder a venue) ──tick log──▶ engine (one holder a partition) ──commit under lease──▶ store
//!        ▲                        └──────▶ api (all of it: prices, coverage)                       │
//!        └────── wants, in the store ──────────┘                               deliver, schedule ◀─┘ by claims
//! ```
//!
//! * What only one process may do at a time is a **lease** ([`leases`]): a partition of the alerts, a venue's feed.
//!   [`workers`] spreads them evenly over the processes that live.
//! * An **engine** ([`engines`]) loads its partition's alerts, reads the log from where its predecessor's last
//!   checkpoint was, and commits under its lease's epoch: one that was taken over from commits nothing.
//! * A **feed** ([`feeds`]) watches what the engines want and writes it to the log ([`publishing`]). One that takes
//!   over begins where the engines are, and fetches what was missed.
//! * Alerts on several instruments have a partition of their own, whose engine reads the whole log: so the order in
//!   which their instruments' ticks come is the log's, before and after a take-over.

mod asking;
mod engines;
mod feeds;
mod hints;
mod journal;
mod leases;
mod publishing;
mod view;
mod wire;
mod workers;

pub(crate) use self::asking::Asking;
pub(crate) use self::engines::Engines;
pub(crate) use self::feeds::Feeds;
pub(crate) use self::hints::bridge;
pub(crate) use self::journal::journal;
pub(crate) use self::view::follow;
pub(crate) use self::workers::work;
