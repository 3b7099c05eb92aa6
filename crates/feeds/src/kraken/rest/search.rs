//! Looks for a number in a history that is paged by time only, from an instant to the newer ones.
//!
//! Pure: it says from which instant to ask, and is shown the page. First it steps back from the newest trades
//! by as far as their pace suggests, and farther each time; once the number is passed it guesses by the
//! numbers on both sides, and halves the time between them every other time, so that no gap in the numbers
//! can lead it on for long. Times are taken to grow with numbers.

use crate::kraken::limits::PAGE_TRADES;
use crate::{Numbered, Page};

const PAGE: u64 = PAGE_TRADES as u64;
/// Trades by which a guess aims before its goal, so that the goal is within the page that follows.
const LEAD: u64 = PAGE / 4;
/// By how much longer each step back is than the one before.
const STRIDE: i64 = 4;

/// A trade's place: microseconds since the epoch, and its number.
#[derive(Debug, Clone, Copy)]
struct Place {
    at_us: i64,
    id: u64,
}

/// What is known of the number's place so far.
#[derive(Debug)]
pub(super) struct Search {
    /// The numbers above this are looked for.
    after: u64,
    /// From this instant on, all numbers are above the one looked for. None: no page has been seen.
    newer: Option<Place>,
    /// A trade that is not above it. None: none has been seen.
    older: Option<Place>,
    /// How far the next step back reaches.
    reach_us: i64,
    /// Whether the next guess halves the time.
    halve: bool,
    asked_us: Option<i64>,
}

impl Search {
    pub(super) fn new(after: u64) -> Self {
        Self { after, newer: None, older: None, reach_us: 0, halve: false, asked_us: None }
    }

    /// The microsecond from which the next page is wanted; none for the newest page.
    pub(super) fn start_us(&mut self) -> Option<i64> {
        let newer = self.newer?;
        let from_us = match self.older {
            None => {
                let from_us = newer.at_us.saturating_sub(self.reach_us).max(0);
                self.reach_us = self.reach_us.saturating_mul(STRIDE);
                from_us
            }
            Some(older) => {
                self.halve = !self.halve;
                let guess_us = if self.halve { self.by_numbers(older, newer) } else { middle(older, newer) };
                guess_us.clamp(older.at_us, (newer.at_us - 1).max(older.at_us))
            }
        };
        self.asked_us = Some(from_us);
        self.asked_us
    }

    /// Takes in a page, by number. Where it holds the number after the one looked for, that is the answer.
    pub(super) fn look(&mut self, mut page: Page) -> Option<Page> {
        let newest_of_all = self.asked_us.is_none();
        let (Some(first), Some(last)) = (place(page.trades.iter()), place(page.trades.iter().rev())) else {
            return Some(Page::default());
        };
        page.more &= !newest_of_all;
        if last.id <= self.after && !newest_of_all {
            self.older = Some(last);
            return None;
        }
        // From the beginning of time on, or right behind an older trade: nothing lies before the page.
        let from_the_beginning = self.asked_us == Some(0);
        if first.id > self.after + 1 && !from_the_beginning {
            let pace_us = ((last.at_us - first.at_us) / i64::try_from(PAGE).unwrap_or(1)).max(1);
            if newest_of_all {
                let missing = i64::try_from(first.id - self.after).unwrap_or(i64::MAX);
                self.reach_us = pace_us.saturating_mul(missing).saturating_add(1_000_000);
            }
            // Nothing was traded between the instant asked for and the first trade.
            let at_us = self.asked_us.map_or(first.at_us, |asked_us| asked_us.min(first.at_us));
            self.newer = Some(Place { at_us, id: first.id });
            return None;
        }
        page.trades.retain(|trade| trade.id > self.after);
        Some(page)
    }

