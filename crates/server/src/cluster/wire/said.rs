//! What feeds say of themselves, as JSON: it is said seldom.

use std::time::Duration;

use bellwether_feeds::{BudgetUse, Coverage, Ending, FeedEvent, Gaps, Lag, Vitals};
use bellwether_model::{Instrument, Timestamp, Venue};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Said {
    venue: String,
    at: i64,
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Connected {
        connection: u64,
    },
    Disconnected {
        connection: u64,
        ending: String,
        why: Option<String>,
    },
    Unreachable {
        reason: String,
    },
    Breaker {
        question: String,
        open: Option<String>,
    },
    Vitals {
        /// p50 and p99, in microseconds.
        lag: Option<(u64, u64)>,
        /// Open, filled, lost.
        gaps: (u64, u64, u64),
        /// Used, limit, when it resets, until when we are to stay away.
        budget: Option<(u32, u32, i64, Option<i64>)>,
    },
    Coverage {
        instrument: Instrument,
        coverage: String,
        reason: Option<String>,
    },
}

pub(super) fn write(venue: Venue, at: Timestamp, event: &FeedEvent) -> String {
    let event = match event.clone() {
        FeedEvent::Connected { connection } => Event::Connected { connection },
        FeedEvent::Disconnected { connection, ending } => {
            let name = ending.name().to_owned();
            let why = if let Ending::Broken(why) = ending { Some(why) } else { None };
            Event::Disconnected { connection, ending: name, why }
        }
        FeedEvent::Unreachable { reason } => Event::Unreachable { reason },
        FeedEvent::Breaker { question, open } => Event::Breaker { question, open },
        FeedEvent::Vitals(Vitals { lag, gaps, budget }) => {
            let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            Event::Vitals {
                lag: lag.map(|lag| (micros(lag.p50), micros(lag.p99))),
                gaps: (gaps.open, gaps.filled, gaps.lost),
                budget: budget.map(|budget| {
                    let closed_until = budget.closed_until.map(Timestamp::micros);
                    (budget.used, budget.limit, budget.resets_at.micros(), closed_until)
                }),
            }
        }
        FeedEvent::Coverage { instrument, coverage } => {
            let (name, reason) = match coverage {
                Coverage::Dark => ("dark", None),
                Coverage::CatchingUp => ("catching_up", None),
                Coverage::Watched => ("watched", None),
                Coverage::Disabled => ("disabled", None),
                Coverage::Refused { reason } => ("refused", Some(reason)),
            };
            Event::Coverage { instrument, coverage: name.to_owned(), reason }
        }
    };
    let said = Said { venue: venue.name().to_owned(), at: at.micros(), event };
    serde_json::to_string(&said).unwrap_or_default()
}

pub(super) fn read(text: &str) -> Option<(Venue, Timestamp, FeedEvent)> {
    let Said { venue, at, event } = serde_json::from_str(text).ok()?;
    let event = match event {
        Event::Connected { connection } => FeedEvent::Connected { connection },
        Event::Disconnected { connection, ending, why } => {
            FeedEvent::Disconnected { connection, ending: ending_of(&ending, why)? }
        }
        Event::Unreachable { reason } => FeedEvent::Unreachable { reason },
        Event::Breaker { question, open } => FeedEvent::Breaker { question, open },
        Event::Vitals { lag, gaps: (open, filled, lost), budget } => FeedEvent::Vitals(Vitals {
            lag: lag
                .map(|(p50, p99)| Lag { p50: Duration::from_micros(p50), p99: Duration::from_micros(p99) }),
            gaps: Gaps { open, filled, lost },
            budget: budget.map(|(used, limit, resets_at, closed_until)| BudgetUse {
                used,
                limit,
                resets_at: Timestamp::from_micros(resets_at),
                closed_until: closed_until.map(Timestamp::from_micros),
            }),
        }),
        Event::Coverage { instrument, coverage, reason } => {
            let coverage = match coverage.as_str() {
                "dark" => Coverage::Dark,
                "catching_up" => Coverage::CatchingUp,
                "watched" => Coverage::Watched,
                "disabled" => Coverage::Disabled,
                "refused" => Coverage::Refused { reason: reason? },
                _ => return None,
            };
            FeedEvent::Coverage { instrument, coverage }
        }
    };
    Some((venue.parse().ok()?, Timestamp::from_micros(at), event))
}

fn ending_of(name: &str, why: Option<String>) -> Option<Ending> {
    let plain = [Ending::Closed, Ending::Silent, Ending::Unanswered, Ending::Stuck, Ending::Dismissed];
    match why {
        Some(why) => Some(Ending::Broken(why)),
        None => plain.into_iter().find(|ending| ending.name() == name),
    }
}
