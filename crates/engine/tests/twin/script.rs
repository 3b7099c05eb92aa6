//! A script: what happens to a few instruments and alerts, step by step, and how it is printed.

use std::fmt;

use bellwether_model::{Condition, Origin, Price, Repeat, words};

/// Instruments in a script.
pub(crate) const INSTRUMENTS: usize = 3;
/// Alerts in a script.
pub(crate) const ALERTS: usize = 6;

/// What happens, in order.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// Whether each instrument's venue numbers its ticks.
    pub(crate) numbered: [bool; INSTRUMENTS],
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A tick comes.
    Tick(DrawnTick),
    /// An alert is made, or its instrument and condition are edited: it is armed anew.
    Arm { alert: usize, wish: Box<Wish> },
    /// It is paused.
    Pause { alert: usize },
    /// It is resumed, or enabled again after it ended.
    Resume { alert: usize },
    /// Its repeat rule, its expiry or its snoozing is edited.
    Amend { alert: usize, terms: Terms },
    /// Nobody watches the instrument for a while.
    Gap { instrument: usize },
    /// Time goes on, and nothing came of the instrument up to an instant before that.
    Quiet { instrument: usize, after_us: i64, behind_us: i64 },
    /// The state of everything is saved.
    Checkpoint,
    /// The engine is lost, and another goes on from what was saved: the last checkpoint, and each fire
    /// and each edit since.
    Crash,
}

/// A tick as drawn; its place in the sequence depends on what was before it.
#[derive(Debug, Clone)]
pub(crate) struct DrawnTick {
    pub(crate) instrument: usize,
    pub(crate) price: Price,
    /// How far the clock moves on before it, in microseconds.
    pub(crate) after_us: i64,
    /// How far its time lies behind the clock.
    pub(crate) behind_us: i64,
    /// How far its number lies after the last one: 1 most often; 0 and less is a redelivery.
    pub(crate) advance: i64,
    /// Whether it has an id where the instrument's ticks have none, or the reverse.
    pub(crate) wrong_kind: bool,
    pub(crate) origin: Origin,
}

/// An alert as drawn.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) instrument: usize,
    pub(crate) condition: Condition,
    pub(crate) terms: Terms,
    /// Whether the instant of acceptance is known.
    pub(crate) accepted: bool,
    /// How many positions ahead of the newest tick it is armed.
    pub(crate) ahead: u64,
}

/// How often and until when; instants in seconds on the script's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) repeat: Repeat,
    pub(crate) expires_s: Option<i64>,
    pub(crate) snoozed_s: Option<i64>,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (instrument, numbered) in self.numbered.iter().enumerate() {
            let ids = if *numbered { "with ids" } else { "without ids" };
            writeln!(f, "instrument {instrument}: {ids}")?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Tick(tick) => tick.fmt(f),
            Step::Arm { alert, wish } => write!(f, "arm alert {alert}: {wish}"),
            Step::Pause { alert } => write!(f, "pause alert {alert}"),
            Step::Resume { alert } => write!(f, "resume alert {alert}"),
            Step::Amend { alert, terms } => write!(f, "amend alert {alert}: {terms}"),
            Step::Gap { instrument } => write!(f, "gap on instrument {instrument}"),
            Step::Quiet { instrument, after_us, behind_us } => {
                write!(f, "+{after_us} us: instrument {instrument} was quiet up to {behind_us} us before")
            }
            Step::Checkpoint => f.write_str("checkpoint"),
            Step::Crash => f.write_str("crash"),
        }
    }
}

impl fmt::Display for DrawnTick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instrument, price, after_us, behind_us, advance, wrong_kind, origin } = self;
        write!(f, "+{after_us} us: instrument {instrument} at {price}")?;
        if *behind_us != 0 {
            write!(f, ", {behind_us} us behind")?;
        }
        if *advance != 1 {
            write!(f, ", {advance} numbers on")?;
        }
        if *wrong_kind {
            f.write_str(", of the wrong kind")?;
        }
        match origin {
            Origin::Live => Ok(()),
            Origin::Refilled => f.write_str(", refilled"),
            Origin::Candle => f.write_str(", from a candle"),
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = words::condition(&self.condition);
        write!(f, "instrument {} {} ({condition}), {}", self.instrument, self.condition.name(), self.terms)?;
        if self.accepted {
            f.write_str(", accepted now")?;
        }
        if self.ahead > 0 {
            write!(f, ", {} positions ahead", self.ahead)?;
        }
        Ok(())
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::repeat(self.repeat))?;
        if let Some(s) = self.expires_s {
            write!(f, ", expires at {s} s")?;
        }
        if let Some(s) = self.snoozed_s {
            write!(f, ", snoozed until {s} s")?;
        }
        Ok(())
    }
}
