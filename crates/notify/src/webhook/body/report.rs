//! A report of a product alert as JSON: the report itself, as much of it as there is room for.

use bellwether_model::Timestamp;
use bellwether_model::product::{Card, PricePoint, Report};
use bellwether_model::{AlertId, DeliveryId};
use serde::Serialize;

use super::{BODY_BYTES, Body};
use crate::message::ReportMessage;
use crate::plain;
use crate::render::{own, report_subject};

/// How many of each list are told where there is no room for all, one after the other.
const SHORTER: [usize; 6] = [40, 20, 10, 5, 2, 1];
/// Characters of a title, and bytes of an address, that every body has room for.
const TITLE_CHARS: usize = 300;
const ADDRESS_BYTES: usize = 2_000;

#[derive(Serialize)]
struct Data<'a> {
    /// What it says, in one line for people.
    summary: String,
    delivery_id: DeliveryId,
    alert: Alert<'a>,
    report: &'a Report,
    /// Entries of the report's lists that there was no room for.
    more: usize,
    /// The alert's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Alert<'a> {
    id: AlertId,
    name: &'a str,
    note: &'a str,
    /// What its owner wants it to say, with everything put in. Left out where they gave no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'a str>,
}

/// The body of a report.
pub(super) fn body(message: &ReportMessage) -> String {
    let whole = written(message, &message.report, 0);
    if whole.len() <= BODY_BYTES {
        return whole;
    }
    let mut report = message.report.clone();
    shorten_texts(&mut report);
    let mut more = 0;
    for most in SHORTER {
        more += truncate(&mut report, most);
        let shorter = written(message, &report, more);
        if shorter.len() <= BODY_BYTES {
            return shorter;
        }
    }
    written(message, &report, more)
}

fn written(message: &ReportMessage, report: &Report, more: usize) -> String {
    let (kind, time) = kind(report);
    let body = Body {
        r#type: kind,
        timestamp: Some(time),
        data: Data {
            summary: report_subject(report),
            delivery_id: message.delivery,
            alert: Alert {
                id: message.alert,
                name: &message.alert_name,
                note: &message.note,
                message: own::of_report(message).map(|own| own.text()),
                schedule: message.schedule.as_deref(),
            },
            report,
            more,
            url: message.links.open.as_deref(),
        },
    };
    serde_json::to_string(&body).expect("every key is text and every value writes itself without failing")
}

/// The body's type, and when it happened.
fn kind(report: &Report) -> (&'static str, Timestamp) {
    match report {
        Report::Listings(report) => ("alert.listings", report.time),
        Report::Digest(report) => ("alert.digest", report.slot),
        Report::Insights(report) => ("alert.insights", report.slot),
    }
}

/// Leaves so many of each list; says how many entries are gone. Of the chart the latest points stay.
fn truncate(report: &mut Report, most: usize) -> usize {
    fn first<T>(list: &mut Vec<T>, most: usize) -> usize {
        let gone = list.len().saturating_sub(most);
        list.truncate(most);
        gone
    }
    fn latest(chart: &mut Vec<PricePoint>, most: usize) -> usize {
        let gone = chart.len().saturating_sub(most);
        chart.drain(..gone);
        gone
    }
    match report {
        Report::Listings(report) => first(&mut report.events, most),
        Report::Digest(report) => first(&mut report.items, most),
        Report::Insights(report) => {
            first(&mut report.drops, most)
                + first(&mut report.rises, most)
                + first(&mut report.best, most)
                + first(&mut report.elsewhere, most)
                // A point takes a sixth of the room of a listing.
                + latest(&mut report.chart, most * 6)
        }
    }
}

/// Leaves out of each listing what nobody needs so long.
fn shorten_texts(report: &mut Report) {
    fn shorten(card: &mut Card) {
        card.title = plain::bounded_line(&card.title, TITLE_CHARS);
        for address in [&mut card.url, &mut card.image] {
            address.take_if(|address| address.len() > ADDRESS_BYTES);
        }
        card.condition.take_if(|words| words.len() > TITLE_CHARS);
    }
    match report {
        Report::Listings(report) => report.events.iter_mut().for_each(|event| shorten(&mut event.listing)),
        Report::Digest(report) => report.items.iter_mut().for_each(|item| shorten(&mut item.listing)),
        Report::Insights(report) => {
            let moved = report.drops.iter_mut().chain(&mut report.rises).map(|moved| &mut moved.listing);
            let best = report.best.iter_mut().map(|item| &mut item.listing);
            let standout = report.new_cheapest.iter_mut().map(|standout| &mut standout.listing);
            let gone = report.gone.iter_mut().map(|gone| &mut gone.listing);
            moved.chain(best).chain(standout).chain(gone).for_each(shorten);
        }
    }
}
