//! A fire as its templates place it: every word and figure prepared.

use bellwether_model::{
    Evidence, Measure, Repeat, Resolution, Span, Status, Timestamp, Venue, figures, words,
};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::own::{self, Own};
use super::price_chart::{self, ChartView};
use super::times;
use crate::AlertFired;
use crate::plain;

/// From this many microseconds between evaluation and sending on, the message says that it is late.
const LATE_SENDING_US: i64 = 60_000_000;

/// What `fired.txt` and `fired.html` place.
#[derive(Debug, Serialize)]
pub(super) struct FiredView {
    pub(super) subject: String,
    /// What its owner wants it to say.
    own: Option<Own>,
    title: String,
    preview: String,
    name: String,
    /// Venue, symbol and price of the tick, which in a composite may be another instrument's.
    venue: &'static str,
    symbol: String,
    price: String,
    change: Option<String>,
    way: &'static str,
    late: Vec<String>,
    chart: Option<ChartView>,
    rows: Vec<Row>,
    parts: Vec<Part>,
    note: Vec<String>,
    why: String,
    next: String,
    links: Links,
    alert: String,
    delivery: String,
    /// How often it was shortened.
    #[serde(skip)]
    shortened: u8,
}

/// Characters of a note that was shortened once.
const SHORT_NOTE_CHARS: usize = 500;
/// Characters of a name in the shortest view.
const SHORT_NAME_CHARS: usize = 80;

impl FiredView {
    /// Tells less: first of the note, then of the condition, then only what happened and when. False
    /// where there is nothing left to leave out.
    pub(super) fn shorten(&mut self) -> bool {
        self.shortened += 1;
        match self.shortened {
            1 if self.note.is_empty() => {}
            1 => self.note = vec![plain::bounded_line(&self.note.join(" "), SHORT_NOTE_CHARS)],
            2 => {
                self.parts.clear();
                self.rows.retain(|row| row.label != "Condition");
            }
            3 => {
                self.name = plain::bounded_line(&self.name, SHORT_NAME_CHARS);
                self.note.clear();
                self.own.iter_mut().for_each(Own::shorten);
                self.why.clear();
                self.rows.retain(|row| row.label.starts_with("Time"));
            }
            _ => return false,
        }
        true
    }
}

/// One fact: its label, its value, and what is said beside it.
#[derive(Debug, Serialize)]
struct Row {
    label: &'static str,
    value: String,
    beside: Option<String>,
}

#[derive(Debug, Serialize)]
struct Part {
    words: String,
    holds: bool,
}

#[derive(Debug, Serialize)]
struct Links {
    open: Option<String>,
    stop: Option<String>,
}

/// Prepares a fire.
pub(super) fn view(alert: &AlertFired, sent_at: Timestamp) -> FiredView {
    let evidence = &alert.evidence;
    let zone = times::zone(&alert.reader.time_zone);
    let headline = super::headline(alert);
    let own = own::of_fire(alert);
    let usual = || format!("{headline} · {}", alert.instrument.venue().title());
    FiredView {
        subject: own.as_ref().map_or_else(usual, |own| own.subject.clone()),
        own,
        preview: preview(alert, &zone),
        title: headline,
        name: plain::line(&alert.alert_name),
        venue: evidence.instrument.venue().title(),
        symbol: plain::line(evidence.instrument.symbol()),
        price: words::number(evidence.price),
        change: evidence.previous_price.and_then(|q| figures::change(q, evidence.price)),
        way: way(evidence),
        late: late(alert, sent_at),
        chart: price_chart::view(alert, &zone),
        rows: rows(alert, &zone, sent_at),
        parts: parts(alert),
        note: plain::lines(&alert.note),
        why: why(alert),
        next: next(alert, &zone),
        links: Links {
            open: alert.links.open.clone(),
            stop: alert.links.stop.clone().filter(|_| alert.watches_on()),
        },
        alert: alert.alert.to_string(),
        delivery: alert.delivery.to_string(),
        shortened: 0,
    }
}

/// The line that mail programs show beside the subject.
fn preview(alert: &AlertFired, zone: &TimeZone) -> String {
    let time = times::local(alert.evidence.time, zone);
    match plain::line(&alert.alert_name) {
        name if name.is_empty() => time,
        name => format!("{name} · {time}"),
    }
}

/// Which way the price went, for the colour of the figure.
fn way(evidence: &Evidence) -> &'static str {
    match evidence.previous_price {
        Some(before) if before < evidence.price => "up",
        Some(before) if before > evidence.price => "down",
        Some(_) | None => "level",
    }
}

fn rows(alert: &AlertFired, zone: &TimeZone, sent_at: Timestamp) -> Vec<Row> {
    let evidence = &alert.evidence;
    let row = |label, value, beside| Row { label, value, beside };
    let condition =
        plain::line(&format!("{} {}", alert.instrument.symbol(), words::condition(&alert.condition)));
    let mut rows = vec![
        row("Instrument", named(alert), Some(plain::line(alert.instrument.as_str()))),
        row("Condition", condition, Some(words::repeat(alert.repeat))),
    ];
    if evidence.instrument != alert.instrument {
        rows.push(row("Price of", plain::line(evidence.instrument.as_str()), None));
    }
    rows.push(row("Price", words::number(evidence.price), None));
    if let Some(before) = evidence.previous_price {
        let change = figures::change(before, evidence.price).map(|change| format!("{change} since"));
        rows.push(row("Price before", words::number(before), change));
    }
    rows.extend(measured(evidence));
    if let Measure::SilentSince(last) = evidence.measure {
        rows.push(row("Last trade", times::local(last, zone), times::zone_at(last, zone)));
    }
    rows.push(row("Time", times::local(evidence.time, zone), times::zone_at(evidence.time, zone)));
    if *zone != TimeZone::UTC {
        rows.push(row("Time in UTC", times::utc(evidence.time), None));
    }
    rows.push(row("Speed", speed(alert, sent_at), None));
    rows
}

