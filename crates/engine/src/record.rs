//! One alert in 24 bytes, and where its triggers stand.
//!
//! Every slot has a [`Record`]. An alert on one price level that never expires and has not fired yet, which
//! most are, is nothing else: its price is its key, its state follows from the price in force. All other
//! alerts have a [`Detail`](crate::detail::Detail) beside it, found by the number in the record's key.

use std::cmp::Ordering;

use bellwether_model::{Repeat, Span, Timestamp};

use crate::Policy;
use crate::band::{Exit, Exits, Pattern, Region};
use crate::key::Reach;

/// Where the alert stands in the two ladders: `u64::MAX` where it has no trigger there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Triggers {
    pub(crate) up: u64,
    pub(crate) down: u64,
}

impl Triggers {
    pub(crate) const NONE: Triggers = Triggers { up: u64::MAX, down: u64::MAX };

    /// Triggers that every price reaches.
    pub(crate) const ALL: Triggers = Triggers { up: 0, down: 0 };

    /// The nearer ones of two pairs.
    #[inline]
    pub(crate) fn nearer(self, other: Triggers) -> Self {
        Self { up: self.up.min(other.up), down: self.down.min(other.down) }
    }

    /// Whether a price reaches neither.
    #[inline]
    pub(crate) fn sleep_through(&self, reach: Reach) -> bool {
        self.up > reach.up && self.down > reach.down
    }
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing; the key is the next free slot.
    Free,
    /// An alert on one level that fired; the key is the number of where and when.
    Ended,
    /// An alert with a detail; the key is its number.
    Detailed,
    /// An alert that waits for its position; the key is the number of its arming.
    Waiting,
    /// An alert on one level; the key is the level.
    Level(Pattern),
}

/// One slot. `place` packs, from the top: 23 bits of instrument, 1 of repeats, 3 of kind, 2 and 2 of exits,
/// 1 of changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) key: u64,
    pub(crate) order: u64,
    /// Instant of acceptance, as microseconds after `order`: a new alert's order is the microsecond of
    /// its making. `i32::MIN` where it is absent or kept in the detail.
    accepted: i32,
    place: u32,
}

/// Instruments that a record can name; alerts on later ones have a detail.
pub(crate) const INSTRUMENTS: u32 = 1 << (32 - INSTRUMENT_AT);

const INSTRUMENT_AT: u32 = 9;
/// The alert fires again after its first fire, which gives it a detail.
const REPEATS: u32 = 1 << 8;
const KIND_AT: u32 = 5;
const DETAILED: u32 = 1;
const UP_AT: u32 = 3;
const DOWN_AT: u32 = 1;
const CHANGED: u32 = 1;
/// In the place of an upper exit: the alert has no reference yet, and so no triggers.
const BLIND: u32 = 3;
const NOT_ACCEPTED: i32 = i32::MIN;

impl Record {
    #[inline]
    pub(crate) fn new(kind: Kind, key: u64, order: u64, instrument: u32) -> Self {
        let instrument = if instrument < INSTRUMENTS { instrument } else { 0 };
        Self {
            key,
            order,
            accepted: NOT_ACCEPTED,
            place: instrument << INSTRUMENT_AT | kind.code() << KIND_AT,
        }
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        match Kind::of_code(self.place >> KIND_AT & 7) {
            // Three bits name eight kinds; what has ended has no triggers, and says so in their place.
            Kind::Free if self.is_blind() => Kind::Ended,
            kind => kind,
        }
    }

    /// Whether it has a detail. Of all that a kind says this is asked most often, and alone it costs one branch.
    #[inline]
    pub(crate) fn is_detailed(&self) -> bool {
        self.place >> KIND_AT & 7 == DETAILED
    }

    /// The instrument of an alert without detail.
    #[inline]
    pub(crate) fn instrument(&self) -> usize {
        (self.place >> INSTRUMENT_AT) as usize
    }

    /// Whether it fires once or every time; no other policy is kept here.
    pub(crate) fn policy(&self) -> Policy {
        let every = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
        let repeat = if self.repeats() { every } else { Repeat::Once };
        Policy { repeat, ..Policy::default() }
    }

    /// Keeps a policy that says no more than whether it fires once or every time.
    pub(crate) fn set_policy(&mut self, policy: Policy) {
        let repeats = if policy.repeat == Repeat::Once { 0 } else { REPEATS };
        self.place = self.place & !REPEATS | repeats;
    }

    /// Whether it goes on after a fire.
    #[inline]
    pub(crate) fn repeats(&self) -> bool {
        self.place & REPEATS != 0
    }

    /// Goes over to a detail.
    pub(crate) fn become_detailed(&mut self, number: u32) {
        self.become_kind(Kind::Detailed, number);
    }

    /// Goes over to an arming that waits.
    pub(crate) fn become_waiting(&mut self, number: u32) {
        self.become_kind(Kind::Waiting, number);
    }

    /// Goes over to an alert that has fired.
    pub(crate) fn become_ended(&mut self, number: u32) {
        self.become_kind(Kind::Free, number);
        self.place |= BLIND << UP_AT;
    }

