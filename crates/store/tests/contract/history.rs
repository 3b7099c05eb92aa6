//! Price history: candles come in with the positions that they stand at, and holes are filled.

use bellwether_model::{Candle, Instrument, Interval, Position, Timestamp, Venue};
use bellwether_store::candle::{Hole, NewCandle, RunningCandles};
use bellwether_store::evaluation::{Commit, MarketPosition};

use crate::contract::kit::{Kit, at};

contract!(
    candles_are_kept_to_the_last_digit_and_found_by_time,
    a_whole_candle_is_never_replaced_by_a_partial_one,
    candles_that_run_stand_with_their_position,
    holes_that_touch_are_one,
    holes_are_told_once_a_candle_of_theirs_is_over,
    filling_stores_and_shrinks_together_and_may_be_repeated,
    a_hole_that_grew_while_it_was_filled_keeps_what_was_added,
    old_candles_are_swept_with_their_holes,
    ten_thousand_candles_go_in_at_once,
);

fn btc() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

/// The instant so many minutes after a full hour.
fn minute(n: i64) -> Timestamp {
    at(60 * n)
}

fn candle(n: i64, close: &str) -> Candle {
    let price = |text: &str| text.parse().unwrap();
    Candle {
        open_time: minute(n),
        open: price("37.537537537537537538"),
        high: price("40000"),
        low: price("0.000000000000000001"),
        close: price(close),
        partial: false,
    }
}

fn of_minute(candle: Candle) -> NewCandle {
    NewCandle { instrument: btc(), interval: Interval::Minute, candle }
}

fn hole(from: i64, to: i64) -> Hole {
    Hole { instrument: btc(), interval: Interval::Minute, from: minute(from), to: minute(to) }
}

async fn commit(kit: &Kit, candles: Vec<NewCandle>, holes: Vec<Hole>) {
    kit.store.commit(Commit { candles, holes, ..Commit::default() }, at(0)).await.unwrap();
}

async fn candles(kit: &Kit) -> Vec<Candle> {
    let all = (Timestamp::EPOCH, minute(100_000));
    kit.store.candles(&btc(), Interval::Minute, all.0, all.1, 100_000).await.unwrap()
}

async fn holes(kit: &Kit) -> Vec<Hole> {
    kit.store.next_holes(Venue::Binance, minute(1_000_000), 1_000).await.unwrap()
}

async fn candles_are_kept_to_the_last_digit_and_found_by_time(kit: Kit) {
    let of_hour = NewCandle { interval: Interval::Hour, ..of_minute(candle(0, "7")) };
    let other = NewCandle { instrument: "binance:ETHUSDT".parse().unwrap(), ..of_minute(candle(1, "8")) };
    let mine: Vec<Candle> = (0..5).map(|n| candle(n, &format!("{}", n + 1))).collect();
    let new = mine.iter().rev().copied().map(of_minute).chain([of_hour.clone(), other]).collect();
    commit(&kit, new, vec![]).await;
    assert_eq!(candles(&kit).await, mine);
    let some = kit.store.candles(&btc(), Interval::Minute, minute(1), minute(4), 2).await.unwrap();
    assert_eq!(some, mine[1..3], "the oldest first, the limit cuts the newest");
    let some = kit.store.candles(&btc(), Interval::Minute, minute(1), minute(4), 9).await.unwrap();
    assert_eq!(some, mine[1..4], "the end is not part of it");
    let hours = kit.store.candles(&btc(), Interval::Hour, minute(0), minute(1), 9).await.unwrap();
    assert_eq!(hours, [of_hour.candle]);
}

async fn a_whole_candle_is_never_replaced_by_a_partial_one(kit: Kit) {
    let partial = |close| Candle { partial: true, ..candle(0, close) };
    let check = async |new: &[Candle], kept: Candle| {
        commit(&kit, new.iter().copied().map(of_minute).collect(), vec![]).await;
        assert_eq!(candles(&kit).await, [kept], "after {new:?}");
    };
    check(&[partial("1")], partial("1")).await;
    check(&[partial("2")], partial("2")).await;
    check(&[candle(0, "3"), partial("4")], candle(0, "3")).await;
    check(&[partial("5")], candle(0, "3")).await;
    check(&[candle(0, "6")], candle(0, "6")).await;
}

