//! The order of one instrument's trades, case by case and over random histories.

use bellwether_model::{Origin, Position, Price, Tick};
use proptest::prelude::*;

use super::*;
use crate::{Factor, Fate, Update};

mod standing_in;

fn instrument() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

fn trade(id: u64, origin: Origin) -> Observation {
    Observation {
        tick: Tick::numbered(Price::from_parts(u128::from(id) + 1_000_000, 2).unwrap(), instant(id), id),
        trades: None,
        origin,
    }
}

/// When the trade with this number happens.
fn instant(id: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(id).unwrap())
}

fn page(ids: impl IntoIterator<Item = u64>, more: bool) -> Page {
    let trades = ids.into_iter().map(|id| Numbered { id, observation: Some(trade(id, Origin::Refilled)) });
    Page { trades: trades.collect(), more }
}

/// Bounds that are soon reached, and nothing stands in for what is missing.
fn bounds() -> Bounds {
    Bounds { waiting_trades: 4, short_pages: 2, refill_trades: 100, stand_in_minutes: 0, ..Bounds::default() }
}

fn guard() -> Guard {
    Guard::after(None, Some(Factor::USUAL))
}

/// A sequence under test, and a compact record of what it handed on: `7` live, `r7` refilled, `!why`.
struct Watch {
    sequence: Sequence,
    out: Outbox,
}

impl Watch {
    fn from(position: Option<u64>) -> Self {
        let mut out = Outbox::default();
        let sequence = Sequence::new(instrument(), start(position), None, guard(), &mut out);
        Self { sequence, out }
    }

    fn since(id: u64) -> Self {
        let mut out = Outbox::default();
        let sequence = Sequence::new(instrument(), Start::Since(instant(id)), None, guard(), &mut out);
        Self { sequence, out }
    }

    fn live(&mut self, id: u64) -> Option<Fetch> {
        self.sequence.live(trade(id, Origin::Live), &bounds(), &mut self.out).map(plain)
    }

    fn newest(&mut self, id: u64) -> Option<Fetch> {
        self.sequence.newest(id, &mut self.out).map(plain)
    }

    fn page(&mut self, ids: impl IntoIterator<Item = u64>, more: bool) -> Option<Fetch> {
        let from = self.sequence.next_from().unwrap_or(PageFrom::After(0));
        self.sequence.page(from, page(ids, more), &bounds(), &mut self.out).map(plain)
    }

    fn no_page(&mut self, why: NoPage) -> Option<Fetch> {
        let from = self.sequence.next_from().unwrap_or(PageFrom::After(0));
        self.sequence.no_page(from, why, &bounds(), &mut self.out).map(plain)
    }

