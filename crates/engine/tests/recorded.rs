//! The engine against its twin over recorded trades: every file of them in the folder that
//! `BELLWETHER_DATA` names, every trade, with alerts whose levels are prices that were really traded.
//!
//! The twin is slow, so it goes through a file in slices: for some hundred trades of an instrument there
//! are a dozen alerts, then others take their place. The engine goes through the file as a whole. Without
//! the folder there is nothing to do, and the test says so.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use bellwether_engine::{Applied, Arming, Engine, Fire, InstrumentKey, Policy, Slot};
use bellwether_model::{
    AlertSpec, AlertState, Channel, Condition, Event, Instrument, Observation, Origin, Position, Price,
    Repeat, Span, State, Tick, Timestamp,
};
use bellwether_twin::{ArmAt, Twin, Verdict};

/// Trades of one instrument that one set of alerts lives through.
const SLICE: usize = 250;

/// How a file of trades writes them.
#[derive(Debug, Clone, Copy)]
enum Layout {
    /// `symbol,timestamp,local_timestamp,id,side,price,amount` below a header.
    Symbols,
    /// Binance's `aggTrades`, without a header: id, price, quantity, first, last, time, ...
    Aggregates,
    /// `timestamp,price,size` below a header, times in milliseconds, no ids.
    Bare,
}

const FILES: [(&str, Layout); 6] = [
    ("binance/trades/BTCUSDC-aggTrades-2025-10-08.csv.zst", Layout::Aggregates),
    ("binance/trades/coinm_trades_20251010.csv.zst", Layout::Symbols),
    ("binance/trades/spot_trades_20251010.csv.zst", Layout::Symbols),
    ("bitmex/xbtusd_trades_20180101_20180103.csv.zst", Layout::Bare),
    ("coinbase/trades_20251010.csv.zst", Layout::Symbols),
    ("multi/gemini_trades_20251010.csv.zst", Layout::Symbols),
];

#[test]
fn they_agree_on_every_recorded_trade() {
    let Some(folder) = std::env::var_os("BELLWETHER_DATA").map(PathBuf::from) else {
        skipped("BELLWETHER_DATA names no folder with recorded trades");
        return;
    };
    for (file, layout) in FILES {
        let path = folder.join(file);
        if !path.exists() {
            skipped(&format!("{file} is not there"));
            continue;
        }
        let tally = compare(&path, layout);
        println!("{file}: {} trades, {} stale, {} fires agree", tally.trades, tally.stale, tally.fires);
        assert!(tally.fires > 0, "{file}: nothing fired, so nothing was shown");
    }
}

/// Says what is not tested, past the test runner, which keeps what passing tests print to itself.
fn skipped(why: &str) {
    std::io::stdout()
        .write_all(format!("skipped: recorded trades: {why}\n").as_bytes())
        .expect("the output stands");
}

#[derive(Debug, Default)]
struct Tally {
    trades: u64,
    stale: u64,
    fires: u64,
}

fn compare(path: &Path, layout: Layout) -> Tally {
    let mut tally = Tally::default();
    let mut engine = Engine::new();
    let mut markets: BTreeMap<String, Market> = BTreeMap::new();
    let content = zstd::Decoder::new(File::open(path).expect("a file that can be opened"));
    let lines = BufReader::new(content.expect("a zstd file")).lines();
    for (number, line) in lines.enumerate() {
        let line = line.expect("a readable line");
        let Some((symbol, tick)) = read(&line, layout, number as u64) else {
            assert_eq!(number, 0, "only a header is no trade: {line}");
            continue;
        };
        if !markets.contains_key(symbol) {
            markets.insert(symbol.to_owned(), Market::new(symbol, &mut engine));
        }
        let market = markets.get_mut(symbol).expect("it was just inserted");
        market.slice.push(tick);
        if market.slice.len() == SLICE {
            market.play(&mut engine, &mut tally);
        }
    }
    for market in markets.values_mut() {
        market.play(&mut engine, &mut tally);
    }
    tally
}

fn read(line: &str, layout: Layout, number: u64) -> Option<(&str, Tick)> {
    let fields: Vec<&str> = line.split(',').collect();
    let price = |index: usize| fields[index].parse::<Price>().ok();
    let whole = |index: usize| fields[index].parse::<u64>().ok();
    let time = |index: usize| fields[index].parse::<i64>().ok();
    Some(match layout {
        Layout::Symbols => {
            let time = Timestamp::from_micros(time(1)?);
            (fields[0], Tick::numbered(price(5)?, time, whole(3)?))
        }
        Layout::Aggregates => {
            let time = Timestamp::from_micros(time(5)?);
            ("BTCUSDC", Tick::numbered(price(1)?, time, whole(0)?))
        }
        Layout::Bare => {
            let time = Timestamp::from_millis(time(0)?);
            ("XBTUSD", Tick::unnumbered(price(1)?, time, Position(number)))
        }
    })
}

/// One instrument: the trades that wait to be played, and the last one that was applied.
struct Market {
    name: Instrument,
    key: InstrumentKey,
    slice: Vec<Tick>,
    last: Option<Tick>,
    slices: usize,
}

