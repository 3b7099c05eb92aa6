//! Looks for an instant in a history that is paged by number only, from the newest to the oldest.
//!
//! Pure: it says from which number to ask, and is shown the page. First it steps back, farther each time;
//! once the instant is passed it halves what lies between. Times are taken to grow with numbers.

use bellwether_model::Timestamp;

use crate::coinbase::limits::PAGE_TRADES;
use crate::{Numbered, Page};

const PAGE: u64 = PAGE_TRADES as u64;
/// By how much longer each step back is than the one before.
const STRIDE: u64 = 4;

/// What is known of the instant's place so far.
#[derive(Debug)]
pub(super) struct Search {
    since: Timestamp,
    /// The lowest number known to be at or after the instant. None: no page has been seen.
    newer: Option<u64>,
    /// The highest number known to be before it, or before the whole history. None: none has been seen.
    older: Option<u64>,
    /// The cursor that was given out last.
    asked: Option<u64>,
    step: u64,
}

impl Search {
    pub(super) fn new(since: Timestamp) -> Self {
        Self { since, newer: None, older: None, asked: None, step: PAGE }
    }

    /// The number below which the next page is wanted; none for the newest page.
    pub(super) fn cursor(&mut self) -> Option<u64> {
        let newer = self.newer?;
        let cursor = match self.older {
            Some(older) if newer - older > PAGE => older + (newer - older) / 2 + PAGE / 2,
            Some(_) => newer,
            None => {
                let cursor = newer.saturating_sub(self.step - PAGE).max(2);
                self.step = self.step.saturating_mul(STRIDE);
                cursor
            }
        };
        self.asked = Some(cursor);
        self.asked
    }

    /// Takes in a page, the oldest trade first. Where the instant lies within it, that is the answer.
    pub(super) fn look(&mut self, mut page: Page) -> Option<Page> {
        let newest_of_all = self.newer.is_none();
        let short = (page.trades.len() as u64) < PAGE;
        let (Some(first), Some(last)) = (page.trades.first(), page.trades.last()) else {
            self.older = self.asked.map(|cursor| cursor - 1);
            return newest_of_all.then_some(page);
        };
        let is_older = |trade: &Numbered| {
            trade.observation.is_some_and(|observation| observation.tick.time < self.since)
        };
        let (first_is_older, last_is_older) = (is_older(first), is_older(last));
        let (first_id, last_id) = (first.id, last.id);
        if last_is_older && !newest_of_all {
            self.older = Some(last_id);
            return None;
        }
        if !first_is_older && !short {
            self.newer = Some(first_id);
            return None;
        }
        page.trades.retain(|trade| !is_older(trade));
        page.more = !newest_of_all;
        Some(page)
    }

    /// Where the instant lies between two neighbours: the number after which the trades since it begin.
    pub(super) fn nothing_between(&self) -> Option<u64> {
        let (older, newer) = (self.older?, self.newer?);
        (newer <= older.saturating_add(1)).then_some(older)
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Observation, Origin, Price, Tick};
    use proptest::prelude::*;

    use super::*;

    /// A history in which number `first + n` was traded at `times[n]`.
    struct History {
        first: u64,
        times: Vec<i64>,
    }

    impl History {
        fn below(&self, cursor: Option<u64>) -> Page {
            let end = cursor.map_or(self.times.len(), |cursor| {
                usize::try_from(cursor.saturating_sub(self.first)).unwrap().min(self.times.len())
            });
            let start = end.saturating_sub(PAGE_TRADES);
            let numbered = |place: usize| {
                let (id, time) = (self.first + place as u64, Timestamp::from_micros(self.times[place]));
                let price: Price = "1".parse().unwrap();
                let tick = Tick::numbered(price, time, id);
                Numbered {
                    id,
                    observation: Some(Observation { tick, trades: None, origin: Origin::Refilled }),
                }
            };
            Page { trades: (start..end).map(numbered).collect(), more: false }
        }

        /// The number with which the answer begins, whether there is more, and how many requests it took.
        fn search(&self, since: i64) -> (Option<u64>, bool, usize) {
            let mut search = Search::new(Timestamp::from_micros(since));
            for requests in 1..100 {
                let cursor = search.cursor();
                if let Some(found) = search.look(self.below(cursor)) {
                    return (found.trades.first().map(|trade| trade.id), found.more, requests);
                }
                if let Some(after) = search.nothing_between() {
                    return (Some(after + 1), true, requests + 1);
                }
            }
            panic!("no end: {search:?}");
        }

        fn expected(&self, since: i64) -> Option<u64> {
            let place = self.times.iter().position(|time| *time >= since)?;
            Some(self.first + place as u64)
        }
    }

    #[test]
    fn the_recent_past_is_found_in_a_request_or_two() {
        let history = History { first: 1, times: (0..50_000).collect() };
        assert_eq!(history.search(49_500), (Some(49_501), false, 1));
        assert_eq!(history.search(50_001), (None, false, 1), "nothing has happened since");
        assert_eq!(history.search(48_700), (Some(48_701), true, 2));
        let (first, more, requests) = history.search(10);
        assert_eq!((first, more), (Some(11), true));
        assert!(requests < 12, "{requests}");
        assert_eq!(history.search(-5).0, Some(1), "before everything");
        assert_eq!(History { first: 1, times: vec![] }.search(7), (None, false, 1));
    }

    proptest! {
        #[test]
        fn every_instant_is_found(
            first in 1u64..5_000,
            length in 0i64..20_000,
            stride in 1i64..40,
            place in any::<prop::sample::Index>(),
            offset in -2i64..3,
        ) {
            // Several trades share an instant, and instants pass without one.
            let times: Vec<i64> = (0..length).map(|nth| nth * stride / 7).collect();
            let since = if times.is_empty() { 0 } else { times[place.index(times.len())] } + offset;
            let history = History { first, times };
            let (found, _, requests) = history.search(since);
            prop_assert_eq!(found, history.expected(since));
            prop_assert!(requests < 30, "{}", requests);
        }
    }
}
