//! What a feed is told to watch, and what it hands on.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{Instrument, Observation, Position, Price, Timestamp, Venue};

use crate::Vitals;

/// What is to be watched.
///
/// The whole set each time: the feed finds out what changed. It may name instruments of several
/// venues; each feed takes those of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Every instrument, with where to begin. That is read when the instrument enters the set: from then
    /// on the feed knows better itself.
    pub instruments: BTreeMap<Instrument, Start>,
    /// Those that are switched off: they are not watched, whoever wants them, and the feed says so. One that is
    /// switched on again begins with the next tick that comes, since what it missed was not to be seen.
    pub disabled: BTreeSet<Instrument>,
    /// The last ticks that were evaluated, where there are some. A price that is too far off waits for its
    /// confirmation also when it is the first that a feed sees.
    pub known: BTreeMap<Instrument, Known>,
}

/// The last tick of an instrument that was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Where it stands in the venue's sequence.
    pub position: Position,
    /// When it was, by the venue's clock.
    pub time: Timestamp,
    /// Its price.
    pub price: Price,
}

/// Where the watching of an instrument begins, and the last tick that is known of it.
pub(crate) type Begin = (Start, Option<Known>);

impl Wanted {
    /// What of it is of one venue: what is to be watched, and what is wanted and switched off.
    pub(crate) fn of(mut self, venue: Venue) -> (BTreeMap<Instrument, Begin>, BTreeSet<Instrument>) {
        self.instruments.retain(|instrument, _| instrument.venue() == venue);
        self.disabled.retain(|instrument| self.instruments.contains_key(instrument));
        let watched = self.instruments.into_iter().filter(|(one, _)| !self.disabled.contains(one));
        let begun = watched.map(|(instrument, start)| {
            let known = self.known.get(&instrument).copied();
            (instrument, (start, known))
        });
        (begun.collect(), self.disabled)
    }
}

/// Where the watching of an instrument begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After the tick at this position, the last one that was applied and kept.
    After(Position),
    /// With the first tick at or after this instant, by the venue's clock. Nothing before it counts:
    /// the instrument was never watched, or not since long ago.
    Since(Timestamp),
    /// With the next tick that comes. Nothing before it counts.
    Now,
}

/// What a feed hands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Observations of one instrument: in order, each once, and complete since the one before, unless
    /// an interruption stands between.
    Ticks {
        /// The instrument.
        instrument: Instrument,
        /// At least one, positions strictly growing.
        observations: Vec<Observation>,
    },
    /// Nothing is known of what lies between the ticks before and the ticks after: the price before is
    /// no longer in force, and positions may begin anew.
    Interrupted {
        /// The instrument.
        instrument: Instrument,
        /// Why.
        why: Interruption,
    },
    /// How the feed itself fares.
    Feed {
        /// Which venue's feed it is.
        venue: Venue,
        /// When, by our clock.
        at: Timestamp,
        /// What happened.
        event: FeedEvent,
    },
}

/// Why an instrument's sequence has a hole, or a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interruption {
    /// It was asked for without a position: nothing is known of what was before.
    FirstWatch,
    /// The venue refuses to say what was missed.
    Refused,
    /// The venue no longer has what was missed.
    HistoryGone,
    /// More was missed than the feed's bounds let it fetch.
    TooFar,
    /// The venue would not answer for longer than newer trades can wait.
    Unavailable,
    /// The venue's numbers run back: it began to count anew.
    Renumbered,
    /// It is switched off.
    Disabled,
}

impl Interruption {
    /// The reason's name in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Interruption::FirstWatch => "first_watch",
            Interruption::Refused => "refused",
            Interruption::HistoryGone => "history_gone",
            Interruption::TooFar => "too_far",
            Interruption::Unavailable => "unavailable",
            Interruption::Renumbered => "renumbered",
            Interruption::Disabled => "disabled",
        }
    }
}

/// How the feed fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedEvent {
    /// A connection is open.
    Connected {
        /// Its number, never used again while the feed runs.
        connection: u64,
    },
    /// A connection has ended.
    Disconnected {
        /// Its number.
        connection: u64,
        /// Why.
        ending: Ending,
    },
    /// The venue cannot be reached. Said once per outage; attempts go on.
    Unreachable {
        /// What the first failed attempt met.
        reason: String,
    },
    /// A request of a polled venue failed so often that it is left alone but for one attempt now and then, or
    /// is answered again.
    Breaker {
        /// Which request.
        question: String,
        /// What it met last, while it is left alone.
        open: Option<String>,
    },
    /// Its figures, said every few seconds.
    Vitals(Vitals),
    /// An instrument's coverage is another from here on.
    Coverage {
        /// The instrument.
        instrument: Instrument,
        /// The new coverage.
        coverage: Coverage,
    },
}

/// How well an instrument is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// No connection covers it. Trades that happen now will have to be fetched.
    Dark,
    /// Trades are on their way that were missed; newer ones wait for them.
    CatchingUp,
    /// Every trade is handed on as it happens.
    Watched,
    /// It is switched off here: nobody asks the venue for it.
    Disabled,
    /// The venue does not let it be watched.
    Refused {
        /// What the venue says.
        reason: String,
    },
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The venue closed it.
    Closed,
    /// The network or the protocol broke it.
    Broken(String),
    /// Nothing came for so long that it cannot be alive, not even a ping.
    Silent,
    /// The venue left a request unanswered.
    Unanswered,
    /// It would not take our messages.
    Stuck,
    /// We ended it: another has taken over, or it is no longer needed.
    Dismissed,
}

impl Ending {
    /// The ending's name in metrics and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Ending::Closed => "closed",
            Ending::Broken(_) => "broken",
            Ending::Silent => "silent",
            Ending::Unanswered => "unanswered",
            Ending::Stuck => "stuck",
            Ending::Dismissed => "dismissed",
        }
    }
}
