//! What the engine knows of an alert that is more than one level.

use std::num::NonZeroU32;

use bellwether_model::{AlertState, Direction, Price, Repeat, Shift, Side, Span, Timestamp};

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
    pub(crate) instrument: u32,
    /// The slot of the composite that this is a part of, and one more.
    owner: Option<NonZeroU32>,
    /// When it is to be looked at besides; where that is a time, `rare` says which.
    alarm: Bell,
    /// Where it stands among those that measure a rise, or look for a new high.
    pub(crate) rise: Seat,
    /// Where it stands among those that measure a fall, or look for a new low.
    pub(crate) fall: Seat,
    pub(crate) has_reference: bool,
    pub(crate) not_ready: bool,
    /// Whether it asks for how long it has held: only then is there a run in `rare`.
    pub(crate) has_hold: bool,
    /// Whether the first fire ends it.
    is_once: bool,
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
    /// A price beyond all of the window: up for a new high, down for a new low. `place` is where it stands in
    /// its list there.
    Record { side: Side, window: i64, place: u32 },
    /// A way back from an extreme; `group` holds it once there is a reference.
    Trailing { by: Shift, side: Side, group: u32 },
    /// No tick for so many microseconds. `told` is the position of the last tick before the silence that was
    /// told.
    Silent { span: i64, told: Option<u64> },
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// When a trigger says so.
    None,
    /// At the first tick at or after this time.
    From(i64),
    /// At the first tick before this time: it has expired, but times may run back.
    Before(i64),
}

/// The kind of an [`Alarm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bell {
    None,
    Next,
    From,
    Before,
}

impl Alarm {
    /// At the next tick, whatever its time.
    pub(crate) const NEXT: Alarm = Alarm::From(i64::MIN);
}

/// What few alerts have: pauses, an end, a `for`, fires. Packed, because few of many is many.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    expires_at: Instant,
    snoozed_until: Instant,
    accepted_at: Instant,
    held_since: Instant,
    run: Instant,
    alarm: Instant,
    last_fire: Instant,
    pub(crate) fires: u64,
    pub(crate) fires_since_arming: u64,
    /// None where it is zero.
    max_fires: u64,
    /// In seconds.
    cooldown: u32,
    /// The `for` of the condition in seconds; none where it is zero.
    hold: u32,
}

/// An instant, or none, in eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Instant(i64);

impl Default for Instant {
    fn default() -> Self {
        Self(i64::MIN)
    }
}

impl From<Option<Timestamp>> for Instant {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or_else(Self::default, |at| Self(at.micros()))
    }
}

impl Instant {
    fn get(self) -> Option<Timestamp> {
        (self != Self::default()).then(|| Timestamp::from_micros(self.0))
    }
}

impl Rare {
    /// What is rare about an alert that is taken in.
    pub(crate) fn new(policy: Policy, hold: Option<Span>, state: &AlertState) -> Self {
        let mut rare = Self {
            accepted_at: state.accepted_at.into(),
            held_since: state.held_since.filter(|_| hold.is_some()).into(),
            last_fire: state.last_fire.into(),
            fires: state.fires,
            fires_since_arming: state.fires_since_arming,
            hold: hold.map_or(0, seconds),
            ..Self::default()
        };
        rare.set_policy(policy);
        rare
    }

    fn set_policy(&mut self, policy: Policy) {
        (self.expires_at, self.snoozed_until) = (policy.expires_at.into(), policy.snoozed_until.into());
        self.cooldown = seconds(policy.repeat.cooldown());
        self.max_fires = match policy.repeat {
            Repeat::Every { max_fires, .. } => max_fires.unwrap_or(0),
            Repeat::Once => 0,
        };
    }

    /// When the alert was accepted, where its record does not say so.
    pub(crate) fn accepted_at(&self) -> Option<Timestamp> {
        self.accepted_at.get()
    }

    /// The tick since which the condition has held.
    pub(crate) fn held_since(&self) -> Option<Timestamp> {
        self.held_since.get()
    }

    /// The time of the last fire's tick.
    pub(crate) fn last_fire(&self) -> Option<Timestamp> {
        self.last_fire.get()
    }

    /// How long the condition must have held.
    pub(crate) fn hold(&self) -> Option<Span> {
        (self.hold > 0).then(|| span(self.hold))
    }