    fn become_kind(&mut self, kind: Kind, number: u32) {
        self.key = u64::from(number);
        self.place = self.place & CHANGED | kind.code() << KIND_AT;
    }

    /// The number of what stands beside the record.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        u32::try_from(self.key).expect("the key is a number beside a record that is more than a level")
    }

    /// Keeps the instant of acceptance, if it fits; says whether it does.
    pub(crate) fn accept(&mut self, at: Option<Timestamp>) -> bool {
        let Some(at) = at else { return true };
        let after = i64::try_from(self.order).ok().and_then(|made| at.micros().checked_sub(made));
        match after.and_then(|after| i32::try_from(after).ok()) {
            Some(short) if short != NOT_ACCEPTED => {
                self.accepted = short;
                true
            }
            _ => false,
        }
    }

    /// The instant of acceptance, where it is kept here.
    pub(crate) fn accepted_at(&self) -> Option<Timestamp> {
        (self.accepted != NOT_ACCEPTED)
            .then(|| Timestamp::from_micros(self.order.cast_signed() + i64::from(self.accepted)))
    }

    /// Sets or clears the mark that the state moved; gives what it was.
    pub(crate) fn mark_changed(&mut self, changed: bool) -> bool {
        let was = self.place & CHANGED != 0;
        self.place = self.place & !CHANGED | u32::from(changed);
        was
    }

    /// Where a price with a key lies about the level.
    #[inline]
    pub(crate) fn region(&self, key: u64) -> Region {
        match key.cmp(&self.key) {
            Ordering::Less => Region::Below,
            Ordering::Equal => Region::Within,
            Ordering::Greater => Region::Above,
        }
    }

    #[inline]
    pub(crate) fn stand(&mut self, exits: Exits) {
        let cleared = self.place & !(3 << UP_AT | 3 << DOWN_AT);
        self.place = cleared | exits.up.code() << UP_AT | exits.down.code() << DOWN_AT;
    }

    /// Has no triggers, for want of a reference.
    pub(crate) fn go_blind(&mut self) {
        self.stand(Exits { up: Exit::None, down: Exit::None });
        self.place |= BLIND << UP_AT;
    }

    /// Whether it waits for the tick that becomes its reference.
    pub(crate) fn is_blind(&self) -> bool {
        self.place >> UP_AT & 3 == BLIND
    }

    /// Where an alert without detail stands: nowhere where it is more than a level.
    #[inline]
    pub(crate) fn triggers(&self) -> Triggers {
        Triggers { up: self.up(), down: self.down() }
    }

    #[inline]
    pub(crate) fn up(&self) -> u64 {
        match Exit::of_code(self.place >> UP_AT & 3) {
            Exit::None => u64::MAX,
            Exit::In => self.key,
            Exit::Out => self.key | 1,
        }
    }

    #[inline]
    pub(crate) fn down(&self) -> u64 {
        match Exit::of_code(self.place >> DOWN_AT & 3) {
            Exit::None => u64::MAX,
            Exit::In => !self.key,
            Exit::Out => !(self.key - 1),
        }
    }

    /// Notes that the trigger in the upper ladder was taken away.
    #[inline]
    pub(crate) fn leave_up(&mut self) {
        self.place &= !(3 << UP_AT);
    }

    /// Notes that the trigger in the lower ladder was taken away.
    #[inline]
    pub(crate) fn leave_down(&mut self) {
        self.place &= !(3 << DOWN_AT);
    }
}

impl Kind {
    #[inline]
    fn code(self) -> u32 {
        match self {
            Kind::Free | Kind::Ended => 0,
            Kind::Detailed => DETAILED,
            Kind::Waiting => 2,
            Kind::Level(pattern) => match pattern {
                Pattern::Crossing => 3,
                Pattern::CrossingUp => 4,
                Pattern::CrossingDown => 5,
                Pattern::Above => 6,
                Pattern::Below => 7,
                Pattern::Entering | Pattern::Exiting | Pattern::Inside | Pattern::Outside => {
                    unreachable!("channels have details")
                }
            },
        }
    }

    #[inline]
    fn of_code(code: u32) -> Self {
        match code {
            0 => Kind::Free,
            DETAILED => Kind::Detailed,
            2 => Kind::Waiting,
            3 => Kind::Level(Pattern::Crossing),
            4 => Kind::Level(Pattern::CrossingUp),
            5 => Kind::Level(Pattern::CrossingDown),
            6 => Kind::Level(Pattern::Above),
            _ => Kind::Level(Pattern::Below),
        }
    }
}

impl Exit {
    #[inline]
    fn code(self) -> u32 {
        match self {
            Exit::None => 0,
            Exit::In => 1,
            Exit::Out => 2,
        }
    }

    #[inline]
    fn of_code(code: u32) -> Self {
        match code {
            1 => Exit::In,
            2 => Exit::Out,
            _ => Exit::None,
        }
    }
}

const _: () = assert!(size_of::<Record>() == 24);
