//! What can go wrong on command.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::door::Gate;
use crate::market::exchange::Exchange;

/// A fault, as the control takes it in process and, in JSON, over HTTP: `{"fault": "delay", "ms": 500}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Every open socket ends now, without a close frame.
    Cut,
    /// Connects to the WebSocket address are reset, or let in again.
    RefuseConnects {
        /// Whether they are.
        on: bool,
    },
    /// The sockets open now stay open and answer pings and requests, but bring no event any more.
    Silence,
    /// The sockets open now bring nothing of one symbol any more, until it is subscribed to anew.
    Mute {
        /// Which, by the venue's name.
        symbol: String,
    },
    /// The sockets open now stay open, and nothing is read from them or written to them any more.
    HalfOpen,
    /// Every event leaves this much later. 0 ends it.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Every event is sent twice.
    Duplicate {
        /// Whether it is.
        on: bool,
    },
    /// Events leave in swapped pairs; one without a partner leaves within a second.
    Reorder {
        /// Whether they are.
        on: bool,
    },
    /// The next trades happen and stand in the history, and no socket is told: a hole in the sequence.
    Swallow {
        /// How many, of whichever pairs.
        trades: u32,
    },
    /// The next prices are told a thousand times too high, on streams and in answers of what they are now. Histories
    /// have them right.
    GarblePrices {
        /// How many, of whichever pairs; of answers, how many answers.
        prices: u32,
    },
    /// The venue's clock is off: so far ahead of the right time, or behind it where less than 0. 0 ends it.
    ClockSkew {
        /// Milliseconds.
        ms: i64,
    },
    /// Sockets read one frame of their peer, and no other for so long. 0 ends it.
    ReadSlowly {
        /// Milliseconds.
        ms: u64,
    },
    /// Every open socket gets one frame that is wrong.
    Malformed {
        /// How it is wrong.
        kind: Malformed,
    },
    /// The next requests to the REST interface are refused.
    FailRest {
        /// The HTTP status: 429, 418, or 5xx.
        status: u16,
        /// How many requests.
        requests: u32,
        /// What `Retry-After` says.
        #[serde(default)]
        retry_after_s: Option<u32>,
    },
    /// Requests for single trades of the past are refused for good, as a venue refuses what it does not keep. Candles
    /// are not.
    RefuseTrades {
        /// Whether they are.
        on: bool,
    },
    /// Every answer of the REST interface comes this much later. 0 ends it.
    DelayRest {
        /// Milliseconds.
        ms: u64,
    },
    /// Every open socket is given the venue's notice, where it has one, and closed after `lead_ms`.
    Shutdown {
        /// Milliseconds between the notice and the end.
        lead_ms: u64,
    },
    /// Every open socket reaches the end of its life this soon.
    Expire {
        /// Milliseconds.
        within_ms: u64,
    },
    /// Ends every lasting fault. Sockets that were struck stay as they are.
    Heal,
}

/// How a frame can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// Text that is no JSON at all.
    NotJson,
    /// JSON that ends in the middle.
    Truncated,
    /// A trade whose id is a word and whose price is null.
    WrongTypes,
    /// A trade without its price.
    MissingField,
    /// An event of a kind that nobody has heard of.
    UnknownEvent,
    /// A trade with a field of one mebibyte.
    Huge,
    /// A binary frame that is not UTF-8.
    Binary,
}

/// What strikes the sockets that are open at that moment.
#[derive(Clone, Debug)]
pub(crate) enum Strike {
    Silence,
    Mute(String),
    HalfOpen,
    Malformed(Malformed),
    Shutdown(Duration),
    Expire(Duration),
}

/// Requests that are going to be refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u32>,
}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) gate: Gate,
    strikes: broadcast::Sender<Strike>,
    cut: Mutex<CancellationToken>,
    delay_ms: AtomicU64,
    delay_rest_ms: AtomicU64,
    read_every_ms: AtomicU64,
    duplicate: AtomicBool,
    reorder: AtomicBool,
    refuse_trades: AtomicBool,
    refusals: Mutex<Option<(Refusal, u32)>>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            gate: Gate::default(),
            // A socket that missed sixteen strikes has more to worry about than the oldest.
            strikes: broadcast::channel(16).0,
            cut: Mutex::default(),
            delay_ms: AtomicU64::new(0),
            delay_rest_ms: AtomicU64::new(0),
            read_every_ms: AtomicU64::new(0),
            duplicate: AtomicBool::new(false),
            reorder: AtomicBool::new(false),
            refuse_trades: AtomicBool::new(false),
            refusals: Mutex::default(),
        }
    }
}