    fn said(&mut self) -> String {
        let updates = std::mem::take(&mut self.out.updates);
        let words = updates.iter().flat_map(|update| match update {
            Update::Ticks { observations, .. } => observations
                .iter()
                .map(|seen| match seen.origin {
                    Origin::Live => format!("{}", seen.tick.position.0),
                    _ => format!("r{}", seen.tick.position.0),
                })
                .collect::<Vec<_>>(),
            Update::Interrupted { why, .. } => vec![format!("!{}", why.name())],
            Update::Feed { .. } => vec![],
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A wish without what is told beside it; a test of its own is about that.
fn plain(fetch: Fetch) -> Fetch {
    Fetch { not_before: None, ..fetch }
}

fn after(after: u64) -> Option<Fetch> {
    Some(Fetch { from: PageFrom::After(after), short_pages: 0, not_before: None })
}

fn start(position: Option<u64>) -> Start {
    position.map_or(Start::Now, |position| Start::After(Position(position)))
}

#[test]
fn a_first_watch_begins_with_the_first_live_trade() {
    let mut watch = Watch::from(None);
    assert_eq!(watch.sequence.covered_anew(), None);
    assert_eq!(watch.live(50), None);
    assert_eq!(watch.live(51), None);
    assert_eq!(watch.said(), "!first_watch 50 51");
}

#[test]
fn a_first_watch_since_an_instant_begins_with_the_first_trade_of_it() {
    let mut watch = Watch::since(50);
    let since =
        |short_pages| Some(Fetch { from: PageFrom::Since(instant(50)), short_pages, not_before: None });
    assert_eq!(watch.sequence.covered_anew(), since(0));
    assert_eq!(watch.live(54), None);
    assert_eq!(watch.page([], false), since(1));
    assert_eq!(watch.page([50, 51], true), after(51));
    assert_eq!(watch.said(), "!first_watch r50 r51");
    assert_eq!(watch.page([52, 53, 54], false), None);
    assert_eq!(watch.live(55), None);
    assert_eq!(watch.said(), "r52 r53 54 55");
}

#[test]
fn an_instant_without_a_trade_since_is_asked_for_until_there_is_one() {
    let mut watch = Watch::since(50);
    let since = Some(Fetch { from: PageFrom::Since(instant(50)), short_pages: 0, not_before: None });
    assert_eq!(watch.sequence.covered_anew(), since);
    assert_eq!(watch.page([], false), None);
    assert!(!watch.sequence.is_catching_up());
    assert_eq!(watch.live(51), since);
    assert_eq!(watch.live(52), None);
    assert_eq!(watch.page([50, 51], false), None);
    assert_eq!(watch.live(53), None);
    assert_eq!(watch.said(), "!first_watch r50 51 52 53");
}

#[test]
fn a_live_trade_from_before_the_instant_begins_the_sequence() {
    let mut watch = Watch::since(50);
    watch.sequence.covered_anew();
    assert_eq!(watch.live(48), None);
    assert_eq!(watch.page([], false), None);
    assert_eq!(watch.live(49), None);
    assert_eq!(watch.said(), "!first_watch 48 49");
}

#[test]
fn an_instant_that_the_venue_refuses_to_search_begins_with_the_stream() {
    let mut watch = Watch::since(50);
    watch.sequence.covered_anew();
    assert_eq!(watch.no_page(NoPage::Refused), None);
    assert_eq!(watch.live(60), None);
    assert_eq!(watch.said(), "!first_watch !refused 60");
}

#[test]
fn a_known_position_is_refilled_before_live_trades_go_on() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.live(15), None);
    assert_eq!(watch.page([11, 12], true), after(12));
    assert_eq!(watch.said(), "r11 r12");
    assert_eq!(watch.page([13, 14, 15, 16], false), None);
    assert_eq!(watch.live(16), None);
    assert_eq!(watch.live(17), None);
    assert_eq!(watch.said(), "r13 r14 15 r16 17");
}

#[test]
fn a_quiet_instrument_is_complete_after_a_short_page() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.page([11], false), None);
    assert!(!watch.sequence.is_catching_up());
    assert_eq!(watch.said(), "r11");
}

#[test]
fn a_hole_in_the_stream_is_refilled_in_its_place() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(11), None);
    assert_eq!(watch.live(14), after(11));
    assert_eq!(watch.live(15), None);
    assert_eq!(watch.live(17), None);
    assert_eq!(watch.page([12, 13, 14, 15, 16, 17, 18], false), None);
    assert_eq!(watch.said(), "11 r12 r13 14 15 r16 17 r18");
}

#[test]
fn a_trade_that_was_seen_is_not_handed_on_again() {
    let mut watch = Watch::from(Some(10));
    for id in [11, 11, 9, 12] {
        assert_eq!(watch.live(id), None);
    }
    assert_eq!(watch.said(), "11 12");
    assert_eq!(watch.out.tally.stale, 2);
}

#[test]
fn a_history_that_lags_is_asked_again_and_then_held_to_be_gone() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(12), after(10));
    let again = |short_pages| Some(Fetch { from: PageFrom::After(10), short_pages, not_before: None });
    assert_eq!(watch.page([], false), again(1));
    assert_eq!(watch.page([], false), again(2));
    assert_eq!(watch.page([], false), None);
    assert_eq!(watch.said(), "!history_gone 12");
}

