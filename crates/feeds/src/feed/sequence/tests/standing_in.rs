//! Candles in place of trades that cannot be had.

use std::time::Duration;

use bellwether_model::Candle;

use super::*;
use crate::CandlePage;

/// A trade as its number, its second and its price.
type Trade = (u64, i64, u64);

fn second(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn price(number: u64) -> Price {
    Price::from_parts(u128::from(number), 0).unwrap()
}

fn seen((id, at, number): Trade, origin: Origin) -> Observation {
    Observation { tick: Tick::numbered(price(number), second(at), id), trades: None, origin }
}

fn limits() -> Bounds {
    Bounds { stand_in_minutes: 60, ..bounds() }
}

fn of_minute(minute: i64, [open, high, low, close]: [u64; 4]) -> Candle {
    let [open, high, low, close] = [open, high, low, close].map(price);
    Candle { open_time: second(60 * minute), open, high, low, close, partial: false }
}

/// Minute 0 with 110 after what was heard, and three more.
fn four_minutes() -> [Candle; 4] {
    [
        of_minute(0, [100, 110, 100, 101]),
        of_minute(1, [101, 120, 90, 102]),
        of_minute(2, [102, 102, 80, 95]),
        of_minute(3, [96, 130, 96, 105]),
    ]
}

/// What stands in for minutes 0 to 2, and for the third up to a trade at 105.
const THREE_MINUTES: &str = "c110 c101 c101 c90 c120 c102 c102 c102 c80 c95";

fn minutes(from: i64, to: i64) -> Option<PageFrom> {
    Some(PageFrom::Candles(second(60 * from), second(60 * to)))
}

impl Watch {
    /// One that has heard minute 0 from its beginning: trade 3 came in its tenth second, at 100.
    fn hearing() -> Self {
        let mut watch = Self::from(Some(0));
        assert_eq!([(1, -1, 100), (2, 0, 100), (3, 10, 100)].map(|trade| watch.comes(trade)), [None; 3]);
        assert_eq!(watch.told(), "100 100 100");
        watch
    }

    fn comes(&mut self, trade: Trade) -> Option<PageFrom> {
        let wish = self.sequence.live(seen(trade, Origin::Live), &limits(), &mut self.out);
        wish.map(|fetch| fetch.from)
    }

    fn not_had(&mut self, from: Option<PageFrom>, why: NoPage) -> Option<PageFrom> {
        let wish = self.sequence.no_page(from.unwrap(), why, &limits(), &mut self.out);
        wish.map(|fetch| fetch.from)
    }

    fn fetched(&mut self, from: Option<PageFrom>, trades: &[Trade], more: bool) -> Option<PageFrom> {
        let numbered =
            |trade: &Trade| Numbered { id: trade.0, observation: Some(seen(*trade, Origin::Refilled)) };
        let page = Page { trades: trades.iter().map(numbered).collect(), more };
        self.sequence.page(from.unwrap(), page, &limits(), &mut self.out).map(|fetch| fetch.from)
    }

    /// Candles come that reach until the beginning of that minute.
    fn candles(&mut self, from: Option<PageFrom>, candles: &[Candle], until: i64) -> Option<PageFrom> {
        let page = CandlePage { candles: candles.to_vec(), until: second(60 * until) };
        self.sequence.candles(from.unwrap(), page, &limits(), &mut self.out).map(|fetch| fetch.from)
    }

    /// The prices that were handed on: `100` live, `r100` refilled, `c100` of a candle. Numbers grow and times do not
    /// run back.
    fn told(&mut self) -> String {
        let mut last = (0, second(-3_600));
        let mut words = Vec::new();
        for update in std::mem::take(&mut self.out.updates) {
            match update {
                Update::Ticks { observations, .. } => words.extend(observations.iter().map(|seen| {
                    let at = (seen.tick.position.0, seen.tick.time);
                    assert!(at.0 > last.0 && at.1 >= last.1, "{at:?} after {last:?}");
                    last = at;
                    let origin = ["", "r", "c"][seen.origin as usize];
                    format!("{origin}{}", seen.tick.price)
                })),
                Update::Interrupted { why, .. } => words.push(format!("!{}", why.name())),
                Update::Feed { .. } => {}
            }
        }
        words.join(" ")
    }
}

#[test]
fn candles_stand_in_where_trades_are_refused() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    assert_eq!(page, Some(PageFrom::After(3)));
    let wanted = watch.not_had(page, NoPage::Refused);
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.comes((61, 200, 105)), None);
    // The minute of trade 60 is not over yet.
    let rest = watch.candles(wanted, &four_minutes()[..3], 3);
    assert_eq!(rest, minutes(3, 4));
    assert!(watch.sequence.is_catching_up() && watch.told().is_empty());
    assert_eq!(watch.candles(rest, &four_minutes()[3..], 4), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 c96 c130 105 105"));
    assert!(!watch.sequence.is_catching_up());
    assert_eq!(watch.comes((62, 210, 103)), None);
}

