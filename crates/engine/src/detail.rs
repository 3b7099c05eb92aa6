//! What the engine knows of an alert that is more than one level.

use bellwether_model::{Direction, Price, Repeat, Shift, Side, Span, Timestamp};

use crate::Policy;
use crate::band::Pattern;
use crate::compound::Compound;
use crate::record::Triggers;

/// An alert, or a part of one, beside its [`Record`](crate::record::Record).
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) watch: Watch,
    /// Its triggers in the ladders of its instrument.
    pub(crate) triggers: Triggers,
    /// What few alerts have.
    pub(crate) rare: Option<Box<Rare>>,
    pub(crate) alarm: Alarm,
    pub(crate) instrument: u32,
    /// The slot of the composite that this is a part of.
    pub(crate) owner: Option<u32>,
    /// Where it stands among those that measure a rise, or look for a new high.
    pub(crate) rise: Seat,
    /// Where it stands among those that measure a fall, or look for a new low.
    pub(crate) fall: Seat,
    pub(crate) has_reference: bool,
    pub(crate) not_ready: bool,
}

/// What is watched for.
#[derive(Debug)]
pub(crate) enum Watch {
    /// A crossing, a channel, or a level without reset.
    Band { pattern: Pattern, low: Price, high: Price },
    /// A level that is ready again only beyond another one: `above` looks up, `below` down.
    Reset { side: Side, price: Price, reset: Price },
    /// A change from the reference.
    Change { by: Shift, direction: Direction, rebase: bool, reference: Option<Price> },
    /// A move within a window of so many microseconds.
    Moving { by: Shift, direction: Direction, window: i64 },
    /// A price beyond all of the window: up for a new high, down for a new low.
    Record { side: Side, window: i64 },
    /// A way back from an extreme; `group` holds it once there is a reference.
    Trailing { by: Shift, side: Side, group: u32 },
    /// Several conditions.
    Compound(Box<Compound>),
    /// Not an alert: a group of trailing alerts, which has the triggers of all its members.
    Group { trail: u8, group: u32 },
    /// An alert that fired for the last time, at this position and time.
    Ended { position: u64, time: Timestamp },
}

/// Whether an alert stands in a set, and in which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    Out,
    Waiting,
    Holding,
}

/// When an alert that holds and is ready is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Alarm {
    /// When a trigger says so.
    #[default]
    None,
    /// At the first tick at or after this time.
    From(i64),
    /// At the first tick before this time: it has expired, but times may run back.
    Before(i64),
}

impl Alarm {
    /// At the next tick, whatever its time.
    pub(crate) const NEXT: Alarm = Alarm::From(i64::MIN);
}

/// What few alerts have: a repeat rule, an expiry, a snooze, a `for`, fires.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) policy: Policy,
    pub(crate) accepted_at: Option<Timestamp>,
    pub(crate) hold: Option<Span>,
    pub(crate) held_since: Option<Timestamp>,
    /// The run as its instruments know it.
    pub(crate) run: Option<Timestamp>,
    pub(crate) fires: u64,
    pub(crate) fires_since_arming: u64,
    pub(crate) last_fire: Option<Timestamp>,
}

impl Detail {
    pub(crate) fn new(instrument: u32, watch: Watch) -> Self {
        Self {
            watch,
            triggers: Triggers::NONE,
            rare: None,
            alarm: Alarm::None,
            instrument,
            owner: None,
            rise: Seat::Out,
            fall: Seat::Out,
            has_reference: false,
            not_ready: false,
        }
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    pub(crate) fn policy(&self) -> Policy {
        self.rare.as_ref().map_or_else(Policy::default, |rare| rare.policy)
    }

    /// The first instant at which the alert may fire as far as its cooldown, its snooze and its `for` go.
    pub(crate) fn due(&self) -> Timestamp {
        let Some(rare) = &self.rare else { return Timestamp::from_micros(i64::MIN) };
        let cooled = rare.last_fire.map(|fired| fired.saturating_add(rare.policy.repeat.cooldown()));
        let held = rare.hold.zip(rare.held_since).map(|(hold, since)| since.saturating_add(hold));
        let instants = [cooled, rare.policy.snoozed_until, held];
        instants.into_iter().flatten().max().unwrap_or(Timestamp::from_micros(i64::MIN))
    }

    /// Has the time for which the condition held begin anew.
    pub(crate) fn end_run(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.held_since = None;
        }
    }

    /// The instruments whose ticks the alert looks at.
    pub(crate) fn instruments(&self) -> impl Iterator<Item = u32> {
        let looks = match &self.watch {
            Watch::Compound(compound) => compound.looks.as_slice(),
            _ => &[],
        };
        let others = looks.iter().map(|look| look.instrument).filter(|&other| other != self.instrument);
        std::iter::once(self.instrument).chain(others)
    }

    /// Whether it fired for the last time.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.watch, Watch::Ended { .. })
    }

    /// What it is made of, where that is several conditions.
    pub(crate) fn compound(&self) -> Option<&Compound> {
        match &self.watch {
            Watch::Compound(compound) => Some(compound),
            _ => None,
        }
    }

    /// Counts a fire; says its number and whether it is the last.
    pub(crate) fn count_fire(&mut self, at: Timestamp) -> (u64, bool) {
        let Some(rare) = &mut self.rare else { return (1, true) };
        rare.fires += 1;
        rare.fires_since_arming += 1;
        rare.last_fire = Some(at);
        let last = match rare.policy.repeat {
            Repeat::Once => true,
            Repeat::Every { max_fires, .. } => max_fires.is_some_and(|max| rare.fires_since_arming >= max),
        };
        (rare.fires, last)
    }
}