#[test]
fn a_hole_in_the_history_is_declared() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.page([20, 21], false), None);
    assert_eq!(watch.said(), "!history_gone r20 r21");
}

#[test]
fn a_hole_in_the_history_is_filled_from_the_stream() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(12), after(10));
    assert_eq!(watch.page([11, 13], false), None);
    assert_eq!(watch.said(), "r11 12 r13");
}

#[test]
fn a_voided_number_is_passed_over() {
    let mut watch = Watch::from(Some(10));
    watch.sequence.covered_anew();
    let mut void = page([11, 12, 13], false);
    void.trades[1].observation = None;
    assert_eq!(watch.sequence.page(PageFrom::After(10), void, &bounds(), &mut watch.out), None);
    assert_eq!(watch.said(), "r11 r13");
}

#[test]
fn trades_beyond_the_waiting_room_are_fetched_later() {
    let mut watch = Watch::from(Some(10));
    watch.sequence.covered_anew();
    for id in 12..=20 {
        assert_eq!(watch.live(id), None);
    }
    assert_eq!(watch.page([11], true), after(15));
    assert_eq!(watch.page(16..=20, false), after(20));
    assert_eq!(watch.page([], false), None);
    assert_eq!(watch.said(), "r11 12 13 14 15 r16 r17 r18 r19 r20");
    assert_eq!(watch.out.tally.postponed, 5);
}

#[test]
fn a_refusal_is_declared_and_the_stream_goes_on() {
    let mut watch = Watch::from(Some(10));
    watch.sequence.covered_anew();
    assert_eq!(watch.no_page(NoPage::Refused), None);
    assert_eq!(watch.live(40), None);
    assert_eq!(watch.said(), "!refused 40");
}

#[test]
fn patience_ends_only_where_newer_trades_wait() {
    let mut watch = Watch::from(Some(10));
    watch.sequence.covered_anew();
    assert_eq!(watch.no_page(NoPage::Unavailable), after(10));
    watch.live(12);
    assert_eq!(watch.no_page(NoPage::Unavailable), None);
    assert_eq!(watch.live(13), None);
    assert_eq!(watch.said(), "!unavailable 12 13");
}

#[test]
fn a_gap_beyond_the_bound_is_declared_at_once() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(1_000), None);
    assert_eq!(watch.said(), "!too_far 1000");
}

#[test]
fn numbers_that_run_back_after_a_reconnection_are_a_new_beginning() {
    let mut watch = Watch::from(Some(1_000));
    watch.sequence.covered_anew();
    assert_eq!(watch.live(5), None);
    assert_eq!(watch.live(6), None);
    assert_eq!(watch.said(), "!renumbered 5 6");
    assert_eq!(watch.live(8), after(6));
    let belated = page([1_001, 1_002], false);
    assert_eq!(watch.sequence.page(PageFrom::After(1_000), belated, &bounds(), &mut watch.out), None);
    assert_eq!(watch.page([7], false), None);
    assert_eq!(watch.said(), "r7 8");
}

#[test]
fn a_reconnection_during_a_refill_asks_once_more() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.sequence.covered_anew(), None);
    assert_eq!(watch.page([11], false), after(11));
    assert_eq!(watch.page([12], false), None);
    assert_eq!(watch.said(), "r11 r12");
}

#[test]
fn a_newest_trade_that_was_not_shown_is_fetched() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.newest(10), None);
    assert_eq!(watch.newest(9), None);
    assert!(!watch.sequence.is_catching_up());
    assert_eq!(watch.newest(12), after(10));
    assert_eq!(watch.page([11, 12], false), None);
    assert_eq!(watch.newest(12), None);
    assert_eq!(watch.said(), "r11 r12");
    assert_eq!(watch.out.tally.gaps, 1);
}

#[test]
fn a_newest_trade_that_waits_already_changes_nothing() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(12), after(10));
    assert_eq!(watch.newest(12), None);
    assert_eq!(watch.page([11], false), None);
    assert_eq!(watch.said(), "r11 12");
}