#[test]
fn a_refusal_before_any_newer_trade_waits_for_one() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert!(watch.sequence.is_catching_up(), "something is missing still");
    let wanted = watch.comes((60, 190, 105));
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 c96 c130 105"));
}

#[test]
fn where_that_one_follows_nothing_is_missing() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!([watch.comes((4, 190, 105)), watch.comes((5, 191, 106))], [None; 2]);
    assert_eq!(watch.told(), "105 106");
    assert!(!watch.sequence.is_catching_up());
}

#[test]
fn where_that_one_is_of_another_numbering_nothing_stands_in() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!([watch.comes((1, 190, 105)), watch.comes((2, 191, 106))], [None; 2]);
    assert_eq!(watch.told(), "!renumbered 105 106");
}

#[test]
fn candles_stand_in_for_what_a_history_no_longer_has() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    // 130 is among the trades that were fetched.
    let wanted = watch.fetched(page, &[(60, 190, 105), (61, 191, 130), (62, 192, 96)], false);
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.comes((63, 250, 99)), None);
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 r105 r130 r96 99"));
}

#[test]
fn two_stretches_of_one_page_are_stood_in_for_one_after_the_other() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    let first = watch.fetched(page, &[(20, 70, 101), (21, 130, 102), (60, 250, 99)], false);
    assert_eq!(first, minutes(0, 2));
    let second = watch.candles(first, &four_minutes()[..2], 2);
    assert_eq!(second, minutes(2, 5));
    let last = of_minute(4, [99, 99, 99, 99]);
    assert_eq!(watch.candles(second, &[four_minutes()[2], four_minutes()[3], last], 5), None);
    assert_eq!(watch.told(), "c110 c101 c101 c90 c120 r101 r102 c80 c95 c96 c96 c130 c105 r99");
}

#[test]
fn what_is_too_much_to_fetch_is_stood_in_for() {
    let mut watch = Watch::hearing();
    let wanted = watch.comes((1_000, 190, 105));
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 c96 c130 105"));
}

#[test]
fn without_candles_the_hole_is_declared() {
    for why in [NoPage::Refused, NoPage::Unavailable] {
        let mut watch = Watch::hearing();
        let page = watch.comes((60, 190, 105));
        let wanted = watch.not_had(page, NoPage::Unavailable);
        assert_eq!(wanted, minutes(0, 4));
        assert_eq!(watch.not_had(wanted, why), None);
        assert_eq!(watch.told(), "!unavailable 105");
    }
    // Nor is a stretch stood in for that is too long.
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 3_700, 105));
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!(watch.told(), "!refused 105");
}

#[test]
fn the_rest_of_a_hole_is_declared_where_candles_end() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    let rest = watch.candles(wanted, &four_minutes()[..3], 3);
    assert_eq!(watch.not_had(rest, NoPage::Unavailable), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} !refused 105"));
}

#[test]
fn a_minute_of_which_live_trades_were_dropped_says_nothing_of_its_hole() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    // More than may wait; what did not fit is fetched afterwards.
    for id in 61..70 {
        assert_eq!(watch.comes((id, 191, 104)), None);
    }
    let page = watch.candles(wanted, &four_minutes(), 4);
    assert_eq!(page, Some(PageFrom::After(63)), "what was dropped is asked for");
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 !refused 105 104 104 104"));
}

#[test]
fn a_minute_in_which_a_connection_ended_says_nothing_of_its_hole() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    watch.sequence.uncovered();
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 !refused 105"));
}