    pub(crate) fn hold_since(&mut self, since: Option<Timestamp>) {
        self.held_since = since.into();
    }

    /// Notes the run as the alert's instruments are to know it, and gives what they knew.
    pub(crate) fn replace_run(&mut self, run: Option<Timestamp>) -> Option<Timestamp> {
        std::mem::replace(&mut self.run, run.into()).get()
    }
}

/// A span in seconds. The longest that is read is far below the largest number here.
fn seconds(span: Span) -> u32 {
    u32::try_from(span.seconds()).unwrap_or(u32::MAX)
}

fn span(seconds: u32) -> Span {
    Span::from_seconds(seconds.into()).unwrap_or(Span::ZERO)
}

impl Detail {
    pub(crate) fn new(instrument: u32, watch: Watch) -> Self {
        Self {
            watch,
            triggers: Triggers::NONE,
            rare: None,
            instrument,
            alarm: Bell::None,
            owner: None,
            rise: Seat::Out,
            fall: Seat::Out,
            has_reference: false,
            not_ready: false,
            has_hold: false,
            is_once: true,
        }
    }

    /// No tick at or after this instant fires it.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        self.rare.as_ref().and_then(|rare| rare.expires_at.get())
    }

    /// Changes how often and when it may fire.
    pub(crate) fn set_policy(&mut self, policy: Policy) {
        self.is_once = policy.repeat == Repeat::Once;
        if self.rare.is_some() || !is_plain(policy) {
            self.rare.get_or_insert_default().set_policy(policy);
        }
    }

    /// The first instant at which the alert may fire as far as its cooldown, its snooze and its `for` go.
    pub(crate) fn due(&self) -> Timestamp {
        let Some(rare) = &self.rare else { return Timestamp::from_micros(i64::MIN) };
        let cooled = rare.last_fire().map(|fired| fired.saturating_add(span(rare.cooldown)));
        let held = rare.hold().zip(rare.held_since()).map(|(hold, since)| since.saturating_add(hold));
        let instants = [cooled, rare.snoozed_until.get(), held];
        instants.into_iter().flatten().max().unwrap_or(Timestamp::from_micros(i64::MIN))
    }

    /// The slot of the composite that this is a part of.
    pub(crate) fn owner(&self) -> Option<u32> {
        self.owner.map(|next| next.get() - 1)
    }

    /// Makes this a part of a composite.
    pub(crate) fn belong_to(&mut self, owner: u32) {
        self.owner = NonZeroU32::new(owner + 1);
    }

    /// Sets the alarm, and gives what it was.
    pub(crate) fn replace_alarm(&mut self, new: Alarm) -> Alarm {
        let old = self.alarm();
        let (bell, at) = match new {
            Alarm::None => (Bell::None, None),
            Alarm::NEXT => (Bell::Next, None),
            Alarm::From(at) => (Bell::From, Some(at)),
            Alarm::Before(at) => (Bell::Before, Some(at)),
        };
        self.alarm = bell;
        if let Some(at) = at {
            self.rare.get_or_insert_default().alarm = Instant(at);
        }
        old
    }

    fn alarm(&self) -> Alarm {
        let at = || self.rare.as_ref().map_or(i64::MIN, |rare| rare.alarm.0);
        match self.alarm {
            Bell::None => Alarm::None,
            Bell::Next => Alarm::NEXT,
            Bell::From => Alarm::From(at()),
            Bell::Before => Alarm::Before(at()),
        }
    }

    /// Has the time for which the condition held begin anew.
    pub(crate) fn end_run(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.hold_since(None);
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
        if self.rare.is_none() && self.is_once {
            return (1, true);
        }
        let rare = self.rare.get_or_insert_default();
        rare.fires += 1;
        rare.fires_since_arming += 1;
        rare.last_fire = Some(at).into();
        let is_last = self.is_once || (rare.max_fires > 0 && rare.fires_since_arming >= rare.max_fires);
        (rare.fires, is_last)
    }
}

/// Whether a policy says no more than that the alert fires once, or every time.
pub(crate) fn is_plain(policy: Policy) -> bool {
    let every = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
    [Repeat::Once, every].into_iter().any(|repeat| policy == Policy { repeat, ..Policy::default() })
}

const _: () = assert!(size_of::<Option<Detail>>() == 88);