#[test]
fn a_newest_trade_beyond_those_that_wait_is_fetched_after_them() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.live(12), after(10));
    assert_eq!(watch.newest(13), None);
    assert_eq!(watch.page([11], false), after(12));
    assert_eq!(watch.page([13], false), None);
    assert_eq!(watch.said(), "r11 12 r13");
}

#[test]
fn a_newest_trade_that_a_page_brings_costs_no_other_page() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.newest(14), None);
    assert_eq!(watch.page([11, 12], true), after(12));
    assert_eq!(watch.page([13, 14], false), None);
    assert_eq!(watch.said(), "r11 r12 r13 r14");
}

#[test]
fn a_history_behind_the_newest_trade_is_asked_once_more_and_then_when_it_is_named_again() {
    let mut watch = Watch::from(Some(10));
    assert_eq!(watch.sequence.covered_anew(), after(10));
    assert_eq!(watch.newest(11), None);
    assert_eq!(watch.page([], false), after(10));
    assert_eq!(watch.page([], false), None);
    assert_eq!(watch.newest(11), after(10));
    assert_eq!(watch.page([11], false), None);
    assert_eq!(watch.said(), "r11");
}

#[test]
fn a_newest_trade_begins_no_sequence() {
    let mut watch = Watch::from(None);
    assert_eq!(watch.newest(50), None);
    assert_eq!(watch.live(51), None);
    assert_eq!(watch.said(), "!first_watch 51");
}

#[test]
fn a_page_is_not_before_the_trade_that_it_follows() {
    let mut watch = Watch::from(Some(10));
    let not_before = |fetch: Option<Fetch>| fetch.unwrap().not_before;
    assert_eq!(not_before(watch.sequence.covered_anew()), None, "a position has no time");
    assert_eq!(watch.page([11], false), None);
    let handed_on = trade(11, Origin::Live).tick.time;
    assert_eq!(not_before(watch.sequence.check_history()), Some(handed_on));
    // Beyond a hole nothing is known.
    assert_eq!(watch.no_page(NoPage::Refused), None);
    assert_eq!(watch.sequence.last_at, None);
}

/// One thing that happens to a sequence while a venue trades on.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// The venue makes so many trades; a covered stream shows each.
    Trades(u8),
    /// The stream swallows so many.
    Swallowed(u8),
    /// The connection drops, or comes back.
    Drop,
    Resume,
    /// The page on its way arrives, with so many trades at most.
    PageComes(u8),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (1u8..6).prop_map(Happening::Trades),
        1 => (1u8..4).prop_map(Happening::Swallowed),
        1 => Just(Happening::Drop),
        2 => Just(Happening::Resume),
        3 => (1u8..5).prop_map(Happening::PageComes),
    ];
    prop::collection::vec(one, 1..80)
}

