use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;

/// 2026-11-21T10:33:00Z, the beginning of a minute.
const START_US: i64 = 1_795_257_180_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(START_US + seconds * 1_000_000)
}

fn tick(seconds: i64, price: &str) -> Tick {
    Tick::numbered(price.parse().unwrap(), at(seconds), 1)
}

fn btc() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

/// Candles that know the present from a tick at the second before the start.
fn watched() -> Candles {
    let mut candles = Candles::new();
    candles.observe(&tick(-1, "1"));
    taken(&mut candles);
    candles
}

fn taken(candles: &mut Candles) -> Checkpoint {
    let mut checkpoint = Checkpoint::default();
    candles.hand_over(&btc(), &mut checkpoint);
    checkpoint
}

/// `interval second open/high/low/close` of each, a partial one with a question mark.
fn said(checkpoint: &Checkpoint) -> Vec<String> {
    let of = |new: &NewCandle| {
        assert_eq!(new.instrument, btc());
        line(new.interval, &new.candle)
    };
    checkpoint.candles.iter().map(of).collect()
}

fn line(interval: Interval, candle: &Candle) -> String {
    let second = candle.open_time.micros_since(at(0)) / 1_000_000;
    let Candle { open, high, low, close, partial, .. } = candle;
    format!("{interval} {second} {open}/{high}/{low}/{close}{}", if *partial { "?" } else { "" })
}

/// `interval from..to` in seconds.
fn holes(checkpoint: &Checkpoint) -> Vec<String> {
    let second = |instant: Timestamp| instant.micros_since(at(0)) / 1_000_000;
    let of = |hole: &Hole| format!("{} {}..{}", hole.interval, second(hole.from), second(hole.to));
    checkpoint.holes.iter().map(of).collect()
}

/// Seconds from the start to the beginning of its hour and its day.
const HOUR: i64 = -33 * 60;
const DAY: i64 = -(10 * 3_600 + 33 * 60);

#[test]
fn a_candle_is_over_when_a_tick_lies_behind_its_end() {
    let mut candles = watched();
    for (second, price) in [(0, "10"), (20, "12"), (40, "9"), (59, "11")] {
        candles.observe(&tick(second, price));
    }
    assert_eq!(said(&taken(&mut candles)), ["1m -60 1/1/1/1?"]);
    candles.observe(&tick(60, "13"));
    assert_eq!(said(&taken(&mut candles)), ["1m 0 10/12/9/11"]);
    // Three minutes without a tick have no candle.
    candles.observe(&tick(240, "14"));
    assert_eq!(said(&taken(&mut candles)), ["1m 60 13/13/13/13"]);
    candles.observe(&tick(3_600, "2"));
    assert_eq!(said(&taken(&mut candles)), ["1m 240 14/14/14/14", "1h -1980 1/14/1/14?"]);
    candles.observe(&tick(7_200, "3"));
    assert_eq!(said(&taken(&mut candles)), ["1m 3600 2/2/2/2", "1h 1620 2/2/2/2"], "wholly watched");
    let running = candles.running();
    assert_eq!(line(Interval::Day, &running.day.unwrap()), format!("1d {DAY} 1/14/1/3?"));
}

#[test]
fn a_tick_whose_time_runs_back_counts_in_the_running_candle() {
    let mut candles = watched();
    candles.observe(&tick(0, "10"));
    candles.observe(&tick(60, "11"));
    taken(&mut candles);
    candles.observe(&tick(59, "7"));
    candles.observe(&tick(120, "12"));
    assert_eq!(said(&taken(&mut candles)), ["1m 60 11/11/7/7"]);
}