/// What is told to come after the finished candles.
async fn running(kit: &Kit, to: Timestamp, limit: u32) -> RunningCandles {
    let of = async |interval| kit.store.history(&btc(), interval, minute(0), to, limit).await.unwrap().1;
    RunningCandles {
        minute: of(Interval::Minute).await,
        hour: of(Interval::Hour).await,
        day: of(Interval::Day).await,
    }
}

async fn candles_that_run_stand_with_their_position(kit: Kit) {
    assert_eq!(running(&kit, minute(9), 9).await, RunningCandles::default());
    let first = RunningCandles {
        minute: Some(candle(3, "5")),
        hour: Some(Candle { partial: true, ..candle(0, "5") }),
        day: None,
    };
    let position = MarketPosition {
        instrument: btc(),
        position: Position(7),
        numbered: true,
        price: "5".parse().unwrap(),
        time: at(185),
        memory: vec![],
        running: first,
        in_force: true,
    };
    let positions = vec![position.clone()];
    kit.store.commit(Commit { positions, ..Commit::default() }, at(0)).await.unwrap();
    assert_eq!(kit.store.positions().await.unwrap(), std::slice::from_ref(&position));
    assert_eq!(running(&kit, minute(9), 9).await, first);
    assert_eq!(running(&kit, minute(3), 9).await.minute, None, "it begins at the end");
    let next = RunningCandles { minute: Some(candle(4, "6")), ..first };
    let positions = vec![MarketPosition { running: next, ..position }];
    kit.store.commit(Commit { positions, ..Commit::default() }, at(0)).await.unwrap();
    assert_eq!(running(&kit, minute(9), 9).await, next);
    commit(&kit, vec![of_minute(candle(2, "5")), of_minute(candle(3, "5"))], vec![]).await;
    assert_eq!(running(&kit, minute(9), 3).await, next);
    assert_eq!(running(&kit, minute(9), 2).await.minute, None, "more may come before it");
    commit(&kit, vec![of_minute(candle(4, "6"))], vec![]).await;
    assert_eq!(running(&kit, minute(9), 9).await.minute, None, "it is over");
}

async fn holes_that_touch_are_one(kit: Kit) {
    commit(&kit, vec![], vec![hole(10, 20), hole(40, 50), hole(15, 15)]).await;
    assert_eq!(holes(&kit).await, [hole(10, 20), hole(40, 50)]);
    let of_hours = Hole { interval: Interval::Hour, ..hole(0, 60) };
    commit(&kit, vec![], vec![hole(20, 25), of_hours.clone()]).await;
    assert_eq!(holes(&kit).await, [of_hours.clone(), hole(10, 25), hole(40, 50)]);
    commit(&kit, vec![], vec![hole(24, 30), hole(28, 41), hole(60, 70), hole(12, 13)]).await;
    assert_eq!(holes(&kit).await, [of_hours, hole(10, 50), hole(60, 70)]);
}

async fn holes_are_told_once_a_candle_of_theirs_is_over(kit: Kit) {
    let of = |instrument: &str, interval| Hole {
        instrument: instrument.parse().unwrap(),
        interval,
        ..hole(0, 3 * 24 * 60)
    };
    let all = [
        of("binance:BTCUSDT", Interval::Day),
        of("binance:BTCUSDT", Interval::Hour),
        of("binance:BTCUSDT", Interval::Minute),
        of("kraken:XBTUSD", Interval::Minute),
    ];
    commit(&kit, vec![], all.to_vec()).await;
    let at_minute = async |n, limit| kit.store.next_holes(Venue::Binance, minute(n), limit).await.unwrap();
    assert_eq!(at_minute(0, 9).await, []);
    assert_eq!(at_minute(1, 9).await, all[2..3]);
    assert_eq!(at_minute(60, 9).await, all[1..3]);
    assert_eq!(at_minute(24 * 60, 9).await, all[..3], "days before hours before minutes");
    assert_eq!(at_minute(24 * 60, 2).await, all[..2]);
    assert_eq!(kit.store.next_holes(Venue::Kraken, minute(9), 9).await.unwrap(), all[3..]);
}

