//! A schedule in words, for messages and lists.

use super::Schedule;
use crate::words::span;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) fn words(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Every { every } => match span(*every).strip_prefix("1 ") {
            Some(unit) => format!("every {unit}"),
            None => format!("every {}", span(*every)),
        },
        Schedule::Daily { every, at, time_zone } => match span(*every).strip_prefix("1 ") {
            Some(unit) => format!("at {at} every {unit}, {time_zone}"),
            None => format!("at {at} every {}, {time_zone}", span(*every)),
        },
        Schedule::Cron { cron, time_zone } => match plain(cron) {
            Some(words) => format!("{words}, {time_zone}"),
            None => format!("by the cron expression {cron}, {time_zone}"),
        },
    }
}

/// The usual expressions in words; nothing for any other.
fn plain(cron: &str) -> Option<String> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    if month != "*" {
        return None;
    }
    if hour == "*" && day == "*" && weekday == "*" {
        return match (minute, minute.strip_prefix("*/").and_then(whole)) {
            ("*", _) | (_, Some(1)) => Some("every minute".to_owned()),
            // Any other step starts anew with each hour, and is no even rhythm.
            (_, Some(step)) if 60 % step == 0 => Some(format!("every {step} minutes")),
            _ => whole(minute).map(|minute| format!("at minute {minute} of every hour")),
        };
    }
    let at = format!("at {:02}:{:02}", whole(hour)?, whole(minute)?);
    match (day, weekday) {
        ("*", "*") => Some(format!("{at} every day")),
        ("*", "1-5") => Some(format!("{at} from Monday to Friday")),
        ("*", _) => Some(format!("{at} every {}", WEEKDAYS.get(whole(weekday)? % 7)?)),
        (_, "*") => Some(format!("{at} on day {} of every month", whole(day)?)),
        _ => None,
    }
}

fn whole(text: &str) -> Option<usize> {
    let digits = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| digits && (number > 0 || text.bytes().all(|byte| byte == b'0')))
}