#[test]
fn a_first_watch_wants_the_past_at_once_and_the_beginnings_with_the_first_tick() {
    let mut candles = Candles::new();
    candles.interrupt(at(10));
    let days = |n: i64| n * 86_400;
    let past = [
        format!("1m {}..0", -days(30)),
        format!("1h {}..{HOUR}", HOUR - days(365)),
        format!("1d {}..{DAY}", DAY - days(365)),
    ];
    assert_eq!(holes(&taken(&mut candles)), past);
    candles.interrupt(at(20));
    assert_eq!(holes(&taken(&mut candles)), [""; 0], "once");
    candles.observe(&tick(130, "5"));
    let beginnings = [
        "1m 0..180".to_owned(),
        format!("1h {HOUR}..{}", HOUR + 3_600),
        format!("1d {DAY}..{}", DAY + days(1)),
    ];
    assert_eq!(holes(&taken(&mut candles)), beginnings);
    candles.observe(&tick(180, "6"));
    candles.observe(&tick(240, "6"));
    let over = taken(&mut candles);
    assert_eq!(said(&over), ["1m 120 5/5/5/5?", "1m 180 6/6/6/6"]);
    assert_eq!(holes(&over), [""; 0]);
}

#[test]
fn a_first_tick_without_a_word_before_wants_the_past_too() {
    let mut candles = Candles::new();
    candles.observe(&tick(30, "5"));
    assert_eq!(holes(&taken(&mut candles))[0], format!("1m {}..60", -30 * 86_400));
}

#[test]
fn an_interruption_leaves_a_hole_and_partial_candles_on_both_sides() {
    let mut candles = watched();
    candles.observe(&tick(0, "10"));
    taken(&mut candles);
    candles.interrupt(at(30));
    candles.lose_sight();
    assert_eq!(holes(&taken(&mut candles)), [""; 0], "its end is not known yet");
    candles.observe(&tick(200, "20"));
    candles.observe(&tick(240, "21"));
    let found = taken(&mut candles);
    assert_eq!(said(&found), ["1m 0 10/10/10/10?", "1m 180 20/20/20/20?"]);
    assert_eq!(holes(&found)[0], "1m 0..240");
    assert!(candles.running().hour.unwrap().partial && !candles.running().minute.unwrap().partial);

    candles.lose_sight();
    candles.observe(&tick(241, "30"));
    candles.observe(&tick(300, "31"));
    let found = taken(&mut candles);
    assert_eq!(said(&found), ["1m 240 21/30/21/30?"], "within one minute it goes on");
    assert_eq!(holes(&found)[0], "1m 240..300");
}

#[test]
fn a_long_absence_is_fetched_as_far_as_a_first_watch() {
    let mut candles = watched();
    candles.lose_sight();
    candles.observe(&tick(400 * 86_400, "2"));
    let found = holes(&taken(&mut candles));
    assert_eq!(found[0], format!("1m {}..{}", 370 * 86_400, 400 * 86_400 + 60));
}

/// What a slow sum of all ticks says, whatever checkpoints and restarts lie between.
#[test]
fn candles_are_the_sums_of_their_ticks_over_any_restart() {
    for seed in 0..200 {
        let mut chance = StdRng::seed_from_u64(seed);
        let (mut candles, mut found) = (watched(), Vec::new());
        let (mut second, mut all) = (0, vec![tick(-1, "1")]);
        for _ in 0..60 {
            let longest = if chance.random_bool(0.5) { 20 } else { 4_000 };
            second += chance.random_range(0..longest);
            let tick = tick(second, &chance.random_range(1..100).to_string());
            candles.observe(&tick);
            all.push(tick);
            if chance.random_bool(0.1) {
                found.extend(taken(&mut candles).candles);
                candles = Candles::resume(candles.running());
            }
        }
        found.extend(taken(&mut candles).candles);
        let running = candles.running();
        for interval in Interval::ALL {
            let over = found.iter().filter(|new| new.interval == interval).map(|new| new.candle);
            let told: Vec<Candle> = over.chain(running.of(interval)).filter(|c| !c.partial).collect();
            assert_eq!(told, summed(interval, &all), "{interval}, seed {seed}");
        }
    }
}

/// The candles of these ticks, but for the first one, which was not wholly watched.
fn summed(interval: Interval, ticks: &[Tick]) -> Vec<Candle> {
    let mut summed: Vec<Candle> = Vec::new();
    for tick in ticks {
        match summed.last_mut() {
            Some(last) if last.open_time == interval.open_of(tick.time) => last.take_in(tick.price),
            _ => summed.push(Candle::of(interval, tick)),
        }
    }
    summed.remove(0);
    summed
}
