//! Silences: who is told when no tick comes.
//!
//! Alerts on silence stand at their instrument by the length that they ask for, and no tick looks at them: how
//! long it has been silent follows from the newest tick, which the book keeps anyhow. Whoever runs the engine
//! says now and then up to where nothing came ([`Engine::silence`]). That walks along those lengths, past each
//! alert once in a silence; those that it passes and that cannot fire yet (armed, fired or snoozed too shortly
//! before) stand by the time at which to look again. The next tick makes all of that void, which is noticed
//! by its position alone.

use std::collections::BTreeSet;
use std::ops::Bound;

use bellwether_model::{Position, Tick, Timestamp};

use crate::detail::Watch;
use crate::engine::Engine;
use crate::judge::Moment;
use crate::last::Last;
use crate::outlook::Hindrance;
use crate::renumber::BEFORE_THE_FIRST;
use crate::truth::Truth;
use crate::{Fire, InstrumentKey, Slot};

/// The alerts on one instrument's silence.
#[derive(Debug, Default)]
pub(crate) struct Silences {
    /// All of them, the shortest first: microseconds and slot.
    asleep: BTreeSet<(i64, u32)>,
    /// How far the present silence was walked along.
    walk: Walk,
}

/// How far one silence was walked along.
#[derive(Debug)]
struct Walk {
    /// The tick before it.
    after: Option<Position>,
    /// The last of those asleep that was passed.
    passed: Option<(i64, u32)>,
    /// Who was passed and is to be looked at again, and from when on. It may name slots that others have now.
    again: BTreeSet<(i64, u32)>,
    /// Since when the instrument was watched without a gap, as was said last.
    since: Timestamp,
}

impl Default for Walk {
    fn default() -> Self {
        let since = Timestamp::from_micros(i64::MIN);
        Self { after: None, passed: None, again: BTreeSet::new(), since }
    }
}

impl Silences {
    fn is_empty(&self) -> bool {
        self.asleep.is_empty()
    }

    fn join(&mut self, slot: u32, span: i64) {
        self.asleep.insert((span, slot));
        self.look_again(slot, i64::MIN);
    }

    fn leave(&mut self, slot: u32, span: i64) {
        self.asleep.remove(&(span, slot));
    }

    /// Has an alert looked at from a time on, where the silence is still the same.
    fn look_again(&mut self, slot: u32, from: i64) {
        self.walk.again.insert((from, slot));
    }