impl Faults {
    /// Puts a fault in force. Trades are swallowed and garbled where they are made, and have their times from there.
    pub(crate) fn inject(&self, fault: Fault, exchange: &Exchange) {
        let ms = Duration::from_millis;
        match fault {
            Fault::Cut => std::mem::take(&mut *lock(&self.cut)).cancel(),
            Fault::RefuseConnects { on } => self.gate.set_shut(on),
            Fault::Silence => self.strike(Strike::Silence),
            Fault::Mute { symbol } => self.strike(Strike::Mute(symbol)),
            Fault::HalfOpen => self.strike(Strike::HalfOpen),
            Fault::Delay { ms } => self.delay_ms.store(ms, Ordering::SeqCst),
            Fault::Duplicate { on } => self.duplicate.store(on, Ordering::SeqCst),
            Fault::Reorder { on } => self.reorder.store(on, Ordering::SeqCst),
            Fault::Malformed { kind } => self.strike(Strike::Malformed(kind)),
            Fault::FailRest { status, requests, retry_after_s } => {
                *lock(&self.refusals) = Some((Refusal { status, retry_after_s }, requests));
            }
            Fault::RefuseTrades { on } => self.refuse_trades.store(on, Ordering::SeqCst),
            Fault::DelayRest { ms } => self.delay_rest_ms.store(ms, Ordering::SeqCst),
            Fault::Shutdown { lead_ms } => self.strike(Strike::Shutdown(ms(lead_ms))),
            Fault::Expire { within_ms } => self.strike(Strike::Expire(ms(within_ms))),
            Fault::Swallow { trades } => exchange.swallow(trades),
            Fault::GarblePrices { prices } => exchange.garble(prices),
            Fault::ClockSkew { ms } => exchange.skew(ms.saturating_mul(1_000)),
            Fault::ReadSlowly { ms } => self.read_every_ms.store(ms, Ordering::SeqCst),
            Fault::Heal => {
                exchange.swallow(0);
                exchange.garble(0);
                exchange.skew(0);
                self.heal();
            }
        }
    }

    /// What strikes from now on, and the token that cuts.
    pub(crate) fn watch(&self) -> (broadcast::Receiver<Strike>, CancellationToken) {
        (self.strikes.subscribe(), lock(&self.cut).clone())
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn delay_rest(&self) -> Duration {
        Duration::from_millis(self.delay_rest_ms.load(Ordering::Relaxed))
    }

    /// How long a socket that has read a frame reads no other.
    pub(crate) fn read_every(&self) -> Duration {
        Duration::from_millis(self.read_every_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn duplicates(&self) -> bool {
        self.duplicate.load(Ordering::Relaxed)
    }

    pub(crate) fn reorders(&self) -> bool {
        self.reorder.load(Ordering::Relaxed)
    }

    /// How a request of this path is refused, if it is. Uses up one refusal that was ordered by number.
    pub(crate) fn take_refusal(&self, path: &str) -> Option<Refusal> {
        let is_of_trades = path.to_ascii_lowercase().ends_with("trades");
        if is_of_trades && self.refuse_trades.load(Ordering::Relaxed) {
            return Some(Refusal { status: 400, retry_after_s: None });
        }
        let mut refusals = lock(&self.refusals);
        let (refusal, left) = (*refusals).filter(|(_, left)| *left > 0)?;
        *refusals = Some((refusal, left - 1));
        Some(refusal)
    }

    fn strike(&self, strike: Strike) {
        // No open socket: nothing to strike.
        let _ = self.strikes.send(strike);
    }

    fn heal(&self) {
        self.gate.set_shut(false);
        self.delay_ms.store(0, Ordering::SeqCst);
        self.delay_rest_ms.store(0, Ordering::SeqCst);
        self.read_every_ms.store(0, Ordering::SeqCst);
        self.duplicate.store(false, Ordering::SeqCst);
        self.reorder.store(false, Ordering::SeqCst);
        self.refuse_trades.store(false, Ordering::SeqCst);
        *lock(&self.refusals) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
