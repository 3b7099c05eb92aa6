//! What may be set: defaults in the binary, then a TOML file, then variables, then flags.
//!
//! It is read whole at the start and checked whole: every fault is reported, each with its key and where
//! it was set. The folder holds the table of keys, the layers, and the reading; here stand the types that
//! the rest of the program sees. Nothing here opens a database or a socket.

mod accounts;
mod bus;
mod ebay;
mod encryption_key;
mod example;
mod fault;
mod feeds;
mod history;
mod kept_key;
mod keys;
mod log;
mod mail;
mod outgoing;
mod pace;
mod reader;
mod roles;
mod secret;
mod server;
mod signing_key;
mod single_user;
mod sources;
mod store;
#[cfg(test)]
mod tests;
mod traces;
mod venues;

use serde::Serialize;

pub use self::accounts::{Accounts, Limits};
pub use self::bus::Bus;
pub use self::ebay::Ebay;
pub use self::encryption_key::EncryptionKeys;
pub use self::example::commented_defaults;
pub use self::fault::{ConfigError, ConfigFault, Origin};
pub use self::feeds::Feeds;
pub use self::history::History;
pub use self::kept_key::KeyError;
pub(crate) use self::kept_key::KeyPlace;
pub use self::log::{Log, LogFormat};
pub use self::mail::Mail;
pub use self::outgoing::Outgoing;
pub use self::pace::{Pace, Paces};
use self::reader::Reader;
pub use self::roles::Role;
pub use self::secret::Secret;
pub use self::server::{PublicUrl, Server};
pub use self::signing_key::SigningKey;
pub use self::sources::{DEFAULT_FILE, Sources};
pub use self::store::Store;
pub use self::traces::{Sample, Traces};
pub use self::venues::{Exchange, Ticker, Venues};

/// The whole configuration, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// Where the service listens and what it accepts.
    pub server: Server,
    /// Where everything that must survive is kept.
    pub store: Store,
    /// How several processes share the work.
    pub bus: Bus,
    /// Who may sign up, and how long logins last.
    pub accounts: Accounts,
    /// What one person or client may use.
    pub limits: Limits,
    /// How mail leaves.
    pub mail: Mail,
    /// Where messages over HTTP may go.
    pub outgoing: Outgoing,
    /// How fast messages may go to one receiver.
    pub pace: Paces,
    /// How prices are watched, whatever their venue.
    pub feeds: Feeds,
    /// Where prices come from.
    pub venues: Venues,
    /// Whether eBay can be searched, and as whom.
    pub ebay: Ebay,
    /// How long price history is kept.
    pub history: History,
    /// What is logged.
    pub log: Log,
    /// Whether the way of fires is told to a collector of traces.
    pub traces: Traces,
}

/// What a configuration is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A command that does its work and ends.
    Commands,
    /// The service.
    Serving,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Every fault, with its key and where it was set.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Self::load_for(sources, Use::Commands)
    }

    /// Reads the configuration of a service, which needs keys that other commands do without.
    ///
    /// # Errors
    /// Every fault, with its key and where it was set.
    pub fn load_to_serve(sources: &Sources) -> Result<Self, ConfigError> {
        Self::load_for(sources, Use::Serving)
    }

    fn load_for(sources: &Sources, purpose: Use) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let values = sources::read(sources, &mut faults);
        let mut reader = Reader::new(values, faults);
        let config = Self::read(&mut reader, purpose);
        reader.finish(config)
    }

    fn read(r: &mut Reader, purpose: Use) -> Option<Self> {
        let (server, store, accounts) = (Server::read(r), Store::read(r), Accounts::read(r));
        if let (Use::Serving, Some(store), Some(accounts)) = (purpose, &store, &accounts)
            && store.needs_keys()
        {
            for (key, value) in [
                ("accounts.signing_key", &accounts.signing_key),
                ("accounts.encryption_key", &accounts.encryption_key),
            ] {
                if value.reveal().is_empty() {
                    r.refuse::<()>(key, &KeyError::NotSet(key).to_string());
                }
            }
        }
        let bus = Bus::read(r);
        if let (Some(bus), Some(store), Some(server)) = (&bus, &store, &server) {
            if bus.is_used() && !store.is_shared() {
                r.refuse::<()>(
                    "bus.url",
                    "several processes share PostgreSQL: set store.url to postgres://...",
                );
            }
            if !bus.is_used() && server.roles.len() < Role::ALL.len() {
                r.refuse::<()>("server.roles", "one process alone does everything: several need bus.url");
            }
        }
        if let (Some(accounts), Some(server), Some(bus)) = (&accounts, &server, &bus)
            && accounts.single_user
        {
            single_user::check(r, server, bus);
        }
        let (limits, mail, outgoing) = (Limits::read(r), Mail::read(r), Outgoing::read(r));
        let pace = Paces::read(r);
        let feeds = Feeds::read(r);
        let (venues, ebay) = (Venues::read(r), Ebay::read(r));
        let (history, log, traces) = (History::read(r), Log::read(r), Traces::read(r));
        Some(Self {
            server: server?,
            store: store?,
            bus: bus?,
            accounts: accounts?,
            limits: limits?,
            mail: mail?,
            outgoing: outgoing?,
            pace: pace?,
            feeds: feeds?,
            venues: venues?,
            ebay: ebay?,
            history: history?,
            log: log?,
            traces: traces?,
        })
    }
}