/// "BTCUSDT on Binance".
fn named(alert: &AlertFired) -> String {
    let symbol = plain::line(alert.instrument.symbol());
    match alert.instrument.venue() {
        Venue::Push => format!("{symbol}, a pushed feed"),
        venue => format!("{symbol} on {}", venue.title()),
    }
}

fn measured(evidence: &Evidence) -> Option<Row> {
    let (label, price) = match evidence.measure {
        Measure::Threshold(price) => ("Threshold", price),
        Measure::Reference(price) => ("Reference", price),
        Measure::Parts(_) | Measure::SilentSince(_) => return None,
    };
    let beside = figures::change(price, evidence.price).map(|change| format!("{change} from there"));
    Some(Row { label, value: words::number(price), beside })
}

/// The way of the news: from the venue's clock to the evaluation to this mail.
fn speed(alert: &AlertFired, sent_at: Timestamp) -> String {
    let evaluated = times::span(alert.evaluated_at.micros_since(alert.evidence.time));
    let sent = times::span(sent_at.micros_since(alert.evaluated_at));
    format!("{} → {evaluated} → evaluated → {sent} → sent", alert.evidence.instrument.venue().title())
}

/// What made this message come later than it should, if anything did.
fn late(alert: &AlertFired, sent_at: Timestamp) -> Vec<String> {
    let mut late = Vec::new();
    if alert.late {
        let behind = times::span(alert.evaluated_at.micros_since(alert.evidence.time));
        late.push(format!(
            "Late by {behind}: the connection to the venue was interrupted, and this was found in what was \
             fetched afterwards."
        ));
    }
    let waited = sent_at.micros_since(alert.evaluated_at);
    if waited >= LATE_SENDING_US {
        late.push(format!("This message could not be sent for {}.", times::span(waited)));
    }
    late
}

fn parts(alert: &AlertFired) -> Vec<Part> {
    let Measure::Parts(truths) = &alert.evidence.measure else {
        return Vec::new();
    };
    let own = &alert.instrument;
    let parts = alert.condition.parts().iter().zip(truths);
    parts
        .map(|(part, truth)| Part {
            words: plain::line(&format!(
                "{} {}",
                part.instrument.as_ref().unwrap_or(own),
                words::state(&part.state)
            )),
            holds: truth.holds,
        })
        .collect()
}

/// The evidence as a sentence, so that anyone can look it up in the venue's public history.
fn why(alert: &AlertFired) -> String {
    let evidence = &alert.evidence;
    let venue = evidence.instrument.venue();
    if let Measure::SilentSince(last) = evidence.measure {
        return silence(alert, last);
    }
    let mut tick = match (evidence.resolution, venue, evidence.id) {
        (Resolution::Minute, _, _) => "A one-minute candle (single trades could not be had) ".to_owned(),
        (Resolution::Tick, Venue::Binance, Some(id)) => format!("Aggregate trade {id} "),
        (Resolution::Tick, _, Some(id)) => format!("Tick {id} "),
        (Resolution::Tick, _, None) => "The tick at that time ".to_owned(),
    };
    match alert.trades {
        Some((first, last)) if first == last => tick.push_str(&format!("(trade {first}) ")),
        Some((first, last)) => tick.push_str(&format!("(trades {first} to {last}) ")),
        None => {}
    }
    let symbol = plain::line(evidence.instrument.symbol());
    let price = words::number(evidence.price);
    let what = match evidence.previous_price {
        Some(before) => format!("took {symbol} from {} to {price}.", words::number(before)),
        None => format!("was the first that this alert saw of {symbol}, at {price}."),
    };
    format!("{tick}{what} It is fire {} of this alert.", alert.fire_number)
}

/// The same of a silence, whose tick is the one after which it began.
fn silence(alert: &AlertFired, last: Timestamp) -> String {
    let evidence = &alert.evidence;
    let tick = match (evidence.instrument.venue(), evidence.id) {
        (Venue::Binance, Some(id)) => format!("aggregate trade {id}"),
        (_, Some(id)) => format!("tick {id}"),
        (_, None) => "one without a number".to_owned(),
    };
    let (symbol, price) = (plain::line(evidence.instrument.symbol()), words::number(evidence.price));
    let when = times::utc(last);
    let number = alert.fire_number;
    format!(
        "The last trade of {symbol} was {tick}, at {price}, at {when}. It is fire {number} of this alert."
    )
}

/// Whether and when the alert fires again.
fn next(alert: &AlertFired, zone: &TimeZone) -> String {
    match (alert.status_after, alert.repeat) {
        (Status::Active, repeat) if repeat.cooldown() == Span::ZERO => {
            "This alert watches on and may fire again at any time.".to_owned()
        }
        (Status::Active, repeat) => {
            let from = alert.evidence.time.saturating_add(repeat.cooldown());
            format!("This alert watches on. It does not fire again before {}.", times::local(from, zone))
        }
        (Status::Triggered, Repeat::Every { max_fires: Some(most), .. }) if most > 1 => {
            format!("This alert is done: that was the last of its {most} fires.")
        }
        (Status::Triggered, _) => {
            "This alert is done: it fires once. Arm it again if you want to hear of it again.".to_owned()
        }
        (Status::Paused, _) => "This alert is paused now and does not fire.".to_owned(),
        (Status::Expired, _) => "This alert has expired and does not fire any more.".to_owned(),
        (Status::Deleted, _) => "This alert is deleted and does not fire any more.".to_owned(),
    }
}
