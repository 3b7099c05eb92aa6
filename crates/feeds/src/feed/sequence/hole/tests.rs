//! What candles say of a stretch, case by case and over random trades.

use proptest::prelude::*;

use super::*;

fn price(number: u64) -> Price {
    Price::from_parts(u128::from(number), 0).unwrap()
}

/// So many seconds after a full minute.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_257_180_000_000 + seconds * 1_000_000)
}

/// Trades as `(second, price)`; their numbers begin with 1.
type Trades = [(i64, u64)];

/// The candles of trades, as their venue would make them.
fn candles(trades: &Trades) -> Vec<Candle> {
    let mut candles: Vec<Candle> = Vec::new();
    for &(second, number) in trades {
        let tick = Tick::numbered(price(number), at(second), 0);
        match candles.last_mut() {
            Some(last) if last.open_time == MINUTE.open_of(tick.time) => last.take_in(tick.price),
            _ => candles.push(Candle::of(MINUTE, &tick)),
        }
    }
    candles
}

/// The hole that is left where of these trades only the first and the last so many are known, and what is known of the
/// minute of its end.
fn hole(trades: &Trades, before: usize, after: usize) -> (Hole, Aftermath) {
    let (known, rest) = trades.split_at(before);
    let behind = &rest[rest.len() - after..];
    let (&(near_at, near), &(far_at, far)) = (known.last().unwrap(), behind.first().unwrap());
    // The first trade of all begins the minute, so every minute was heard from its beginning on.
    let heard = candles(known).pop().filter(|heard| heard.open_time == MINUTE.open_of(at(near_at)));
    let near_edge = Edge { id: Some(before as u64), at: at(near_at), price: Some(price(near)), heard };
    let far_edge = Far { id: (trades.len() - after + 1) as u64, at: at(far_at), price: price(far) };
    let first = candles(behind)[0];
    let aftermath = Aftermath { low: first.low, high: first.high, last: first.close, end: End::Quiet };
    assert_eq!(heard.map(|heard| heard.close), Some(price(near)));
    let mut hole = Hole::new(Interruption::Refused, near_edge, far_edge, 100).unwrap();
    let (from, to) = hole.wanted();
    let of_hole = candles(trades).into_iter().filter(|candle| (from..to).contains(&candle.open_time));
    hole.take(CandlePage { candles: of_hole.collect(), until: to });
    (hole, aftermath)
}