impl Market {
    fn new(symbol: &str, engine: &mut Engine) -> Self {
        let name: Instrument = format!("push:recorded/{symbol}").parse().expect("an instrument's name");
        Self { key: engine.instrument(&name), name, slice: Vec::new(), last: None, slices: 0 }
    }

    /// Plays the waiting trades to the engine and to a twin that starts where the last slice ended.
    fn play(&mut self, engine: &mut Engine, tally: &mut Tally) {
        let slice = std::mem::take(&mut self.slice);
        let mut twin = Twin::new();
        if let Some(last) = self.last {
            twin.apply(&self.name, &live(last));
        }
        let mut slots = Vec::new();
        for (key, spec) in self.alerts(&slice).iter().enumerate() {
            let Ok(slot) = engine.arm(self.arming(spec, key as u64)) else {
                continue;
            };
            twin.arm(key as u64, spec, &ArmAt::Now, None, key as u64);
            slots.push((slot, key as u64));
        }
        for tick in slice {
            self.apply(tick, engine, &mut twin, &mut slots, tally);
        }
        slots.into_iter().for_each(|(slot, _)| engine.disarm(slot));
        self.slices += 1;
    }

    fn apply(
        &mut self,
        tick: Tick,
        engine: &mut Engine,
        twin: &mut Twin,
        slots: &mut Vec<(Slot, u64)>,
        tally: &mut Tally,
    ) {
        let mut fires: Vec<Fire> = Vec::new();
        let applied = engine.apply(self.key, &live(tick), &mut fires);
        let (verdict, expected) = twin.apply(&self.name, &live(tick));
        tally.trades += 1;
        match verdict {
            Verdict::Fresh => self.last = Some(tick),
            Verdict::Stale => tally.stale += 1,
            Verdict::Mixed => panic!("{}: a file is of one kind", self.name),
        }
        assert_eq!(verdict == Verdict::Fresh, matches!(applied, Applied::Fresh), "{} {tick:?}", self.name);
        assert_eq!(fires.len(), expected.len(), "{} {tick:?}: {fires:?} and {expected:?}", self.name);
        for (fire, expected) in fires.iter().zip(&expected) {
            let key = slots.iter().find(|(slot, _)| *slot == fire.slot).map(|&(_, key)| key);
            let told = (key, fire.number, fire.tick, fire.previous, &fire.measure, fire.ended);
            let twins = (
                Some(expected.alert),
                expected.number,
                tick,
                expected.previous_price,
                &expected.measure,
                expected.ended,
            );
            assert_eq!(told, twins, "{}", self.name);
            tally.fires += 1;
            if fire.ended {
                engine.disarm(fire.slot);
                slots.retain(|(slot, _)| *slot != fire.slot);
            }
        }
    }

    fn arming(&self, spec: &AlertSpec, order: u64) -> Arming {
        Arming {
            instrument: self.key,
            condition: spec.condition.clone(),
            policy: Policy { repeat: spec.repeat, expires_at: None, snoozed_until: None },
            state: AlertState {
                position: self.last.map(|tick| tick.position),
                has_reference: self.last.is_some(),
                ..AlertState::default()
            },
            order,
        }
    }

    /// One alert of each kind, with levels out of the slice itself, another choice for each slice.
    fn alerts(&self, slice: &[Tick]) -> Vec<AlertSpec> {
        // Any walk through the slice will do; these two steps share no factor with its length.
        let pick = |nth: usize| slice[(self.slices * 7 + nth * 131) % slice.len()].price;
        let (x, y) = (pick(0), pick(1));
        let (low, high) = (pick(2).min(pick(3)), pick(2).max(pick(3)));
        let event = Condition::Event;
        let state = |state| Condition::State { state, hold: None };
        let (lower, upper) = (x.min(y), x.max(y));
        let conditions = [
            event(Event::Crossing { price: x }),
            event(Event::CrossingUp { price: y }),
            event(Event::CrossingDown { price: pick(4) }),
            event(Event::EnteringChannel { low, high }),
            event(Event::ExitingChannel { low, high }),
            state(State::Above { price: x, reset: None }),
            state(State::Above { price: upper, reset: Some(lower) }),
            state(State::Below { price: y, reset: None }),
            state(State::Below { price: lower, reset: Some(upper) }),
            state(State::InsideChannel { low, high }),
            state(State::OutsideChannel { low, high }),
        ];
        let specs = conditions.into_iter().enumerate().map(|(nth, condition)| AlertSpec {
            name: String::new(),
            instrument: self.name.clone(),
            condition,
            repeat: repeat(self.slices + nth),
            expires_at: None,
            note: String::new(),
            message: String::new(),
            channels: vec![Channel::Email],
            tags: Vec::new(),
        });
        specs.collect()
    }
}

fn repeat(turn: usize) -> Repeat {
    let every = |cooldown_s, max_fires| Repeat::Every {
        cooldown: Span::from_seconds(cooldown_s).expect("a short span"),
        max_fires,
    };
    match turn % 4 {
        0 => every(0, None),
        1 => every(10, None),
        2 => every(1, Some(3)),
        _ => Repeat::Once,
    }
}

fn live(tick: Tick) -> Observation {
    Observation { tick, trades: None, origin: Origin::Live }
}
