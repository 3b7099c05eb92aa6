//! Alerts on products: searches are polled, what they find is judged, digests and insights are told in time.
//!
//! Besides polls there are events, which a marketplace tells by itself; see [`events`].
//!
//! Everything else goes by jobs that the store keeps, each with the instant at which it is due. Whoever claims
//! one has it until its lease is over, so any number of processes share the work, and what a dead one held is
//! taken up again. Each kind of job has a task of its own: a flood of insights holds up no poll.
//!
//! | kind | what is done |
//! |---|---|
//! | `poll` | the marketplace is asked once for all who watch the search; see [`poll`] |
//! | `digest`, `insights` | the report of one alert for one instant of its schedule; see [`reports`] |
//! | `rollup` | the prices of a search by day, computed anew from what was observed |

mod bringing;
#[cfg(test)]
mod day;
mod events;
mod notices;
mod observing;
mod poll;
mod quota;
mod reports;
mod rhythm;
mod rollup;
mod scheduler;
mod wishes;

use std::sync::Arc;

use bellwether_feeds::ebay::Ebay;
use bellwether_model::{Span, Timestamp};
use bellwether_store::{Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::events::{Applied, Watched};
pub use self::notices::{NoticeRefusal, Notices};
use self::quota::Quota;
pub use self::rhythm::{DEFAULT_INTERVAL_S, Rhythm, Rhythms};
use crate::clock::Clock;
use crate::http::Generations;

/// Items that the marketplace hands out with one call.
pub const PAGE_SIZE: u32 = 200;

/// What alerts on products are made of.
#[derive(Clone)]
pub struct Products {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// The marketplace.
    pub market: Arc<Ebay>,
    /// Counts the changes of what each user sees.
    pub generations: Generations,
    /// How often each search is asked for.
    pub rhythms: Rhythms,
    /// The watched searches, by the words of titles.
    pub watched: Watched,
    /// Calls that may be made in a day.
    pub daily_calls: u64,
    /// How often a search is asked that is watched for events.
    pub search_every: Span,
    /// Items of a search that are looked at, at most.
    pub items_max: u32,
}

impl Products {
    /// The marketplace's calls of the present day: used, left, and when the next day begins.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn calls(&self) -> Result<(u64, u64, Timestamp), StoreError> {
        let left = Quota::new(self.store.clone(), self.daily_calls).left(self.clock.now()).await?;
        Ok((self.daily_calls.saturating_sub(left.calls), left.calls, left.resets_at))
    }
}

/// Starts what goes by time. The tasks end when `cancel` says so, and finish what they are at.
#[must_use]
pub fn start(products: &Products, cancel: &CancellationToken) -> Vec<JoinHandle<()>> {
    let quota = Quota::new(products.store.clone(), products.daily_calls);
    let poller = poll::Poller { products: products.clone(), quota: quota.clone() };
    let reporter = reports::Reporter { products: products.clone() };
    let planner = rhythm::Planner::new(products.clone(), quota);
    let roller = rollup::Roller { products: products.clone() };
    let mut tasks = vec![tokio::spawn(planner.run(cancel.clone()))];
    tasks.extend(scheduler::start(products, cancel, poller, reporter, roller));
    tasks
}