/// The ticks that stand in, as `number:price@second`.
fn told(stand_in: &StandIn) -> String {
    let ticks = stand_in.ticks.iter().map(|tick| {
        let second = tick.time.micros_since(at(0)).div_euclid(1_000_000);
        format!("{}:{}@{second}", tick.position.0, tick.price)
    });
    ticks.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_minute_of_which_nothing_was_heard_is_four_ticks() {
    let middle = [(61, 100), (70, 90), (80, 120), (90, 110)];
    let trades = [[(0, 100)].as_slice(), &middle, &[(125, 110)]].concat();
    let (hole, after) = hole(&trades, 1, 1);
    let stand_in = hole.stand_in(after).unwrap();
    // The close of the first minute and the open of the last are the trades around the hole.
    assert_eq!(told(&stand_in), "2:100@60 3:90@80 4:120@100 5:110@119");
    assert!(!stand_in.misses_first && !stand_in.misses_last);
}

#[test]
fn of_a_minute_that_was_heard_in_part_only_what_is_beyond_counts() {
    // 130 was traded while nobody heard, 80 before and 140 after.
    let trades = [(0, 100), (5, 80), (10, 100), (20, 130), (30, 90), (40, 140), (50, 100)];
    let (of_low, after) = hole(&trades, 3, 2);
    let stand_in = of_low.stand_in(after).unwrap();
    assert_eq!(told(&stand_in), "", "130 lies between what was heard");
    let trades = [(0, 100), (10, 100), (20, 130), (30, 70), (40, 110), (50, 100)];
    let (of_both, after) = hole(&trades, 2, 2);
    assert_eq!(told(&of_both.stand_in(after).unwrap()), "3:70@20 4:130@40");
}

#[test]
fn extremes_of_a_minute_that_was_not_heard_whole_say_nothing() {
    let trades = [(0, 100), (10, 100), (20, 130), (30, 70), (70, 120), (80, 100)];
    let (mut hole, after) = hole(&trades, 2, 2);
    let whole = hole.stand_in(after).unwrap();
    assert_eq!((told(&whole).as_str(), whole.misses_first), ("3:130@20 4:70@40", false));
    hole.near.heard = hole.near.heard.map(|heard| Candle { partial: true, ..heard });
    let partial = hole.stand_in(after).unwrap();
    assert_eq!(told(&partial), "3:70@59", "its close is the last trade of the minute");
    assert!(partial.misses_first && !partial.misses_last);
    let partial = hole.stand_in(Aftermath { end: End::Missed, ..after }).unwrap();
    assert!(partial.misses_first && partial.misses_last);
}

#[test]
fn a_minute_that_ends_otherwise_than_what_was_heard_of_it_was_not_heard_to_its_end() {
    let trades = [(0, 100), (10, 100), (20, 130), (30, 70), (40, 110), (50, 100)];
    let (hole, after) = hole(&trades, 2, 2);
    let told_with = |after: Aftermath| {
        let stand_in = hole.stand_in(after).unwrap();
        (told(&stand_in), stand_in.misses_last)
    };
    assert_eq!(told_with(after), ("3:70@20 4:130@40".to_owned(), false));
    assert_eq!(told_with(Aftermath { last: price(101), ..after }), (String::new(), true));
    let reached = Aftermath { last: price(101), end: End::Reached, ..after };
    assert_eq!(told_with(reached), ("3:70@20 4:130@40".to_owned(), false));
}

#[test]
fn what_has_not_come_is_missing() {
    let trades = [(0, 100), (70, 90), (80, 120), (130, 100), (190, 100)];
    let (whole, after) = hole(&trades, 1, 1);
    let mut hole = Hole { candles: whole.candles[..2].to_vec(), reached: at(120), ..whole.clone() };
    let stand_in = hole.stand_in(after).unwrap();
    assert_eq!((told(&stand_in).as_str(), stand_in.misses_last), ("2:90@60 3:120@100", true));
    hole.candles.clear();
    assert_eq!(hole.stand_in(after), None, "nothing came");
}

#[test]
fn candles_that_contradict_the_trades_are_not_believed() {
    let trades = [(0, 100), (70, 90), (80, 120), (130, 100), (190, 100)];
    let (whole, after) = hole(&trades, 1, 1);
    // More prices than trades were missed.
    let mut wild = whole.clone();
    wild.candles[1].low = price(1);
    wild.candles[1].high = price(1_000);
    wild.candles[2].low = price(2);
    wild.candles[2].high = price(2_000);
    assert_eq!(wild.stand_in(after), None);
}

#[test]
fn where_a_venue_has_no_candle_of_an_edge_that_edge_is_missing() {
    let trades = [(0, 100), (30, 99), (70, 90), (80, 120), (130, 101), (140, 100)];
    let (whole, after) = hole(&trades, 1, 1);
    let without = |minute: usize| {
        let mut hole = whole.clone();
        hole.candles.remove(minute);
        let stand_in = hole.stand_in(after).unwrap();
        (told(&stand_in), stand_in.misses_first, stand_in.misses_last)
    };
    assert_eq!(without(0), ("2:90@60 3:120@100 4:101@120".to_owned(), true, false));
    assert_eq!(without(2), ("2:99@40 3:90@60 4:120@100".to_owned(), false, true));
}

#[test]
fn the_trades_around_a_hole_do_not_count_twice() {
    // Nothing was missed in the minutes of its ends: their close and open are the trades that are known.
    let trades = [(0, 100), (5, 102), (70, 95), (125, 111), (130, 100)];
    let (whole, after) = hole(&trades, 2, 2);
    assert_eq!(told(&whole.stand_in(after).unwrap()), "3:95@60");
    // The same prices were traded in the hole where an extreme came with them.
    let trades = [(0, 100), (5, 102), (10, 120), (20, 102), (121, 111), (122, 130), (125, 111), (130, 100)];
    let (whole, after) = hole(&trades, 2, 2);
    assert_eq!(told(&whole.stand_in(after).unwrap()), "3:120@40 4:102@59 5:111@120 6:130@125");
}

#[test]
fn every_minute_with_a_trade_keeps_one() {
    let one_a_minute = (1..10).map(|minute| (60 * minute, 100));
    let trades: Vec<_> = [(5, 100)].into_iter().chain(one_a_minute).chain([(630, 100)]).collect();
    let (whole, after) = hole(&trades, 1, 1);
    let minutes =
        whole.stand_in(after).unwrap().ticks.iter().map(|tick| MINUTE.open_of(tick.time)).collect::<Vec<_>>();
    assert_eq!(minutes, (1..10).map(|minute| at(60 * minute)).collect::<Vec<_>>());
}

#[test]
fn a_stretch_is_bounded_and_runs_forwards() {
    let near = Edge { id: Some(7), at: at(30), price: None, heard: None };
    let far = |id, seconds| Far { id, at: at(seconds), price: price(1) };
    let is_stretch = |far, minutes| Hole::new(Interruption::TooFar, near, far, minutes).is_some();
    assert!(is_stretch(far(9, 70), 2) && !is_stretch(far(9, 70), 1) && !is_stretch(far(9, 31), 0));
    assert!(!is_stretch(far(7, 70), 9), "the venue counts anew");
    assert!(!is_stretch(far(9, 29), 9), "time runs back");
}

#[test]
fn a_stretch_that_begins_with_an_instant_begins_with_what_is_certain() {
    let trades = [(0, 500), (40, 100), (70, 90), (80, 120), (130, 100)];
    let (mut hole, after) = hole(&trades, 1, 1);
    hole.near = Edge { id: None, at: at(20), price: None, heard: None };
    let stand_in = hole.stand_in(after).unwrap();
    assert_eq!(
        told(&stand_in),
        "1:100@59 2:90@60 3:120@100",
        "500 may be from before, so only the close counts"
    );
    assert!(!stand_in.misses_first && !stand_in.misses_last);
}

fn some_trades() -> impl Strategy<Value = (Vec<(i64, u64)>, usize, usize)> {
    let trade = (prop_oneof![4 => 0i64..20, 1 => 20i64..200], 90u64..110);
    prop::collection::vec(trade, 3..40).prop_flat_map(|steps| {
        let mut second = 0;
        let mut trades = vec![(0, 100)];
        for (step, price) in steps {
            second += step;
            trades.push((second, price));
        }
        let most = trades.len();
        (Just(trades), 1..most - 1).prop_flat_map(move |(trades, before)| {
            let left = trades.len() - before;
            (Just(trades), Just(before), 1..=left)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever was traded: what stands in was traded too, in the same minute, its order and numbers fit between the
    /// trades around it, and no extreme of the stretch is left out that the known trades of its minute do not reach.
    #[test]
    fn what_stands_in_is_true_and_leaves_no_extreme_out((trades, before, after_count) in some_trades()) {
        let (hole, after) = hole(&trades, before, after_count);
        let stand_in = hole.stand_in(after).unwrap();
        prop_assert!(!stand_in.misses_first && !stand_in.misses_last);
        let missed = &trades[before..trades.len() - after_count];
        let minute = |second: i64| second.div_euclid(60);
        let mut last = (before as u64, at(trades[before - 1].0));
        for tick in &stand_in.ticks {
            let (id, time) = (tick.position.0, tick.time);
            prop_assert!(id > last.0 && id < hole.far.id && time >= last.1 && time <= hole.far.at);
            last = (id, time);
            let second = time.micros_since(at(0)).div_euclid(1_000_000);
            let was_traded = |&(when, number): &(i64, u64)| minute(when) == minute(second) && price(number) == tick.price;
            prop_assert!(missed.iter().any(was_traded), "{tick:?} was not traded in it");
        }
        let numbered = (1..).zip(&trades).map(|(id, &(when, number))| (id, minute(when), price(number)));
        let known = numbered.filter(|(id, ..)| *id <= before as u64 || *id >= hole.far.id);
        let told = stand_in.ticks.iter().map(|tick| {
            (tick.position.0, tick.time.micros_since(at(0)).div_euclid(60_000_000), tick.price)
        });
        let mut heard: Vec<_> = told.chain(known).collect();
        heard.sort_unstable();
        for &(when, number) in missed {
            let in_minute = heard.iter().filter(|(_, of, _)| *of == minute(when)).map(|(.., price)| *price);
            let (low, high) = (in_minute.clone().min(), in_minute.max());
            prop_assert!(low <= Some(price(number)) && high >= Some(price(number)), "{when}: {number}");
        }
    }
}