    /// Where the number should be if trades came evenly.
    fn by_numbers(&self, older: Place, newer: Place) -> i64 {
        let numbers = i128::from(newer.id - older.id).max(1);
        let wanted = i128::from((self.after - older.id).saturating_sub(LEAD));
        let ahead_us = i128::from(newer.at_us - older.at_us) * wanted / numbers;
        older.at_us.saturating_add(i64::try_from(ahead_us).unwrap_or(i64::MAX))
    }
}

fn middle(older: Place, newer: Place) -> i64 {
    older.at_us + (newer.at_us - older.at_us) / 2
}

/// The first of these trades that can be read.
fn place<'a>(mut trades: impl Iterator<Item = &'a Numbered>) -> Option<Place> {
    trades.find_map(|trade| Some(Place { at_us: trade.observation?.tick.time.micros(), id: trade.id }))
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Observation, Origin, Price, Tick, Timestamp};
    use proptest::prelude::*;

    use super::*;

    /// A history of trades by number and time.
    struct History(Vec<(u64, i64)>);

    impl History {
        fn page(&self, from_us: Option<i64>) -> Page {
            let start = match from_us {
                None => self.0.len().saturating_sub(PAGE_TRADES),
                Some(from_us) => self.0.partition_point(|(_, at_us)| *at_us < from_us),
            };
            let numbered = |(id, at_us): &(u64, i64)| {
                let price: Price = "1".parse().unwrap();
                let tick = Tick::numbered(price, Timestamp::from_micros(*at_us), *id);
                let observation = Observation { tick, trades: None, origin: Origin::Refilled };
                Numbered { id: *id, observation: Some(observation) }
            };
            let trades: Vec<_> = self.0[start..].iter().take(PAGE_TRADES).map(numbered).collect();
            let more = trades.len() == PAGE_TRADES;
            Page { trades, more }
        }

        /// The number with which the answer begins, whether there is more, and how many requests it took.
        fn search(&self, after: u64) -> (Option<u64>, bool, usize) {
            let mut search = Search::new(after);
            for requests in 1..=80 {
                let from_us = search.start_us();
                if let Some(found) = search.look(self.page(from_us)) {
                    return (found.trades.first().map(|trade| trade.id), found.more, requests);
                }
            }
            panic!("no end: {search:?}");
        }
    }

    #[test]
    fn the_recent_past_is_found_in_a_request_or_two() {
        let begin_us = 1_700_000_000_000_000;
        let times_us = (begin_us..).step_by(1_000);
        let history = History((1..=50_000).zip(times_us).collect());
        assert_eq!(history.search(49_500), (Some(49_501), false, 1));
        assert_eq!(history.search(50_000), (None, false, 1), "nothing has happened since");
        let (first, more, requests) = history.search(30_000);
        assert_eq!((first, more), (Some(30_001), true));
        assert!(requests <= 4, "{requests}");
        assert_eq!(history.search(0).0, Some(1), "from the beginning");
        assert_eq!(History(vec![]).search(7), (None, false, 1));
        assert_eq!(History(vec![(5, 10)]).search(9), (None, false, 1), "the venue counts anew");
    }

    proptest! {
        /// Trades come in bursts and after pauses, several in one instant, and numbers are left out.
        #[test]
        fn every_number_is_found(
            length in 1usize..15_000,
            burst in 1u64..900,
            pause_us in 0i64..10_000_000,
            hole in prop_oneof![Just(0u64), 1u64..5_000],
            place in any::<prop::sample::Index>(),
        ) {
            let (mut id, mut at_us) = (0, 1_700_000_000_000_000);
            let trades = (0..length as u64).map(|nth| {
                at_us += if nth % burst == 0 { pause_us } else { i64::from(nth % 3 == 1) };
                id += if nth % 4_000 == 3_999 { 1 + hole } else { 1 };
                (id, at_us)
            });
            let history = History(trades.collect());
            let after = history.0[place.index(length)].0;
            let expected = history.0.iter().map(|(id, _)| *id).find(|id| *id > after);
            let (found, _, requests) = history.search(after);
            prop_assert_eq!(found, expected);
            prop_assert!(requests < 60, "{}", requests);
        }
    }
}
