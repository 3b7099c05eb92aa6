//! Drawn files against the twin: several instruments over several files, with and without ids, times that
//! run back, and alerts armed at all kinds of instants.
//!
//! The twin is told what `docs/semantics.md` says: which line comes when is found by looking at all lines that could
//! be next, and where an alert is armed by looking at all ticks.

use bellwether_model::{AlertSpec, Instrument, Measure, Observation, Origin, Position, Tick, Timestamp};
use bellwether_twin::{ArmAt, Twin, TwinFire, Verdict};

use crate::desk::Desk;

/// Files drawn; each is a test of its own with its own seed.
const ROUNDS: u64 = 200;

#[test]
fn backtests_agree_with_the_twin() {
    let mut fires = 0;
    for seed in 0..ROUNDS {
        let mut dice = Dice(seed);
        let files: Vec<Vec<Line>> = (0..1 + dice.roll(3)).map(|_| draw_file(&mut dice)).collect();
        let wishes: Vec<Wish> = (0..8).map(|_| draw_wish(&mut dice)).collect();
        let expected = judge(&wishes, &merged(&files));

        let alerts: Vec<String> = wishes.iter().map(Wish::json).collect();
        let texts: Vec<String> = files.iter().map(|file| file.iter().map(Line::csv).collect()).collect();
        let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        let (out, error) = Desk::new(&alerts.join("\n"), &bytes).run(false);
        assert_eq!(error, None, "seed {seed}");
        let printed: Vec<&str> = out.lines().collect();
        assert_eq!(printed, expected, "seed {seed}: {} over {texts:#?}", alerts.join("\n"));
        fires += printed.len();
    }
    assert!(fires > 100, "{fires} fires show little");
}

/// A number after another, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's MMIX generator; its upper bits are good enough here.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[derive(Debug, Clone, Copy)]
struct Line {
    instrument: u64,
    price: u64,
    time_s: i64,
    id: Option<u64>,
}

impl Line {
    fn csv(&self) -> String {
        let id = self.id.map_or(String::new(), |id| id.to_string());
        format!("push:t/{},{},{}000000,{id}\n", self.instrument, self.price, self.time_s)
    }
}

fn instrument(number: u64) -> Instrument {
    format!("push:t/{number}").parse().unwrap()
}

fn draw_file(dice: &mut Dice) -> Vec<Line> {
    let (mut time_s, mut id) = (0, 0);
    let lines = (0..dice.roll(40)).map(|_| {
        time_s += i64::try_from(dice.roll(4)).unwrap();
        // Now and then nothing comes for a while.
        time_s += if dice.roll(10) == 0 { 9 } else { 0 };
        id += dice.roll(3);
        let instrument = dice.roll(3);
        let behind_s = if dice.roll(6) == 0 { i64::try_from(dice.roll(8)).unwrap() } else { 0 };
        Line {
            instrument,
            price: 98 + dice.roll(5),
            time_s: time_s - behind_s,
            // Of the three instruments the last has no ids.
            id: (instrument < 2).then_some(id),
        }
    });
    lines.collect()
}

struct Wish {
    instrument: u64,
    condition: String,
    repeat: &'static str,
    armed_s: Option<i64>,
}

