//! Several fires in one message: what happened and when, a line or two each.

use bellwether_model::{Measure, Timestamp, words};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{own, times};
use crate::message::{Combined, Together};
use crate::plain;

/// Fires that are listed one by one in a mail; in a chat as many of the first ones as there is room for.
const LISTED: usize = 50;
/// How many are listed where there was no room for more, one after the other.
const SHORTER: [usize; 5] = [20, 10, 5, 3, 1];
/// Characters of an alert's name that are told.
const NAME_CHARS: usize = 100;

/// What `combined.txt`, `combined.html` and the chats' templates place.
#[derive(Debug, Serialize)]
pub(super) struct CombinedView {
    pub(super) title: String,
    preview: String,
    why: String,
    items: Vec<Item>,
    /// Fires that are not listed.
    more: usize,
    zone: Option<String>,
    open: Option<String>,
    delivery: String,
    #[serde(skip)]
    shortened: usize,
}

#[derive(Debug, Serialize)]
struct Item {
    /// What its owner wants it to say, in a line.
    own: Option<String>,
    headline: String,
    name: String,
    time: String,
    price: String,
    threshold: Option<String>,
}

impl CombinedView {
    /// Lists fewer. False where only one is left.
    pub(super) fn shorten(&mut self) -> bool {
        let Some(&most) = SHORTER.get(self.shortened) else { return false };
        self.shortened += 1;
        let left_out = self.items.len().saturating_sub(most);
        self.items.truncate(most);
        self.more += left_out;
        true
    }
}

/// Prepares a message of several fires.
pub(super) fn view(combined: &Combined, sent_at: Timestamp) -> CombinedView {
    let zone = times::zone(&combined.reader.time_zone);
    let title = title(combined, &zone);
    let why = why(combined, sent_at);
    let items: Vec<Item> = combined.fires.iter().take(LISTED).map(|fired| item(fired, &zone)).collect();
    CombinedView {
        preview: items.first().map_or_else(String::new, |item| format!("{} · {}", item.headline, item.time)),
        title,
        why,
        more: combined.fires.len() - items.len(),
        items,
        zone: combined.fires.first().and_then(|fired| times::zone_at(fired.evidence.time, &zone)),
        open: combined.open.clone(),
        delivery: combined.delivery.to_string(),
        shortened: 0,
    }
}

/// "12 alerts fired between 10:00 and 10:45", or of one alert alone: "BTC reaches 33k fired 12 times ...".
pub(crate) fn title(combined: &Combined, zone: &TimeZone) -> String {
    let count = combined.fires.len();
    let times = combined.fires.iter().map(|fired| fired.evidence.time);
    let when = match (times.clone().min(), times.max()) {
        (Some(first), Some(last)) => times::between(first, last, zone),
        _ => String::new(),
    };
    let alert = |fired: &crate::AlertFired| (fired.alert, fired.alert_name.clone());
    let mut alerts: Vec<_> = combined.fires.iter().map(alert).collect();
    alerts.sort();
    alerts.dedup_by_key(|(id, _)| *id);
    match &alerts[..] {
        [(_, name)] if !name.is_empty() => {
            format!("{} fired {count} times {when}", plain::bounded_line(name, NAME_CHARS))
        }
        [_] => format!("An alert fired {count} times {when}"),
        alerts if alerts.len() == count => format!("{count} alerts fired {when}"),
        alerts => format!("{} alerts fired {count} times {when}", alerts.len()),
    }
}

fn why(combined: &Combined, sent_at: Timestamp) -> String {
    let first = combined.fires.iter().map(|fired| fired.evaluated_at).min();
    let waited = times::span(first.map_or(0, |first| sent_at.micros_since(first)));
    match combined.why {
        Together::Pace => {
            "They came faster than one message each may be sent here, so this one tells of all \
                           of them."
                .to_owned()
        }
        Together::Late => {
            format!("Late: the first of them could not be sent for {waited}, so one message tells of all.")
        }
        Together::QuietHours => "They came in your quiet hours and were held until now.".to_owned(),
        Together::Throttled => "It fires so often that one message tells of many fires.".to_owned(),
    }
}

fn item(fired: &crate::AlertFired, zone: &TimeZone) -> Item {
    Item {
        own: own::of_fire(fired).map(|own| own.subject),
        headline: super::headline(fired),
        name: plain::bounded_line(&fired.alert_name, NAME_CHARS),
        time: times::local(fired.evidence.time, zone),
        price: words::number(fired.evidence.price),
        threshold: match fired.evidence.measure {
            Measure::Threshold(price) | Measure::Reference(price) => Some(words::number(price)),
            Measure::Parts(_) | Measure::SilentSince(_) => None,
        },
    }
}
