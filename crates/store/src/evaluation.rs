//! What the evaluator reads and writes: alerts in force, the change log, fires, positions.

use bellwether_model::{
    AlertId, AlertSpec, AlertState, DeliveryId, Evidence, FireId, Instrument, Position, Price, Status,
    Timestamp, UserId,
};

use crate::candle::{Hole, NewCandle, RunningCandles};
use crate::coverage::Covered;
use crate::lease::Fence;
use crate::share::Share;

/// A place in the change log. Reading after it can never miss a change, even where transactions commit
/// in another order than they began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor {
    /// The transaction, on databases where several write at once; 0 on the others.
    pub transaction: u64,
    /// The number of the entry.
    pub seq: u64,
}

/// An alert as the evaluator needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Which.
    pub id: AlertId,
    /// Whose.
    pub user: UserId,
    /// What was asked for.
    pub spec: AlertSpec,
    /// Only `Active` ones are evaluated.
    pub status: Status,
    /// No tick before this instant fires it.
    pub snoozed_until: Option<Timestamp>,
    /// Grows with every change that evaluation must know of; a fire commits only at the revision seen.
    pub revision: u64,
    /// Grows with each arming.
    pub arming: u64,
    /// When it was made; fires of one tick are told in the order of creation.
    pub created_at: Timestamp,
    /// What is to be gone on from.
    pub state: AlertState,
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the log.
    pub cursor: Cursor,
    /// The alert as it is now (not as it was then); `None` where it is no price alert, which the evaluator need
    /// not know of.
    pub alert: Option<Watched>,
}

/// One fire to be committed.
#[derive(Debug, Clone)]
pub struct NewFire {
    /// Which fire.
    pub id: FireId,
    /// Of which alert.
    pub alert: AlertId,
    /// The alert's revision that the evaluator saw; at another one the fire is dropped.
    pub revision: u64,
    /// The number of the fire in the alert's life: 1, 2, ...
    pub number: u64,
    /// Why.
    pub evidence: Evidence,
    /// First and last trade of an aggregated tick.
    pub trades: Option<(u64, u64)>,
    /// When it was evaluated.
    pub evaluated_at: Timestamp,
    /// Whether it was found on ticks fetched afterwards, and so comes late.
    pub late: bool,
    /// The alert's state after it.
    pub state: AlertState,
    /// Whether it ends the alert (status `triggered`).
    pub ends: bool,
    /// One id for each channel of the alert, in their order; the store makes the deliveries.
    pub deliveries: Vec<DeliveryId>,
}

/// The last tick of an instrument that was applied, and whether its price is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketPosition {
    /// Which.
    pub instrument: Instrument,
    /// The position that was applied last.
    pub position: Position,
    /// Whether the instrument's ticks carry the venue's own ids.
    pub numbered: bool,
    /// The price there.
    pub price: Price,
    /// The venue's time there.
    pub time: Timestamp,
    /// The engine's memory of the instrument's windows, opaque to the store; empty where there is none.
    pub memory: Vec<u8>,
    /// The candles that run there, that tick included.
    pub running: RunningCandles,
    /// Whether the price was in force: after an interruption nobody knows it. Of use where evaluators take over
    /// from one another; one process asks the venue at its start.
    pub in_force: bool,
}

/// An alert in force, or paused, whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// Which.
    pub id: AlertId,
    /// When its time was over.
    pub expires_at: Timestamp,
    /// Whether ticks from before that would still fire it.
    pub is_active: bool,
    /// What it looks at; empty for an alert on products.
    pub instruments: Vec<Instrument>,
}

/// The state of an alert that moved without a fire.
#[derive(Debug, Clone)]
pub struct StateChange {
    /// Of which alert.
    pub alert: AlertId,
    /// The revision seen; at another one the change is dropped.
    pub revision: u64,
    /// The state now.
    pub state: AlertState,
}

/// What is committed in one transaction: all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Whose positions these are.
    pub share: Share,
    /// Under which lease it happens; nothing where one process does everything.
    pub fence: Option<Fence>,
    /// Fires, in their order.
    pub fires: Vec<NewFire>,
    /// Alert states that moved without a fire (checkpoints).
    pub states: Vec<StateChange>,
    /// Positions up to which every alert state is now stored (checkpoints).
    pub positions: Vec<MarketPosition>,
    /// Candles that are over at those positions.
    pub candles: Vec<NewCandle>,
    /// Stretches of candles that are to be fetched from the venue.
    pub holes: Vec<Hole>,
    /// Stretches in which instruments were watched without a gap; one that is there by its beginning grows.
    pub coverage: Vec<Covered>,
    /// How far the change log was heard when the positions were taken. Where an alert was armed behind them that
    /// was not heard of, or one in force was changed that a fire or a state here is of, the commit leaves everything
    /// but the fires out. Nothing: not looked at.
    pub heard: Option<Cursor>,
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// Fires that were dropped because their alert had changed: (alert, number). They are to be judged
    /// again from the alert as it is now.
    pub dropped: Vec<(AlertId, u64)>,
    /// Whose lists changed.
    pub users: Vec<UserId>,
    /// Whether everything but the fires was left out, since the change log holds an alert that was armed behind
    /// the positions, or was changed since, and not heard of. It is to be committed again once the log was read.
    pub unheard: bool,
}