    /// Who may be told of a silence that goes from the last tick up to a time.
    fn walk(&mut self, last: &Last, after: Position, before: i64, since: Timestamp) -> Vec<u32> {
        if self.walk.after != Some(after) {
            self.walk = Walk { after: Some(after), ..Walk::default() };
        }
        let Walk { passed, again, .. } = &mut self.walk;
        let mut found = Vec::new();
        let first = passed.map_or(Bound::Unbounded, Bound::Excluded);
        for &(span, slot) in self.asleep.range((first, Bound::Unbounded)) {
            if last.time.saturating_add(span) >= before {
                break;
            }
            *passed = Some((span, slot));
            found.push(slot);
        }
        while let Some(&(from, slot)) = again.first()
            && from < before
        {
            again.pop_first();
            found.push(slot);
        }
        self.walk.since = since;
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Engine {
    /// Says that since an instrument's newest tick none came up to `before`, that one excluded, and that it was
    /// watched without a gap from `since` on. Alerts on its silence whose time that is are added to `fires`, by
    /// that time and in the order of the alerts. A fire's tick is the newest one, with the time at which the
    /// silence had lasted for long enough.
    ///
    /// Costs what it fires and, once in each silence, a look at each alert whose length it has passed.
    pub fn silence(
        &mut self,
        InstrumentKey(instrument): InstrumentKey,
        before: Timestamp,
        since: Timestamp,
        fires: &mut Vec<Fire>,
    ) {
        let book = &mut self.books[instrument as usize];
        let Some(last) = book.last.filter(|_| !book.silences.is_empty()) else { return };
        let position = last.position().map_or(BEFORE_THE_FIRST, Position);
        let mut told = Vec::new();
        for slot in book.silences.walk(&last, position, before.micros(), since) {
            let Some(due) = self.silence_due(slot, instrument) else { continue };
            if due < before {
                told.push((due, self.alerts.record(slot).order, slot));
            } else {
                self.books[instrument as usize].silences.look_again(slot, due.micros());
            }
        }
        told.sort_unstable();
        for (due, _, slot) in told {
            let id = last.position().filter(|_| last.numbered);
            let now = Moment {
                instrument,
                tick: Tick { price: last.price, time: due, id, position },
                quote: last.quote(),
                previous: None,
                refilled: false,
            };
            self.fire(slot, Truth::NO, &now, None, fires);
        }
    }

    /// The instruments whose silence alerts wait for.
    pub fn listened(&self) -> impl Iterator<Item = InstrumentKey> {
        self.listened.iter().copied().map(InstrumentKey)
    }

    /// Whether alerts wait for an instrument's silence.
    #[must_use]
    pub fn listens(&self, InstrumentKey(instrument): InstrumentKey) -> bool {
        self.listened.contains(&instrument)
    }

    /// What keeps an alert on an instrument's silence from firing.
    pub(crate) fn unheard(&self, slot: u32, instrument: u32) -> Option<Hindrance> {
        let book = &self.books[instrument as usize];
        match self.alerts.detail(slot)?.watch {
            Watch::Silent { told: Some(told), .. } if book.position() == Some(Position(told)) => {
                Some(Hindrance::NotReady { at: Vec::new() })
            }
            Watch::Silent { .. } => {
                self.silence_due(slot, instrument).map(|until| Hindrance::Listening { until })
            }
            _ => None,
        }
    }

    /// When an alert is told of the present silence of an instrument, if that lasts; nothing where it is not, or
    /// was already.
    fn silence_due(&self, slot: u32, instrument: u32) -> Option<Timestamp> {
        let book = &self.books[instrument as usize];
        let detail = self.alerts.detail(slot).filter(|detail| detail.instrument == instrument)?;
        let Watch::Silent { span, told } = detail.watch else { return None };
        let last = book.last?;
        if told.is_some_and(|told| book.position() == Some(Position(told))) {
            return None;
        }
        let rare = detail.rare.as_ref().and_then(|rare| rare.accepted_at());
        let armed = rare.or(self.alerts.record(slot).accepted_at());
        let begun =
            armed.into_iter().map(Timestamp::micros).chain([last.time, book.silences.walk.since.micros()]);
        let over = begun.max()?.saturating_add(span);
        let due = Timestamp::from_micros(over).max(detail.due());
        (detail.expires_at().is_none_or(|expiry| due < expiry)).then_some(due)
    }

    /// Puts an alert that came into force among those that wait for its instrument's silence, where it does.
    pub(crate) fn listen(&mut self, slot: u32) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        if let Watch::Silent { span, .. } = detail.watch {
            self.books[detail.instrument as usize].silences.join(slot, span);
            self.listened.insert(detail.instrument);
        }
    }

    /// Takes an alert out that waited so long for an instrument's silence.
    pub(crate) fn stop_listening(&mut self, slot: u32, instrument: u32, span: i64) {
        let silences = &mut self.books[instrument as usize].silences;
        silences.leave(slot, span);
        if silences.is_empty() {
            self.listened.remove(&instrument);
        }
    }

    /// Looks anew at an alert on silence that may fire earlier now than was thought.
    pub(crate) fn hear_again(&mut self, Slot(slot): Slot) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        if matches!(detail.watch, Watch::Silent { .. }) {
            self.books[detail.instrument as usize].silences.look_again(slot, i64::MIN);
        }
    }
}
