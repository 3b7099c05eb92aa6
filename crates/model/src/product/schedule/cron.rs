//! Cron expressions of five fields: minute, hour, day of the month, month, day of the week.
//!
//! The expression is matched against what the clocks show; what that means where they are changed is said
//! in [`super::local`].

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use super::local;
use crate::{Span, Timestamp, limits};

/// Characters of an expression at most.
const CHARS: usize = 200;
/// How many firings, over how many days, are looked at to tell how often an expression fires.
const LOOKED_AT: usize = 300;
const LOOKED_AT_DAYS: i64 = 400;
/// In these years every day of the year falls on every day of the week: what does not fire in them never does.
const SOME_YEARS: &str = "2000-2039";

/// Why a text is not a cron expression that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CronFault {
    #[error(
        "must have five fields: minute, hour, day of the month, month, day of the week, \
         such as '0 9 * * *' for every day at nine"
    )]
    Fields,
    #[error("must be a cron expression such as '0 9 * * 1-5': {0}")]
    Syntax(String),
    #[error("never fires: there is no such day")]
    Never,
}

/// The expression with single spaces, if it can be used.
pub(super) fn read(text: &str) -> Result<String, CronFault> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 5 || text.len() > CHARS || text.contains('@') {
        return Err(CronFault::Fields);
    }
    // The reader of expressions knows a sign of its own, +, that nobody else does.
    if !text.is_ascii() || text.contains('+') {
        return Err(CronFault::Syntax("it may have plain letters, digits and * / , - # only".to_owned()));
    }
    let spaced = fields.join(" ");
    parser().parse(&spaced).map_err(|error| CronFault::Syntax(error.to_string()))?;
    match fires(&spaced) {
        true => Ok(spaced),
        false => Err(CronFault::Never),
    }
}

/// The first instant later than `after` at which the expression fires.
pub(super) fn next(expression: &str, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let cron = parser().parse(expression).ok()?;
    let mut clock = local::shown(after, zone)?;
    loop {
        clock = next_shown(&cron, clock)?;
        let instant = local::instant(clock, zone)?;
        // While the clocks show an hour again, its times stand for instants that have passed.
        if instant > after {
            return Some(instant);
        }
    }
}

/// The shortest time from one firing to the next, by the clock.
pub(super) fn shortest(expression: &str) -> Span {
    let minute = Span::from_seconds(limits::SCHEDULE_MIN_S).unwrap_or_default();
    let Ok(cron) = parser().parse(expression) else { return minute };
    let mut shown = next_shown(&cron, start());
    let mut least: Option<i64> = None;
    for _ in 0..LOOKED_AT {
        let Some(clock) = shown else { break };
        shown = next_shown(&cron, clock);
        let Some(apart) = shown.map(|next| next.duration_since(clock).as_secs()) else { break };
        least = Some(least.map_or(apart, |least| least.min(apart)));
        let looked_at_days = clock.duration_since(start()).as_hours() / 24;
        if least == Some(minute.micros() / 1_000_000) || looked_at_days > LOOKED_AT_DAYS {
            break;
        }
    }
    least.and_then(|least| Span::from_seconds(least.unsigned_abs()).ok()).unwrap_or(minute)
}

/// Whether the expression fires at all. With the years named, nobody looks through all that there are.
fn fires(expression: &str) -> bool {
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required).build();
    let cron = parser.parse(&format!("0 {expression} {SOME_YEARS}"));
    cron.is_ok_and(|cron| next_shown(&cron, start()).is_some())
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

/// From where on a firing is looked for: any day will do, the calendar repeats itself.
fn start() -> DateTime {
    date(2000, 1, 1).at(0, 0, 0, 0)
}

fn next_shown(cron: &Cron, clock: DateTime) -> Option<DateTime> {
    cron.find_next_occurrence(&clock, false).ok()
}
