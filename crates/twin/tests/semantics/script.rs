//! Cases as short texts.
//!
//! A script is a list of words, one step each, `a`, `b`, ... being instruments and `a` the alert's own:
//!
//! | word | step |
//! |---|---|
//! | `102@3` | a tick of `a`: price 102 at second 3 |
//! | `b:102@3` | a tick of `b` |
//! | `102@3#7` | a tick with the id 7; without one it has none |
//! | `102@3r`, `102@3c` | a tick that was refilled, or that stands for a candle |
//! | `arm` | the alert is armed, anew where it was armed before |
//! | `arm@3` | the same, accepted at second 3 |
//! | `arm>7` | armed after the position 7 of `a`, which is still to come |
//! | `disarm` | the alert is paused |
//! | `snooze@9` | it is snoozed until second 9 |
//! | `every`, `once` | its repeat rule is edited |
//! | `gap`, `b:gap` | nobody watched the instrument from here on |
//! | `quiet@70` | nothing more came up to second 70, that one excluded |
//! | `watched@9` | what is said to be quiet was watched without a gap from second 9 on |
//!
//! Fires are words of the same form as ticks, with all evidence where it is asked for.

use bellwether_model::{
    AlertSpec, Channel, Condition, Instrument, Measure, Observation, Origin, Position, Repeat, Tick,
    Timestamp,
};
use bellwether_twin::{ArmAt, Twin, TwinFire, TwinPolicy, Verdict};

/// Once, the default.
pub(crate) const ONCE: &str = r#"{"mode":"once"}"#;
/// Every time.
pub(crate) const EVERY: &str = r#"{"mode":"every"}"#;

/// Runs a script and compares the places of its fires: `103@2 b:102@3`.
#[track_caller]
pub(crate) fn check(script: &str, repeat: &str, condition: &str, expected: &str) {
    let fires = run(script, &alert(repeat, condition));
    let places: Vec<String> = fires.iter().map(place).collect();
    assert_eq!(places.join(" "), expected, "{condition} {repeat} over: {script}");
}

/// Runs a script and compares all evidence of its fires: `1: 103@2 after 101, threshold 102, ended`.
#[track_caller]
pub(crate) fn check_evidence(script: &str, repeat: &str, condition: &str, expected: &[&str]) {
    let fires = run(script, &alert(repeat, condition));
    let evidence: Vec<String> = fires.iter().map(told).collect();
    assert_eq!(evidence, expected, "{condition} {repeat} over: {script}");
}

/// An alert on `a`.
pub(crate) fn alert(repeat: &str, condition: &str) -> AlertSpec {
    AlertSpec {
        name: String::new(),
        instrument: instrument("a"),
        condition: serde_json::from_str::<Condition>(condition).unwrap(),
        repeat: serde_json::from_str::<Repeat>(repeat).unwrap(),
        expires_at: None,
        note: String::new(),
        message: String::new(),
        channels: vec![Channel::Email],
        tags: Vec::new(),
    }
}

/// The fires of one alert over a script.
pub(crate) fn run(script: &str, alert: &AlertSpec) -> Vec<TwinFire> {
    let mut stage = Stage::new(alert);
    script.split_whitespace().for_each(|word| stage.step(word));
    stage.fires
}