impl Wish {
    fn json(&self) -> String {
        let armed_at = self
            .armed_s
            .map_or(String::new(), |s| format!(r#","armed_at":"{}""#, Timestamp::from_micros(s * 1_000_000)));
        format!(
            r#"{{"instrument":"push:t/{}","condition":{},"repeat":{}{armed_at}}}"#,
            self.instrument, self.condition, self.repeat
        )
    }

    fn spec(&self) -> AlertSpec {
        serde_json::from_str(&format!(
            r#"{{"instrument":"push:t/{}","condition":{},"repeat":{}}}"#,
            self.instrument, self.condition, self.repeat
        ))
        .unwrap()
    }
}

fn draw_wish(dice: &mut Dice) -> Wish {
    let (low, high) = (98 + dice.roll(3), 100 + dice.roll(3));
    let kinds = ["crossing", "crossing_up", "crossing_down", "above", "below"];
    let channels = ["entering_channel", "exiting_channel", "inside_channel", "outside_channel"];
    let window = 10 + dice.roll(20);
    let percent = ["0.5", "1", "2"][usize::try_from(dice.roll(3)).unwrap()];
    let direction = ["up", "down", "either"][usize::try_from(dice.roll(3)).unwrap()];
    let one_way = direction.replace("either", "down");
    let condition = match usize::try_from(dice.roll(16)).unwrap() {
        9 => format!(
            r#"{{"type":"moving","percent":"{percent}","direction":"{direction}","window":"{window}s"}}"#
        ),
        10 => format!(r#"{{"type":"change","percent":"{percent}","direction":"{direction}"}}"#),
        11 => format!(r#"{{"type":"trailing","amount":"2","direction":"{one_way}"}}"#),
        12 => format!(r#"{{"type":"new_high","window":"{window}s"}}"#),
        13 => format!(r#"{{"type":"above","price":"{high}","reset":"{low}","for":"3s"}}"#),
        14 => format!(
            r#"{{"type":"any","of":[{{"type":"new_low","window":"{window}s"}},{{"type":"above","price":"{high}","instrument":"push:t/{}"}}]}}"#,
            dice.roll(3)
        ),
        15 => format!(r#"{{"type":"silent","for":"{}s"}}"#, 10 + dice.roll(5)),
        kind @ 0..5 => format!(r#"{{"type":"{}","price":"{high}"}}"#, kinds[kind]),
        kind => format!(r#"{{"type":"{}","low":"{low}","high":"{high}"}}"#, channels[kind - 5]),
    };
    let repeats =
        [r#"{"mode":"once"}"#, r#"{"mode":"every"}"#, r#"{"mode":"every","cooldown":"5s","max_fires":3}"#];
    Wish {
        instrument: dice.roll(3),
        condition,
        repeat: repeats[usize::try_from(dice.roll(3)).unwrap()],
        armed_s: (dice.roll(3) > 0).then(|| i64::try_from(dice.roll(50)).unwrap() - 2),
    }
}

/// "Several files are merged by the time of their next lines, the file named first going first where times
/// are equal."
fn merged(files: &[Vec<Line>]) -> Vec<Line> {
    let mut rest: Vec<&[Line]> = files.iter().map(Vec::as_slice).collect();
    let mut all = Vec::new();
    while let Some(earliest) = rest.iter().filter_map(|file| file.first()).map(|line| line.time_s).min() {
        let next =
            rest.iter_mut().find(|file| file.first().is_some_and(|line| line.time_s == earliest)).unwrap();
        let file: &[Line] = next;
        let (line, others) = file.split_first().unwrap();
        all.push(*line);
        *next = others;
    }
    all
}

fn judge(wishes: &[Wish], lines: &[Line]) -> Vec<String> {
    let ticks: Vec<(Instrument, Tick)> = lines.iter().enumerate().map(tick).collect();
    // A first run, without alerts, tells which ticks are applied.
    let mut first = Twin::new();
    let applied: Vec<&(Instrument, Tick)> =
        ticks.iter().filter(|(of, tick)| first.apply(of, &live(*tick)).0 == Verdict::Fresh).collect();
    let mut twin = Twin::new();
    for (key, wish) in wishes.iter().enumerate() {
        let spec = wish.spec();
        // "After the last tick with `time <= armed_at`, or before the first tick where it is absent."
        let last = |instrument: &Instrument| {
            let armed_at = Timestamp::from_micros(wish.armed_s? * 1_000_000);
            let upto = |(of, tick): &&&(Instrument, Tick)| of == instrument && tick.time <= armed_at;
            applied.iter().rev().find(upto).map(|(_, tick)| tick.position)
        };
        let at = spec.instruments().into_iter().map(|of| (of.clone(), last(of))).collect();
        let armed_at = wish.armed_s.map(|s| Timestamp::from_micros(s * 1_000_000));
        twin.arm(key as u64, &spec, &ArmAt::Positions(at), armed_at, key as u64);
    }
    let fires = applied.into_iter().flat_map(|(of, tick)| {
        // What a file does not hold did not happen.
        let mut fires = twin.silence(of, tick.time, Timestamp::from_micros(i64::MIN));
        fires.extend(twin.apply(of, &live(*tick)).1);
        fires
    });
    fires.map(|fire| printed(&fire)).collect()
}

fn tick((number, line): (usize, &Line)) -> (Instrument, Tick) {
    let price = line.price.to_string().parse().unwrap();
    let time = Timestamp::from_micros(line.time_s * 1_000_000);
    let tick = match line.id {
        Some(id) => Tick::numbered(price, time, id),
        None => Tick::unnumbered(price, time, Position(number as u64)),
    };
    (instrument(line.instrument), tick)
}

fn live(tick: Tick) -> Observation {
    Observation { tick, trades: None, origin: Origin::Live }
}

fn printed(fire: &TwinFire) -> String {
    // Neither threshold nor reference for composites.
    let measure = match &fire.measure {
        Measure::Parts(_) => "}".to_owned(),
        Measure::SilentSince(time) => format!(r#","silent_since_us":{}}}"#, time.micros()),
        measure => serde_json::to_string(measure).unwrap().replacen('{', ",", 1),
    };
    format!(
        r#"{{"alert_id":{},"fire":{},"instrument":"{}","time_us":{},"id":{},"price":"{}","previous_price":{}{measure}"#,
        fire.alert,
        fire.number,
        fire.instrument,
        fire.time.micros(),
        serde_json::to_string(&fire.id).unwrap(),
        fire.price,
        serde_json::to_string(&fire.previous_price).unwrap(),
    )
}
