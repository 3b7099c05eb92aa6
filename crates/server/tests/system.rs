//! The whole service against the simulated world, as its users meet it: over the API, with trades on a
//! socket and mail in an inbox, on SQLite and on PostgreSQL, as a process that is killed and started again.

#![expect(clippy::unwrap_used, reason = "what is missing here is a failure of the test")]
#![expect(clippy::print_stdout, reason = "a run says what it came to")]

#[path = "system/alone.rs"]
mod alone;
#[path = "system/backup.rs"]
mod backup;
#[path = "system/channels.rs"]
mod channels;
#[path = "system/client.rs"]
mod client;
#[path = "system/cluster.rs"]
mod cluster;
#[path = "system/combining.rs"]
mod combining;
#[path = "system/coverage.rs"]
mod coverage;
#[path = "system/disk.rs"]
mod disk;
#[path = "system/faults.rs"]
mod faults;
#[path = "system/history.rs"]
mod history;
#[path = "system/kill.rs"]
mod kill;
#[path = "system/metrics.rs"]
mod metrics;
#[path = "system/moment.rs"]
mod moment;
#[path = "system/pasts.rs"]
mod pasts;
#[path = "system/polled.rs"]
mod polled;
#[path = "system/process.rs"]
mod process;
#[path = "system/products.rs"]
mod products;
#[path = "system/pushed.rs"]
mod pushed;
#[path = "system/quarantine.rs"]
mod quarantine;
#[path = "system/recorded.rs"]
mod recorded;
#[path = "system/silence.rs"]
mod silence;
#[path = "system/single_user.rs"]
mod single_user;
#[path = "system/spine.rs"]
mod spine;
#[path = "system/standing_in.rs"]
mod standing_in;
#[path = "system/stores.rs"]
mod stores;
#[path = "system/switches.rs"]
mod switches;
#[cfg(feature = "otel")]
#[path = "system/traces.rs"]
mod traces;
#[path = "system/twins.rs"]
mod twins;
#[path = "system/venues.rs"]
mod venues;
#[path = "system/watch.rs"]
mod watch;
#[path = "system/world.rs"]
mod world;