async fn filling_stores_and_shrinks_together_and_may_be_repeated(kit: Kit) {
    commit(&kit, vec![of_minute(Candle { partial: true, ..candle(1, "9") })], vec![hole(0, 10)]).await;
    let first: Vec<Candle> = (0..4).map(|n| candle(n, "3")).collect();
    for _ in 0..2 {
        kit.store.fill(hole(0, 10), first.clone(), minute(4)).await.unwrap();
        assert_eq!(candles(&kit).await, first);
        assert_eq!(holes(&kit).await, [hole(4, 10)]);
    }
    // A venue that has nothing there.
    kit.store.fill(hole(4, 10), vec![], minute(6)).await.unwrap();
    assert_eq!(holes(&kit).await, [hole(6, 10)]);
    for _ in 0..2 {
        kit.store.fill(hole(6, 10), vec![candle(9, "4")], minute(10)).await.unwrap();
        assert_eq!(holes(&kit).await, []);
        assert_eq!(candles(&kit).await.len(), 5);
    }
}

async fn a_hole_that_grew_while_it_was_filled_keeps_what_was_added(kit: Kit) {
    commit(&kit, vec![], vec![hole(0, 10)]).await;
    let asked = holes(&kit).await.remove(0);
    commit(&kit, vec![], vec![hole(10, 12)]).await;
    kit.store.fill(asked.clone(), vec![candle(0, "1")], minute(10)).await.unwrap();
    assert_eq!(holes(&kit).await, [hole(10, 12)]);
    // It grew to the other side: all of it stays, and what was filled is fetched once more.
    let asked = holes(&kit).await.remove(0);
    commit(&kit, vec![], vec![hole(8, 10)]).await;
    kit.store.fill(asked, vec![candle(10, "1")], minute(12)).await.unwrap();
    assert_eq!(holes(&kit).await, [hole(8, 12)]);
}

async fn old_candles_are_swept_with_their_holes(kit: Kit) {
    let mut new: Vec<NewCandle> = (0..6).map(|n| of_minute(candle(n, "3"))).collect();
    let other = NewCandle { instrument: "binance:ETHUSDT".parse().unwrap(), ..new[0].clone() };
    let of_hour = NewCandle { interval: Interval::Hour, ..new[0].clone() };
    new.extend([other, of_hour.clone()]);
    commit(&kit, new, vec![hole(0, 2), hole(3, 9)]).await;
    assert_eq!(kit.store.sweep_candles(Interval::Minute, minute(4)).await.unwrap(), 5);
    assert_eq!(candles(&kit).await.iter().map(|c| c.open_time).collect::<Vec<_>>(), [minute(4), minute(5)]);
    assert_eq!(holes(&kit).await, [hole(4, 9)]);
    let hours = kit.store.candles(&btc(), Interval::Hour, minute(0), minute(1), 9).await.unwrap();
    assert_eq!(hours, [of_hour.candle]);
    assert_eq!(kit.store.sweep_candles(Interval::Minute, minute(4)).await.unwrap(), 0);
}

async fn ten_thousand_candles_go_in_at_once(kit: Kit) {
    let all: Vec<Candle> = (0..10_000).map(|n| candle(n, "3")).collect();
    commit(&kit, vec![], vec![hole(0, 10_000)]).await;
    kit.store.fill(hole(0, 10_000), all.clone(), minute(10_000)).await.unwrap();
    assert_eq!(candles(&kit).await, all);
    assert_eq!(holes(&kit).await, []);
}