proptest! {
    /// Whatever happens, the numbers handed on are those of the venue, each once and in order; and
    /// once the stream holds and pages come, none is missing: since the beginning, be that a position or
    /// an instant.
    #[test]
    fn every_trade_goes_on_once_and_in_order(script in happenings(), since in prop::option::of(1u64..60)) {
        let limits = Bounds { short_pages: 1_000, refill_trades: 1_000_000, ..bounds() };
        let mut out = Outbox::default();
        let begin = since.map_or(start(Some(0)), |id| Start::Since(instant(id)));
        let mut sequence = Sequence::new(instrument(), begin, None, guard(), &mut out);
        let (mut newest, mut covered, mut wish) = (0u64, false, None);
        let settle = [Happening::Resume, Happening::Trades(1)]
            .into_iter()
            .chain(std::iter::repeat_n(Happening::PageComes(4), 400));
        for happening in script.into_iter().chain(settle) {
            match happening {
                Happening::Trades(count) => {
                    for _ in 0..count {
                        newest += 1;
                        if covered {
                            wish = sequence.live(trade(newest, Origin::Live), &limits, &mut out).or(wish);
                        }
                    }
                }
                Happening::Swallowed(count) => newest += u64::from(count),
                Happening::Drop => covered = false,
                Happening::Resume if covered => {}
                Happening::Resume => {
                    covered = true;
                    wish = sequence.covered_anew().or(wish);
                }
                Happening::PageComes(size) => {
                    if let Some(Fetch { from, .. }) = wish.take() {
                        let after = match from {
                            PageFrom::After(after) => after,
                            PageFrom::Since(_) => since.unwrap() - 1,
                            PageFrom::Candles(..) => unreachable!("trades can be had"),
                        };
                        let last = newest.min(after + u64::from(size));
                        let more = last == after + u64::from(size);
                        wish = sequence.page(from, page(after + 1..=last, more), &limits, &mut out);
                    }
                }
            }
        }
        let handed_on: Vec<u64> = out.updates.iter().flat_map(|update| match update {
            Update::Ticks { observations, .. } => {
                observations.iter().map(|seen| seen.tick.position.0).collect::<Vec<_>>()
            }
            Update::Interrupted { why: Interruption::FirstWatch, .. } if since.is_some() => vec![],
            other => panic!("nothing else is said: {other:?}"),
        }).collect();
        let first = handed_on.first().copied().unwrap_or(newest + 1);
        prop_assert_eq!(handed_on, (first..=newest).collect::<Vec<_>>());
        // A live trade from before the instant may be the first.
        prop_assert!(first <= since.unwrap_or(1).max(newest.min(1)) , "begins with {}", first);
    }
}

/// A trade at a price of so many cents.
fn at_price(id: u64, cents: u64, origin: Origin) -> Observation {
    let tick = Tick::numbered(Price::from_parts(u128::from(cents), 2).unwrap(), instant(id), id);
    Observation { tick, trades: None, origin }
}

impl Watch {
    fn trades_at(&mut self, id: u64, cents: u64) -> Option<Fetch> {
        self.sequence.live(at_price(id, cents, Origin::Live), &bounds(), &mut self.out).map(plain)
    }

    /// The numbers of the trades that were settled so.
    fn settled(&self, fate: Fate) -> Vec<u64> {
        let so = self.out.doubts.iter().filter(|(_, doubt)| doubt.fate == fate);
        so.map(|(_, doubt)| doubt.tick.position.0).collect()
    }
}

#[test]
fn a_price_a_hundred_times_off_waits_for_the_next_trade() {
    let mut watch = Watch::from(Some(10));
    let prices = [500, 49_900, 501, 60_000, 502, 60_000, 61_000, 3, 4];
    for (id, cents) in (11..).zip(prices) {
        assert_eq!(watch.trades_at(id, cents), None, "nothing is fetched for it");
    }
    // 14 was a glitch; 16 and 17 confirm each other, and 18 and 19.
    assert_eq!(watch.said(), "11 12 13 15 16 17 18 19");
    assert_eq!(watch.settled(Fate::Waiting), [14, 16, 18]);
    assert_eq!(watch.settled(Fate::Contradicted), [14]);
    assert_eq!(watch.settled(Fate::Confirmed), [16, 18]);
}

#[test]
fn what_waits_before_a_hole_is_not_confirmed_by_what_comes_after_it() {
    let mut watch = Watch::from(Some(10));
    watch.trades_at(11, 500);
    watch.trades_at(12, 60_000);
    assert_eq!(watch.trades_at(15, 60_000), after(12));
    assert_eq!(watch.no_page(NoPage::Refused), None);
    assert_eq!(watch.said(), "11 !refused");
    assert_eq!(watch.trades_at(16, 60_100), None);
    assert_eq!(watch.said(), "15 16");
    assert_eq!(watch.settled(Fate::Waiting), [12, 15]);
    assert_eq!((watch.settled(Fate::Unanswered), watch.settled(Fate::Confirmed)), (vec![12], vec![15]));
}