#[test]
fn a_minute_with_a_trade_that_was_only_named_says_nothing_of_its_hole() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    assert_eq!(watch.sequence.newest(61, &mut watch.out), None);
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), Some(PageFrom::After(60)));
    assert_eq!(watch.told(), format!("{THREE_MINUTES} c96 !refused 105"));
}

#[test]
fn what_is_refused_is_given_up_where_no_trade_comes() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    let (minute, patience) = (Duration::from_secs(60), limits().patience);
    watch.sequence.look_after(minute, patience, &mut watch.out);
    watch.sequence.look_after(patience, patience, &mut watch.out);
    assert!(watch.sequence.is_catching_up() && watch.told().is_empty());
    watch.sequence.look_after(minute + patience, patience, &mut watch.out);
    assert_eq!(watch.told(), "!refused");
    assert!(!watch.sequence.is_catching_up());
    assert_eq!(watch.comes((60, 190, 105)), None);
    assert_eq!(watch.told(), "105");
}

#[test]
fn what_was_refused_is_asked_for_again_by_the_next_connection() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(page, Some(PageFrom::After(3)));
    assert_eq!(watch.fetched(page, &[(4, 70, 101)], false), None);
    assert_eq!(watch.told(), "r101");
}

#[test]
fn a_venue_that_counts_anew_is_noticed_while_candles_are_fetched() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    watch.sequence.floor = None;
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!(watch.comes((60, 190, 105)), minutes(0, 4));
    watch.sequence.covered_anew();
    assert_eq!(watch.comes((2, 200, 107)), None);
    assert_eq!(watch.told(), "!renumbered 107");
}

#[test]
fn a_copy_of_the_last_trade_ends_nothing() {
    let mut watch = Watch::hearing();
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    watch.sequence.floor = None;
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!(watch.comes((3, 10, 100)), None);
    assert!(watch.told().is_empty() && watch.sequence.is_catching_up());
    assert_eq!(watch.comes((60, 190, 105)), minutes(0, 4));
}

#[test]
fn after_a_restart_the_minute_before_is_not_known_whole() {
    let known = Known { position: Position(3), time: second(10), price: price(100) };
    let mut out = Outbox::default();
    let sequence = Sequence::new(instrument(), start(Some(3)), Some(known), guard(), &mut out);
    let mut watch = Watch { sequence, out };
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    let without_first = THREE_MINUTES.strip_prefix("c110 ").unwrap();
    assert_eq!(watch.told(), format!("!refused {without_first} c96 c96 c130 105"));
}

#[test]
fn a_position_of_another_time_than_the_last_tick_has_no_time() {
    let known = Known { position: Position(9), time: second(10), price: price(100) };
    let mut out = Outbox::default();
    let sequence = Sequence::new(instrument(), start(Some(3)), Some(known), guard(), &mut out);
    let mut watch = Watch { sequence, out };
    let page = watch.comes((60, 190, 105));
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    assert_eq!(watch.told(), "!refused 105");
}

#[test]
fn candles_stand_in_since_an_instant() {
    let mut out = Outbox::default();
    let sequence = Sequence::new(instrument(), Start::Since(second(20)), None, guard(), &mut out);
    let mut watch = Watch { sequence, out };
    let page = watch.sequence.covered_anew().map(|fetch| fetch.from);
    assert_eq!(page, Some(PageFrom::Since(second(20))));
    assert_eq!(watch.not_had(page, NoPage::Refused), None);
    let wanted = watch.comes((60, 190, 105));
    assert_eq!(wanted, minutes(0, 4));
    assert_eq!(watch.candles(wanted, &four_minutes(), 4), None);
    let without_first = THREE_MINUTES.strip_prefix("c110 ").unwrap();
    assert_eq!(
        watch.told(),
        format!("!first_watch {without_first} c96 c96 c130 105"),
        "110 may be from before"
    );
}

#[test]
fn a_glitch_in_a_candle_waits_for_its_confirmation() {
    let mut watch = Watch::hearing();
    let page = watch.comes((60, 190, 105));
    let wanted = watch.not_had(page, NoPage::Refused);
    let mut candles = four_minutes();
    candles[1].high = price(50_000);
    assert_eq!(watch.candles(wanted, &candles, 4), None);
    assert!(!watch.told().contains("c50000"));
    assert_eq!(watch.settled(Fate::Contradicted).len(), 1);
}
