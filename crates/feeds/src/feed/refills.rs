//! Fetches pages of missed trades, a few at a time, until they come or are given up.
//!
//! Requests queue in the order in which they were made. An instrument asks for its next page only
//! when the last has come, so a long gap of one does not hold up the short gaps of others.

use std::collections::VecDeque;
use std::sync::Arc;

use bellwether_model::Instrument;
use tokio::task::JoinSet;

use super::sequence::{Fetch, NoPage, PageFrom};
use super::shared::Shared;
use crate::world::within;
use crate::{Page, PageError, Venue};

/// Pages on their way.
pub(super) struct Refills<V> {
    shared: Arc<Shared<V>>,
    /// At most one per sequence, so bounded by the instruments.
    queue: VecDeque<Request>,
    running: JoinSet<Reply>,
}

/// A page wanted by a sequence.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) instrument: Instrument,
    /// Which watch of the instrument asks; an instrument that left and came back is another.
    pub(super) watch: u64,
    pub(super) fetch: Fetch,
}

/// What became of a request.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) request: Request,
    pub(super) outcome: Result<Page, NoPage>,
}

impl<V: Venue> Refills<V> {
    pub(super) fn new(shared: Arc<Shared<V>>) -> Self {
        Self { shared, queue: VecDeque::new(), running: JoinSet::new() }
    }

    pub(super) fn ask(&mut self, request: Request) {
        self.queue.push_back(request);
        self.start();
    }

    /// The next page that has come. Waits for ever where none is on its way; safe to be cancelled.
    pub(super) async fn next(&mut self) -> Reply {
        loop {
            match self.running.join_next().await {
                None => std::future::pending().await,
                Some(Ok(reply)) => {
                    self.start();
                    return reply;
                }
                Some(Err(error)) => resume(error),
            }
        }
    }

    /// Ends what is on its way.
    pub(super) async fn stop(mut self) {
        self.running.shutdown().await;
    }

    fn start(&mut self) {
        while self.running.len() < self.shared.venue.bounds().pages_at_once {
            let Some(request) = self.queue.pop_front() else {
                return;
            };
            let shared = self.shared.clone();
            self.running.spawn(async move {
                let outcome = fetch(&shared, &request).await;
                Reply { request, outcome }
            });
        }
    }
}

/// Fetches one page, repeating what fails for now until patience ends. Time spent waiting for the
/// budget counts: a venue that bans us is a venue that does not serve.
async fn fetch<V: Venue>(shared: &Shared<V>, request: &Request) -> Result<Page, NoPage> {
    let clock = &*shared.world.clock;
    clock.sleep(shared.delay_after(request.fetch.short_pages)).await;
    let repeated = keep_asking(shared, request);
    let limit = shared.venue.bounds().patience;
    within(clock, limit, repeated).await.unwrap_or(Err(NoPage::Unavailable))
}

async fn keep_asking<V: Venue>(shared: &Shared<V>, request: &Request) -> Result<Page, NoPage> {
    let instrument = &request.instrument;
    let mut failures = 0u32;
    loop {
        let page = match request.fetch.from {
            PageFrom::After(after) => {
                let not_before = request.fetch.not_before;
                shared.venue.trades_after(instrument.symbol(), after, not_before).await
            }
            PageFrom::Since(since) => shared.venue.trades_since(instrument.symbol(), since).await,
        };
        match page {
            Ok(page) => {
                shared.page_came();
                return Ok(page);
            }
            Err(PageError::Refused(reason)) => {
                shared.meters.pages_failed.increment(1);
                tracing::warn!(%instrument, reason, "missed trades are refused");
                return Err(NoPage::Refused);
            }
            Err(PageError::Unavailable(reason)) => shared.page_failed(&reason),
        }
        failures = failures.saturating_add(1);
        shared.world.clock.sleep(shared.delay_after(failures)).await;
    }
}

/// Nothing aborts these tasks but dropping their set, so one that failed has panicked: a bug, which
/// goes on where it can be seen.
fn resume(error: tokio::task::JoinError) {
    if let Ok(panic) = error.try_into_panic() {
        std::panic::resume_unwind(panic);
    }
}
