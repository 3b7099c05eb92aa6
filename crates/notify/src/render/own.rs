//! An alert's own words, with what each placeholder stands for put in its place.
//!
//! What comes out is text and nothing else: the templates escape it as they escape every value, and what was put in
//! is never read for placeholders again.

use bellwether_model::product::{Card, DigestItem, Mark, Money, Report};
use bellwether_model::wording::{Piece, pieces};
use bellwether_model::{Measure, Placeholder, Price, Timestamp, figures, words};
use serde::Serialize;

use super::{headline, report, times};
use crate::message::{AlertFired, ReportMessage};
use crate::{Message, plain};

/// Characters of a text with everything put in. What is beyond is cut.
const FILLED_CHARS: usize = 1_500;
/// Characters of what is put in for one placeholder.
const VALUE_CHARS: usize = 500;
/// Characters of the first line, where it serves as a subject.
const SUBJECT_CHARS: usize = 150;
/// What is put in where there is nothing to tell.
const NOTHING: &str = "–";

/// What an alert says in its owner's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Own {
    /// Its first line, not too long for a subject.
    pub(crate) subject: String,
    /// All of its lines; at least one.
    lines: Vec<String>,
    /// Whether there is more than the subject says.
    more: bool,
}

impl Own {
    fn of(text: &str, value: impl Fn(Placeholder) -> Option<String>) -> Option<Self> {
        let mut filled = String::new();
        let mut room = FILLED_CHARS;
        for piece in pieces(text) {
            let part = match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Value(one) => put_in(value(one)),
            };
            let chars = part.chars().count();
            if chars > room {
                filled.extend(part.chars().take(room).chain(['…']));
                break;
            }
            room -= chars;
            filled.push_str(&part);
        }
        let lines = plain::lines(&filled);
        let first = lines.iter().find(|line| !line.trim().is_empty())?;
        let subject = plain::bounded_line(first, SUBJECT_CHARS);
        let more = lines.len() > 1 || plain::line(first) != subject;
        Some(Self { subject, lines, more })
    }

    /// Says no more than the subject.
    pub(super) fn shorten(&mut self) {
        self.lines = vec![self.subject.clone()];
        self.more = false;
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// What is put in for a placeholder: one line, so that a value cannot lay out the text around it.
fn put_in(value: Option<String>) -> String {
    let value = plain::bounded_line(&value.unwrap_or_default(), VALUE_CHARS);
    if value.is_empty() { NOTHING.to_owned() } else { value }
}

/// What a fire says in its owner's words, where they gave any.
pub(crate) fn of_fire(fired: &AlertFired) -> Option<Own> {
    if fired.message.is_empty() {
        return None;
    }
    Own::of(&fired.message, |one| in_fire(fired, one))
}

/// What a report says in its owner's words, where they gave any.
pub(crate) fn of_report(message: &ReportMessage) -> Option<Own> {
    if message.message.is_empty() {
        return None;
    }
    Own::of(&message.message, |one| in_report(message, one))
}

/// What each placeholder stands for in a message that may have words of its owner.
pub(crate) fn values(message: &Message) -> Vec<(Placeholder, String)> {
    let told = |one, value| (one, put_in(value));
    match message {
        Message::AlertFired(fired) => {
            Placeholder::OF_PRICES.map(|one| told(one, in_fire(fired, one))).to_vec()
        }
        Message::Report(report) => {
            Placeholder::OF_PRODUCTS.map(|one| told(one, in_report(report, one))).to_vec()
        }
        Message::Combined(_) | Message::VerifyAddress(_) | Message::Notice(_) => Vec::new(),
    }
}

fn in_fire(fired: &AlertFired, one: Placeholder) -> Option<String> {
    let evidence = &fired.evidence;
    match one {
        Placeholder::Summary => Some(headline(fired)),
        Placeholder::Symbol => Some(fired.instrument.symbol().to_owned()),
        Placeholder::Instrument => Some(fired.instrument.as_str().to_owned()),
        Placeholder::Venue => Some(fired.instrument.venue().title().to_owned()),
        Placeholder::Condition => Some(words::condition(&fired.condition)),
        Placeholder::Price => Some(words::number(evidence.price)),
        Placeholder::PreviousPrice => evidence.previous_price.map(words::number),
        Placeholder::Change => match evidence.measure {
            Measure::Reference(from) => changed(from, evidence.price),
            Measure::Threshold(_) | Measure::Parts(_) | Measure::SilentSince(_) => {
                changed(evidence.previous_price?, evidence.price)
            }
        },
        Placeholder::Threshold => match evidence.measure {
            Measure::Threshold(price) | Measure::Reference(price) => Some(words::number(price)),
            Measure::Parts(_) | Measure::SilentSince(_) => None,
        },
        Placeholder::Fire => Some(fired.fire_number.to_string()),
        Placeholder::Name => Some(fired.alert_name.clone()),
        Placeholder::Note => Some(fired.note.clone()),
        Placeholder::Time | Placeholder::Zone | Placeholder::TimeUtc => {
            time(one, evidence.time, &fired.reader.time_zone)
        }
        // Of products, and refused in what people write.
        Placeholder::Search | Placeholder::Count | Placeholder::Title => None,
    }
}

fn in_report(message: &ReportMessage, one: Placeholder) -> Option<String> {
    let first = First::of(&message.report);
    let search = message.report.search();
    match one {
        Placeholder::Summary => Some(report::subject(&message.report)),
        Placeholder::Search => Some(search.query.clone()),
        Placeholder::Venue => Some(search.site.title().to_owned()),
        Placeholder::Count => Some(first.count.to_string()),
        Placeholder::Title => first.card.map(report::title),
        Placeholder::Price => first.price.map(words::money),
        Placeholder::PreviousPrice => first.before.map(words::money),
        Placeholder::Change => changed(first.before?.value, first.price?.value),
        Placeholder::Name => Some(message.alert_name.clone()),
        Placeholder::Note => Some(message.note.clone()),
        Placeholder::Time | Placeholder::Zone | Placeholder::TimeUtc => {
            time(one, first.time, &message.reader.time_zone)
        }
        // Of prices, and refused in what people write.
        Placeholder::Symbol
        | Placeholder::Instrument
        | Placeholder::Condition
        | Placeholder::Threshold
        | Placeholder::Fire => None,
    }
}

fn changed(from: Price, to: Price) -> Option<String> {
    if from == to { Some("0 %".to_owned()) } else { figures::change(from, to) }
}

fn time(one: Placeholder, at: Timestamp, zone: &str) -> Option<String> {
    let zone = times::zone(zone);
    match one {
        Placeholder::Time => Some(times::local(at, &zone)),
        Placeholder::Zone => times::zone_at(at, &zone),
        _ => Some(times::utc(at)),
    }
}

/// The first listing of a report, and how many there are.
struct First<'a> {
    card: Option<&'a Card>,
    price: Option<Money>,
    before: Option<Money>,
    count: u64,
    time: Timestamp,
}

impl<'a> First<'a> {
    fn of(report: &'a Report) -> Self {
        match report {
            Report::Listings(report) => {
                let first = report.events.first();
                Self {
                    card: first.map(|event| &event.listing),
                    price: first.and_then(|event| event.price),
                    before: first.and_then(|event| event.previous_price),
                    count: u64::try_from(report.events.len()).unwrap_or(u64::MAX),
                    time: report.time,
                }
            }
            Report::Digest(report) => Self {
                count: report.total,
                time: report.as_of.unwrap_or(report.slot),
                ..Self::of_item(report.items.first(), report.slot)
            },
            Report::Insights(report) => Self {
                count: report.count,
                time: report.as_of.unwrap_or(report.slot),
                ..Self::of_item(report.best.first(), report.slot)
            },
        }
    }

    fn of_item(item: Option<&'a DigestItem>, time: Timestamp) -> Self {
        let before = item.and_then(|item| match item.mark {
            Some(Mark::Changed { from }) => Some(from),
            Some(Mark::New) | None => None,
        });
        Self {
            card: item.map(|item| &item.listing),
            price: item.map(|item| item.price),
            before,
            count: 0,
            time,
        }
    }
}
