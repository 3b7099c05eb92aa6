//! How the simulated eBay is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Clock;

/// Everything that is decided before the start.
#[derive(Clone)]
pub struct Config {
    /// Dates listings, ends tokens, and tells one day's calls from the next.
    pub clock: Arc<dyn Clock>,
    /// Where everything answers. Port 0 takes a free one.
    pub address: SocketAddr,
    /// What a client must show for a token.
    pub credentials: Credentials,
    /// How long a token is good for.
    pub token_life: Duration,
    /// Tokens that are sold in a day.
    pub tokens_per_day: u32,
    /// Searches and items together in a day. eBay's days begin at midnight in California.
    pub calls_per_day: u32,
    /// What is on offer at the start.
    pub catalogue: Catalogue,
    /// How often a step happens by itself; never, where absent.
    pub step_every: Option<Duration>,
    /// How long an event waits that its receiver did not acknowledge, before it is told again.
    pub event_again: Duration,
}

/// What is on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Catalogue {
    /// Nothing but what is listed by hand.
    Empty,
    /// Listings drawn from a seed; steps change prices, end some and bring new ones.
    Lively {
        /// The seed.
        seed: u64,
        /// How many listings.
        items: u32,
    },
    /// The items of one recorded answer to a search. Nothing happens to them by itself.
    Page(PathBuf),
    /// A recorded history of a shop for refurbished things: each step replays what changed at one instant.
    Refurbished {
        /// `ts_utc_s,store,family,model,event,price,previous_price`, plain or compressed with zstd.
        events: PathBuf,
        /// `store,family,model,name,url`, plain or compressed with zstd.
        products: PathBuf,
    },
}

/// A client's id and its secret, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl Config {
    /// A catalogue that lives by the seed, with a step every five seconds.
    pub fn lively(seed: u64, clock: impl Clock) -> Self {
        let catalogue = Catalogue::Lively { seed, items: 4_000 };
        Self { catalogue, step_every: Some(Duration::from_secs(5)), ..Self::scripted(clock) }
    }

    /// An empty catalogue to which nothing happens by itself.
    pub fn scripted(clock: impl Clock) -> Self {
        Self {
            clock: Arc::new(clock),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            credentials: Credentials {
                id: "Bellwether-simulator".to_owned(),
                secret: "SBX-simulated-secret".to_owned(),
            },
            token_life: Duration::from_hours(2),
            tokens_per_day: 1_000,
            calls_per_day: 5_000,
            catalogue: Catalogue::Empty,
            step_every: None,
            event_again: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config")
            .field("address", &self.address)
            .field("credentials", &self.credentials)
            .field("catalogue", &self.catalogue)
            .field("step_every", &self.step_every)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}
