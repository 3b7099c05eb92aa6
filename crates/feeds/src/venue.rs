//! All that a venue must answer.
//!
//! A venue is a folder with the same five files (`stream`, `parse`, `rest`, `catalogue`, `limits`) and
//! one implementation of [`Venue`]. It knows addresses, texts and payloads; it holds no connection,
//! runs no loop and keeps no state about instruments. Those are the feed's.

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use bellwether_model::{self as model, Candle, Instrument, Interval, Observation, Timestamp};

use crate::{BackOff, BudgetUse, Catalogue, CatalogueError, Rate};

/// A venue that numbers its trades, streams them over WebSockets, and serves missed ones by number.
pub trait Venue: Send + Sync + 'static {
    /// Which one it is.
    fn name(&self) -> model::Venue;

    /// What the venue allows.
    fn rules(&self) -> &Rules;

    /// What we allow ourselves.
    fn bounds(&self) -> &Bounds;

    /// Where to connect for the stream.
    fn address(&self) -> String;

    /// The text that asks for the trades of these instruments, or for no more of them. `request` comes
    /// back in the reply. There is at least one instrument, and at most `rules().instruments_per_request`.
    fn ask(&self, ask: Ask, request: u64, instruments: &[Instrument]) -> String;

    /// Reads one message of the stream and tells `hear` what is in it, in order.
    ///
    /// # Errors
    /// Where it is none of the venue's messages. What was told before stands.
    fn read(&self, message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed>;

    /// The oldest trades of a symbol with numbers above `after`, as many as one request gives. Where the
    /// feed knows an instant not later than theirs, it is `not_before`: of use to a venue that pages by time.
    /// One attempt, within the venue's budget; the feed repeats it.
    fn trades_after(
        &self,
        symbol: &str,
        after: u64,
        not_before: Option<Timestamp>,
    ) -> impl Future<Output = Result<Page, PageError>> + Send;

    /// The oldest trades of a symbol at or after an instant by the venue's clock, as many as one request
    /// gives. One attempt, within the venue's budget; the feed repeats it, and goes on by number.
    fn trades_since(
        &self,
        symbol: &str,
        since: Timestamp,
    ) -> impl Future<Output = Result<Page, PageError>> + Send;

    /// Whether [`Venue::candles`] is of use. Where it is not, nobody asks, and what is missing is noted for
    /// the day when it is.
    fn has_candles(&self) -> bool {
        false
    }

    /// The finished candles of a symbol that begin at or after `from` and before `to`, the oldest first,
    /// as many as one request gives. One attempt, within the part of the venue's budget that missed trades
    /// leave; both instants are beginnings of candles. A venue without candles refuses.
    fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = Result<CandlePage, PageError>> + Send {
        let _ = (symbol, interval, from, to);
        std::future::ready(Err(PageError::Refused("this venue has no candles".to_owned())))
    }

    /// What may be asked of the venue; nothing where that is not counted.
    fn budget(&self) -> Option<BudgetUse> {
        None
    }

    /// The instruments that the venue offers. One attempt, within the venue's budget.
    fn catalogue(&self) -> impl Future<Output = Result<Catalogue, CatalogueError>> + Send;
}

/// What a subscription message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Send trades of these.
    Subscribe,
    /// Send no more of these.
    Unsubscribe,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A trade.
    Trade {
        /// The symbol, as [`Instrument::symbol`] has it.
        symbol: &'a str,
        /// The trade, its origin live.
        observation: Observation,
    },
    /// The reply to a request of ours.
    Reply {
        /// Which; the venue does not always say.
        request: Option<u64>,
        /// Accepted, or refused with the venue's words.
        outcome: Result<(), String>,
    },
    /// The reply to what was asked for one symbol, of a venue that answers each by itself.
    ReplyFor {
        /// The symbol.
        symbol: &'a str,
        /// Accepted, or refused with the venue's words.
        outcome: Result<(), String>,
    },
    /// The venue refuses a request for this symbol's sake. Nothing is said of the others in it.
    Refused {
        /// The symbol.
        symbol: &'a str,
        /// The venue's words.
        reason: String,
    },
    /// All that this connection carries now, of a venue that answers requests by saying so.
    Carried {
        /// The symbols.
        symbols: Vec<Cow<'a, str>>,
    },
    /// The venue's newest trade of a symbol has this number; every trade up to it has been streamed.
    Newest {
        /// The symbol.
        symbol: &'a str,
        /// The number.
        id: u64,
    },
    /// The venue is about to close this connection.
    Leaving,
    /// Something understood and of no use here.
    Nothing,
}

