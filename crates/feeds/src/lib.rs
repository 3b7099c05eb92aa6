//! The world comes in: prices from venues, in order, complete, once.
//!
//! [`spawn`] runs one venue's feed: it keeps sockets open for the instruments that are wanted, and
//! hands on [`Update`]s. What was missed while no socket was open is fetched by number before anything
//! newer goes on; where it cannot be had, the feed says so instead of guessing. A venue is one folder
//! and one implementation of [`Venue`]; everything that has to be right only once stands in `feed`. A venue
//! that streams nothing is asked again and again instead, by [`spawn_polls`] and `poll`, and is one
//! implementation of [`Polled`]. Offers of things come from a [`Marketplace`], which is searched.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use bellwether_feeds::binance::{Binance, BinanceConfig};
//! # use bellwether_feeds::{Guarding, Start, Update, Wanted, World, spawn, world::HttpError};
//! # use tokio::sync::{mpsc, watch};
//! # use tokio_util::sync::CancellationToken;
//! # async fn example() -> Result<(), HttpError> {
//! let world = World::network("bellwether", 42)?;
//! let binance = Arc::new(Binance::new(BinanceConfig::default(), &world));
//! let (wanted, wishes) = watch::channel(Wanted::default());
//! let (sender, mut updates) = mpsc::channel(1_024);
//! let cancel = CancellationToken::new();
//! let feed = spawn(binance, world, Guarding::default(), wishes, sender, cancel.clone());
//! wanted.send_modify(|wanted| {
//!     let bitcoin = "binance:BTCUSDT".parse().expect("an instrument");
//!     wanted.instruments.insert(bitcoin, Start::Now);
//! });
//! while let Some(update) = updates.recv().await {
//!     if let Update::Ticks { instrument, observations } = update {
//!         println!("{instrument}: {observations:?}");
//!     }
//! }
//! # cancel.cancel();
//! # feed.await.expect("a feed does not panic");
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here decides what a price means, stores anything, or reads a wall clock, randomness or the
//! network by itself: those come in through [`World`]. Tests against whole fake venues stand in
//! `tests/`, the parsers' tables of payloads beside them.

mod backoff;
pub mod binance;
mod budget;
mod candles;
mod catalogue;
pub mod coinbase;
pub mod coingecko;
#[cfg(test)]
mod damage;
pub mod ebay;
mod feed;
mod guard;
mod instant;
pub mod kraken;
mod marketplace;
mod number;
mod pace;
mod poll;
mod polled;
mod quarantine;
mod rest;
mod scan;
mod update;
pub mod uphold;
mod venue;
mod vitals;
pub mod world;

pub use backoff::{BackOff, Jitter};
pub use catalogue::{Catalogue, CatalogueError, InstrumentInfo, Listing, NotListed};
pub use feed::spawn;
pub use marketplace::{Allowance, Closed, Flaw, MarketError, MarketHealth, Marketplace, SearchPage};
pub use pace::Rate;
pub use poll::spawn_polls;
pub use polled::{PollRules, Polled, Question, Quote};
pub use quarantine::{Factor, Fate, Guarding, Quarantined};
pub use update::{Coverage, Ending, FeedEvent, Interruption, Known, Start, Update, Wanted};
pub use venue::{Ask, Bounds, CandlePage, Heard, Malformed, Numbered, Page, PageError, Rules, Venue};
pub use vitals::{BudgetUse, Gaps, Lag, Vitals};
pub use world::World;
