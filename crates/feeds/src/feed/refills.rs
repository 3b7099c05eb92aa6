//! Fetches pages of missed trades, a few at a time, until they come or are given up.
//!
//! Requests queue in the order in which they were made. An instrument asks for its next page only
//! when the last has come, so a long gap of one does not hold up the short gaps of others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Instrument, Interval, Timestamp};
use tokio::task::JoinSet;

use super::sequence::{Fetch, NoPage, PageFrom};
use super::shared::Shared;
use crate::world::{Clock, within};
use crate::{CandlePage, Page, PageError, Venue};

/// How long the end of a minute can be away at most, and the settling of its candle.
const WAIT_MAX: Duration = Duration::from_secs(70);

/// Pages on their way.
pub(super) struct Refills<V> {
    shared: Arc<Shared<V>>,
    /// At most one per sequence, so bounded by the instruments.
    queue: VecDeque<Request>,
    running: JoinSet<Reply>,
    /// Those that wait until a candle is there. They take no page's place meanwhile.
    later: JoinSet<Request>,
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
    pub(super) outcome: Result<Fetched, NoPage>,
}

/// What was wanted.
#[derive(Debug)]
pub(super) enum Fetched {
    /// Missed trades.
    Trades(Page),
    /// Candles in their place.
    Candles(CandlePage),
}

impl Fetched {
    /// Whether there is anything in it.
    pub(super) fn has_any(&self) -> bool {
        match self {
            Self::Trades(page) => !page.trades.is_empty(),
            Self::Candles(page) => !page.candles.is_empty(),
        }
    }
}

impl<V: Venue> Refills<V> {
    pub(super) fn new(shared: Arc<Shared<V>>) -> Self {
        Self { shared, queue: VecDeque::new(), running: JoinSet::new(), later: JoinSet::new() }
    }

    pub(super) fn ask(&mut self, request: Request) {
        let wait = self.until_it_can_be_had(&request);
        if wait.is_zero() {
            self.queue.push_back(request);
            self.start();
            return;
        }
        let shared = self.shared.clone();
        self.later.spawn(async move {
            shared.world.clock.sleep(wait).await;
            request
        });
    }

    /// A candle is there when its minute is over and the venue has settled it.
    fn until_it_can_be_had(&self, request: &Request) -> Duration {
        let PageFrom::Candles(from, _) = request.fetch.from else { return Duration::ZERO };
        let settled = until(&*self.shared.world.clock, Interval::Minute.end_of(from));
        let wait =
            if settled.is_zero() { settled } else { settled + self.shared.venue.rules().candles_settle };
        wait.min(WAIT_MAX)
    }

    /// The next page that has come. Waits for ever where none is on its way; safe to be cancelled.
    pub(super) async fn next(&mut self) -> Reply {
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.running.join_next() => {
                    let reply = ended.unwrap_or_else(resume);
                    self.start();
                    return reply;
                }
                Some(due) = self.later.join_next() => {
                    self.queue.push_back(due.unwrap_or_else(resume));
                    self.start();
                }
                else => std::future::pending().await,
            }
        }
    }

    /// Ends what is on its way.
    pub(super) async fn stop(mut self) {
        self.later.shutdown().await;
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
async fn fetch<V: Venue>(shared: &Shared<V>, request: &Request) -> Result<Fetched, NoPage> {
    let clock = &*shared.world.clock;
    clock.sleep(shared.delay_after(request.fetch.short_pages)).await;
    let limit = match request.fetch.from {
        // What ends later has times that are not to be believed.
        PageFrom::Candles(_, to) if until(clock, to) > WAIT_MAX => return Err(NoPage::Unavailable),
        PageFrom::Candles(..) => shared.venue.bounds().candle_patience,
        PageFrom::After(_) | PageFrom::Since(_) => shared.venue.bounds().patience,
    };
    let repeated = keep_asking(shared, request);
    within(clock, limit, repeated).await.unwrap_or(Err(NoPage::Unavailable))
}

async fn keep_asking<V: Venue>(shared: &Shared<V>, request: &Request) -> Result<Fetched, NoPage> {
    let instrument = &request.instrument;
    let mut failures = 0u32;
    loop {
        match ask(shared, request).await {
            Ok(fetched) => {
                shared.page_came();
                return Ok(fetched);
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

async fn ask<V: Venue>(shared: &Shared<V>, request: &Request) -> Result<Fetched, PageError> {
    let (venue, symbol) = (&shared.venue, request.instrument.symbol());
    match request.fetch.from {
        PageFrom::After(after) => {
            let not_before = request.fetch.not_before;
            venue.trades_after(symbol, after, not_before).await.map(Fetched::Trades)
        }
        PageFrom::Since(since) => venue.trades_since(symbol, since).await.map(Fetched::Trades),
        PageFrom::Candles(from, to) => match venue.candles(symbol, Interval::Minute, from, to).await? {
            page if page.until > from => Ok(Fetched::Candles(page)),
            _ => Err(PageError::Unavailable("the minute's candle is not there yet".to_owned())),
        },
    }
}

/// How long it is until an instant by the wall clock.
fn until(clock: &dyn Clock, instant: Timestamp) -> Duration {
    u64::try_from(instant.micros_since(clock.now())).map_or(Duration::ZERO, Duration::from_micros)
}

/// Nothing aborts these tasks but dropping their set, so one that failed has panicked: a bug, which
/// goes on where it can be seen.
fn resume<T>(error: tokio::task::JoinError) -> T {
    std::panic::resume_unwind(error.try_into_panic().unwrap_or_else(|error| Box::new(error)))
}