/// A message that is none of the venue's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed message: {reason}")]
pub struct Malformed {
    /// What is wrong with it.
    pub reason: String,
}

/// Trades fetched afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// By number, strictly growing, all above the number asked for where one was.
    pub trades: Vec<Numbered>,
    /// Whether the venue may have more already: the page is as long as a page can be.
    pub more: bool,
}

/// One number of a venue's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub id: u64,
    /// The trade, its origin refilled; none where the venue has voided the number or what it says
    /// cannot be read.
    pub observation: Option<Observation>,
}

/// Candles of a venue's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandlePage {
    /// Finished ones, the oldest first. A stretch without a trade has none.
    pub candles: Vec<Candle>,
    /// Nothing is missing before this instant; not before `from`, and `from` itself where none is over.
    pub until: Timestamp,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The venue refuses this request for good: it does not know the symbol, or not so far back.
    #[error("refused: {0}")]
    Refused(String),
    /// No answer, or none of use. Later there may be one.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// What a venue allows, from its documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Instruments that one connection may carry.
    pub instruments_per_connection: usize,
    /// Instruments in one request, so that its text stays short.
    pub instruments_per_request: usize,
    /// Messages we may send on one connection, answers to pings included.
    pub messages: Rate,
    /// Attempts to connect from one address.
    pub connects: Rate,
    /// How long a connection is kept before it is replaced; less than the venue's own limit.
    pub lifetime: Duration,
    /// A replacement comes up to this much earlier, so that many connections are not replaced at once.
    pub lifetime_spread: Duration,
    /// How long after its end a candle may still change.
    pub candles_settle: Duration,
    /// Silence after which a connection cannot be alive: some of the venue's ping intervals.
    pub idle: Duration,
}

/// What we allow ourselves, whatever the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Time for a connection to open.
    pub dial: Duration,
    /// Time for a message of ours to be taken.
    pub write: Duration,
    /// Time for a request to be replied to.
    pub reply: Duration,
    /// How long the old connection stays once its successor carries everything.
    pub overlap: Duration,
    /// A connection that held this long ends a row of failures.
    pub steady: Duration,
    /// Between attempts to connect, and between attempts at a page.
    pub back_off: BackOff,
    /// How long newer trades wait for a venue that does not serve the missed ones, before the gap is
    /// given up and declared. Without newer trades the attempts go on.
    pub patience: Duration,
    /// Short pages in a row that lack trades which the stream has already shown, before those are
    /// held to be gone. Venues' histories lag behind their streams.
    pub short_pages: u32,
    /// Trades fetched for one gap.
    pub refill_trades: u64,
    /// Newer trades that wait for missed ones, per instrument. Beyond it they are dropped and fetched
    /// later.
    pub waiting_trades: usize,
    /// Minutes of one gap for which candles may stand in where single trades cannot be had. 0: none may.
    pub stand_in_minutes: u32,
    /// How long newer trades wait for those candles from when the last of them should be there.
    pub candle_patience: Duration,
    /// Pages fetched at the same time.
    pub pages_at_once: usize,
    /// An instrument that is silent for less is never held to be mute, however often it trades otherwise.
    pub silence: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            dial: Duration::from_secs(10),
            write: Duration::from_secs(10),
            reply: Duration::from_secs(10),
            overlap: Duration::from_secs(5),
            steady: Duration::from_secs(60),
            back_off: BackOff { base: Duration::from_millis(500), cap: Duration::from_secs(30) },
            patience: Duration::from_secs(300),
            short_pages: 6,
            refill_trades: 5_000_000,
            waiting_trades: 20_000,
            stand_in_minutes: 7 * 24 * 60,
            candle_patience: Duration::from_secs(90),
            pages_at_once: 8,
            silence: Duration::from_secs(10),
        }
    }
}