/// The verdicts on the ticks of a script.
pub(crate) fn verdicts(script: &str) -> Vec<Verdict> {
    let mut stage = Stage::new(&alert(ONCE, r#"{"type":"above","price":"1"}"#));
    script.split_whitespace().for_each(|word| stage.step(word));
    stage.verdicts
}

struct Stage {
    twin: Twin,
    alert: AlertSpec,
    policy: TwinPolicy,
    entered: u64,
    watched_since: Timestamp,
    fires: Vec<TwinFire>,
    verdicts: Vec<Verdict>,
}

impl Stage {
    fn new(alert: &AlertSpec) -> Self {
        Self {
            twin: Twin::new(),
            alert: alert.clone(),
            policy: TwinPolicy { repeat: alert.repeat, expires_at: alert.expires_at, snoozed_until: None },
            entered: 0,
            watched_since: Timestamp::from_micros(i64::MIN),
            fires: Vec::new(),
            verdicts: Vec::new(),
        }
    }

    fn step(&mut self, word: &str) {
        let (of, what) = word.split_once(':').unwrap_or(("a", word));
        let of = instrument(of);
        let (verb, at) = what.split_once('@').unwrap_or((what, ""));
        match verb {
            "arm" => self.arm(&ArmAt::Now, (!at.is_empty()).then(|| second(at))),
            "disarm" => self.twin.disarm(1),
            "gap" => self.twin.interrupt(&of),
            "watched" => self.watched_since = second(at),
            "quiet" => self.fires.extend(self.twin.silence(&of, second(at), self.watched_since)),
            "snooze" => self.amend(|policy| policy.snoozed_until = Some(second(at))),
            "every" | "once" => {
                let repeat = serde_json::from_str(if verb == "once" { ONCE } else { EVERY }).unwrap();
                self.amend(|policy| policy.repeat = repeat);
            }
            _ => match what.strip_prefix("arm>") {
                Some(position) => {
                    let position = Position(position.parse().unwrap());
                    self.arm(&ArmAt::Positions(vec![(of, Some(position))]), None);
                }
                None => self.tick(&of, verb, at),
            },
        }
    }

    fn arm(&mut self, at: &ArmAt, accepted_at: Option<Timestamp>) {
        self.twin.arm(1, &self.alert, at, accepted_at, 0);
    }

    fn amend(&mut self, change: impl FnOnce(&mut TwinPolicy)) {
        change(&mut self.policy);
        self.twin.amend(1, self.policy);
    }

    fn tick(&mut self, of: &Instrument, price: &str, rest: &str) {
        let (rest, origin) = match rest.as_bytes().last() {
            Some(b'r') => (&rest[..rest.len() - 1], Origin::Refilled),
            Some(b'c') => (&rest[..rest.len() - 1], Origin::Candle),
            _ => (rest, Origin::Live),
        };
        let (price, (time, id)) = (price.parse().unwrap(), rest.split_once('#').unwrap_or((rest, "")));
        self.entered += 1;
        let tick = match id.parse() {
            Ok(id) => Tick::numbered(price, second(time), id),
            Err(_) => Tick::unnumbered(price, second(time), Position(self.entered)),
        };
        let (verdict, fires) = self.twin.apply(of, &Observation { tick, trades: None, origin });
        self.verdicts.push(verdict);
        self.fires.extend(fires);
    }
}

pub(crate) fn instrument(name: &str) -> Instrument {
    format!("push:test/{name}").parse().unwrap()
}

pub(crate) fn second(text: &str) -> Timestamp {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let micros: i64 = format!("{decimals:0<6}").parse().unwrap();
    Timestamp::from_micros(whole.parse::<i64>().unwrap() * 1_000_000 + micros)
}

fn place(fire: &TwinFire) -> String {
    let of = match fire.instrument.symbol() {
        "test/a" => "",
        "test/b" => "b:",
        _ => "c:",
    };
    let micros = fire.time.micros();
    let mut text = format!("{of}{}@{}", fire.price, micros / 1_000_000);
    if micros % 1_000_000 != 0 {
        let decimals = format!("{:06}", micros % 1_000_000);
        text.push('.');
        text.push_str(decimals.trim_end_matches('0'));
    }
    if let Some(id) = fire.id {
        text.push_str(&format!("#{id}"));
    }
    text
}

fn told(fire: &TwinFire) -> String {
    let q = fire.previous_price.map_or("nothing".to_owned(), |q| q.to_string());
    let measure = match &fire.measure {
        Measure::Threshold(price) => format!("threshold {price}"),
        Measure::Reference(price) => format!("reference {price}"),
        Measure::Parts(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| format!("{} {} {}", part.instrument.symbol(), part.kind, part.holds))
                .collect();
            parts.join(" and ")
        }
        Measure::SilentSince(time) => format!("silent since {}", time.micros() / 1_000_000),
    };
    let ended = if fire.ended { ", ended" } else { "" };
    format!("{}: {} after {q}, {measure}{ended}", fire.number, place(fire))
}