#[test]
fn what_waits_when_nobody_watches_any_more_is_left_out() {
    let mut watch = Watch::from(Some(10));
    watch.trades_at(11, 500);
    watch.trades_at(12, 60_000);
    watch.sequence.end(&mut watch.out);
    watch.sequence.end(&mut watch.out);
    assert_eq!((watch.said(), watch.settled(Fate::Unanswered)), ("11".to_owned(), vec![12]));
}

#[test]
fn a_fetched_trade_confirms_as_a_live_one_does() {
    let mut watch = Watch::from(Some(10));
    watch.trades_at(11, 500);
    watch.trades_at(12, 60_000);
    assert_eq!(watch.trades_at(14, 60_000), after(12));
    let page = Page {
        trades: vec![Numbered { id: 13, observation: Some(at_price(13, 59_000, Origin::Refilled)) }],
        more: false,
    };
    assert_eq!(watch.sequence.page(PageFrom::After(12), page, &bounds(), &mut watch.out), None);
    assert_eq!(watch.said(), "11 12 r13 14");
}

proptest! {
    /// Whether trades come live or are fetched, those go on that are near the one before or are confirmed by the
    /// one after, in order; the others are counted, and one at most still waits.
    #[test]
    fn whatever_is_confirmed_goes_on_and_the_rest_is_counted(
        steps in prop::collection::vec((prop_oneof![6 => 90u64..110, 1 => Just(9u64), 1 => Just(20_000u64)], any::<bool>()), 1..60)
    ) {
        let prices: Vec<u64> = steps.iter().map(|(cents, _)| *cents).collect();
        let mut watch = Watch::from(Some(0));
        let mut swallowed: Vec<u64> = Vec::new();
        for (id, (cents, is_live)) in (1u64..).zip(&steps) {
            if !is_live && swallowed.len() < 3 {
                swallowed.push(id);
                continue;
            }
            let wish = watch.trades_at(id, *cents);
            prop_assert_eq!(wish.is_some(), !swallowed.is_empty());
            if let Some(fetch) = wish {
                let fetched = |id: &u64| {
                    let cents = prices[usize::try_from(*id - 1).unwrap()];
                    Numbered { id: *id, observation: Some(at_price(*id, cents, Origin::Refilled)) }
                };
                let page = Page { trades: swallowed.iter().map(fetched).collect(), more: false };
                swallowed.clear();
                prop_assert_eq!(watch.sequence.page(fetch.from, page, &bounds(), &mut watch.out), None);
            }
        }
        // The same said once more, and slowly: an index walks over all that came.
        let came = prices.len() - swallowed.len();
        let far = |a: u64, b: u64| a.max(b) >= a.min(b) * 100;
        let (mut expected, mut refused, mut last, mut at) = (Vec::new(), 0, None, 0);
        let mut waits = 0;
        while at < came {
            let price = prices[at];
            if last.is_none_or(|last| !far(last, price)) {
                expected.push(at as u64 + 1);
                last = Some(price);
                at += 1;
            } else if at + 1 == came {
                waits = 1;
                at += 1;
            } else if !far(price, prices[at + 1]) && far(last.unwrap(), prices[at + 1]) {
                expected.extend([at as u64 + 1, at as u64 + 2]);
                last = Some(prices[at + 1]);
                at += 2;
            } else {
                refused += 1;
                at += 1;
            }
        }
        let on: Vec<u64> = watch.out.updates.iter().flat_map(|update| match update {
            Update::Ticks { observations, .. } => observations.iter().map(|seen| seen.tick.position.0).collect::<Vec<_>>(),
            other => panic!("nothing else is said: {other:?}"),
        }).collect();
        prop_assert_eq!(&on, &expected);
        prop_assert_eq!(watch.settled(Fate::Contradicted).len() as u64, refused);
        let waited = watch.settled(Fate::Waiting).len() - watch.settled(Fate::Confirmed).len();
        prop_assert_eq!(waited as u64, refused + waits, "each that waits is told, and what became of it");
        prop_assert_eq!(on.len() as u64 + refused + waits, came as u64);
    }
}
