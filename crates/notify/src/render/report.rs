//! A report of a product alert as its templates place it: every word and figure prepared.
//!
//! All three kinds share one shape: a heading, a few sentences, figures, and lists of listings. What sellers
//! write is a stranger's text: it is put on one line here, and escaped by the templates.

mod chart;
mod insights;
mod item;
mod subject;

use bellwether_model::Timestamp;
use bellwether_model::product::{DigestReport, ListingsReport, Report, Search};
use jiff::tz::TimeZone;
use serde::Serialize;

use self::item::Item;
pub(super) use self::item::title;
pub(super) use self::subject::subject;
use super::own::{self, Own};
use super::{Picture, times};
use crate::message::ReportMessage;
use crate::plain;

/// Events of listings that a mail lists; of a digest it lists all.
const EVENTS: usize = 50;
/// Items of a list that a chat shows.
const IN_CHAT: usize = 10;
/// How many it shows where there is no room for more, one after the other.
const SHORTER: [usize; 4] = [5, 3, 2, 1];
/// From so many microseconds on, it is said that the data is old.
const OLD_US: i64 = 3_600_000_000;
/// From so many microseconds on, it is said that the message is late.
const LATE_US: i64 = 600_000_000;
/// Characters of a query, and of an alert's name, that are told.
const QUERY_CHARS: usize = 60;
const NAME_CHARS: usize = 100;

/// What `report.txt`, `report.html` and the chats' templates place.
#[derive(Debug, Default, Serialize)]
pub(super) struct ReportView {
    pub(super) subject: String,
    /// What its owner wants it to say.
    own: Option<Own>,
    title: String,
    preview: String,
    kind: &'static str,
    search: String,
    name: String,
    /// What is to be said first, each a sentence.
    lead: Vec<String>,
    figures: Vec<Figure>,
    chart: Option<chart::Chart>,
    /// The `Content-ID` of the chart's picture.
    picture: String,
    sections: Vec<Section>,
    /// What is to be said last.
    remarks: Vec<String>,
    age: String,
    /// What must be said of its age.
    late: Vec<String>,
    schedule: Option<String>,
    note: Vec<String>,
    links: Links,
    alert: String,
    delivery: String,
    /// How often it was shortened.
    #[serde(skip)]
    shortened: usize,
}

/// A figure with its label.
#[derive(Debug, Serialize)]
struct Figure {
    label: &'static str,
    value: String,
    beside: Option<String>,
}

/// Some listings under a heading.
#[derive(Debug, Serialize)]
struct Section {
    title: Option<String>,
    items: Vec<Item>,
    /// How many there are besides.
    more: u64,
}

#[derive(Debug, Default, Serialize)]
struct Links {
    open: Option<String>,
    stop: Option<String>,
}

impl Section {
    /// The first of them, and how many there are besides.
    fn of(title: Option<String>, items: impl ExactSizeIterator<Item = Item>, most: usize, more: u64) -> Self {
        let mut section = Self { title, items: items.collect(), more };
        section.truncate(most);
        section
    }

    fn truncate(&mut self, most: usize) {
        let left_out = self.items.len().saturating_sub(most);
        self.items.truncate(most);
        self.more += u64::try_from(left_out).unwrap_or(u64::MAX);
    }
}

impl ReportView {
    /// Lists a quarter less. False where there is hardly anything left to leave out.
    pub(super) fn list_fewer(&mut self) -> bool {
        let longest = self.sections.iter().map(|section| section.items.len()).max().unwrap_or(0);
        self.truncate(longest - longest.div_ceil(4));
        longest > 4
    }

    /// Lists as many as a chat shows.
    pub(super) fn for_chat(mut self) -> Self {
        self.truncate(IN_CHAT);
        self
    }

    /// Tells less: fewer listings, then only what happened. False where there is nothing left to leave out.
    pub(super) fn shorten(&mut self) -> bool {
        match SHORTER.get(self.shortened) {
            Some(&most) => self.truncate(most),
            None if self.shortened == SHORTER.len() => {
                self.figures.clear();
                self.remarks.clear();
                self.note.clear();
                self.own.iter_mut().for_each(Own::shorten);
                self.sections.truncate(1);
            }
            None => return false,
        }
        self.shortened += 1;
        true
    }

    fn truncate(&mut self, most: usize) {
        self.sections.iter_mut().for_each(|section| section.truncate(most));
    }
}

/// Prepares a report.
pub(super) fn view(message: &ReportMessage, sent_at: Timestamp) -> ReportView {
    let zone = times::zone(&message.reader.time_zone);
    let mut view = match &message.report {
        Report::Listings(report) => listings(report, &zone, sent_at),
        Report::Digest(report) => digest(report, &zone, sent_at),
        Report::Insights(report) => insights::view(report, &zone, sent_at),
    };
    view.own = own::of_report(message);
    view.subject = view.own.as_ref().map_or_else(|| subject(&message.report), |own| own.subject.clone());
    view.name = plain::bounded_line(&message.alert_name, NAME_CHARS);
    view.preview = preview(&view);
    view.note = plain::lines(&message.note);
    view.schedule = message.schedule.as_deref().map(plain::line);
    view.links = Links { open: message.links.open.clone(), stop: message.links.stop.clone() };
    view.alert = message.alert.to_string();
    view.delivery = message.delivery.to_string();
    view.picture = picture_id(message);
    view
}

/// The picture that the HTML shows, where there is one.
pub(super) fn pictures(message: &ReportMessage) -> Option<Picture> {
    let Report::Insights(report) = &message.report else { return None };
    Some(Picture { id: picture_id(message), png: chart::png(report)? })
}

/// The id is the delivery's, so that no two mails share one.
fn picture_id(message: &ReportMessage) -> String {
    format!("chart.{}@bellwether", message.delivery)
}

/// The line that mail programs show beside the subject: the best of what is listed.
fn preview(view: &ReportView) -> String {
    match view.sections.iter().flat_map(|section| &section.items).next() {
        Some(item) => format!("{} · {}", item.price, item.title),
        None => view.age.clone(),
    }
}

fn listings(report: &ListingsReport, zone: &TimeZone, sent_at: Timestamp) -> ReportView {
    let items = report.events.iter().map(|event| item::event(event, &report.search));
    ReportView {
        title: subject::listings_title(report),
        kind: "Search alert",
        search: words(&report.search),
        sections: vec![Section::of(None, items, EVENTS, 0)],
        age: format!("Observed on {}.", times::minute(report.time, zone)),
        late: late(report.time, sent_at, |late| {
            format!("This was observed {late} before it was sent: look whether it still holds.")
        }),
        ..ReportView::default()
    }
}

fn digest(report: &DigestReport, zone: &TimeZone, sent_at: Timestamp) -> ReportView {
    let shown = report.items.len();
    let more = report.total.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
    let mut lead = Vec::new();
    if report.items.is_empty() {
        lead.push(match report.as_of {
            Some(_) => "There is no offer at the moment.".to_owned(),
            None => "Nothing is known of it yet.".to_owned(),
        });
    }
    let left_out = match report.left_out {
        0 => None,
        1 => Some("1 offer without a price, or in another currency, is left out.".to_owned()),
        count => Some(format!("{count} offers without a price, or in another currency, are left out.")),
    };
    let items = report.items.iter().map(item::offer);
    ReportView {
        title: subject::digest_title(report),
        kind: "Digest",
        search: words(&report.search),
        lead,
        sections: vec![Section::of(None, items, shown, more)],
        remarks: left_out.into_iter().collect(),
        age: age(report.as_of, zone),
        late: behind(report.slot, report.as_of, zone, sent_at),
        ..ReportView::default()
    }
}

/// What is searched for, in words.
fn words(search: &Search) -> String {
    plain::line(&search.words())
}

/// How old the data is.
fn age(as_of: Option<Timestamp>, zone: &TimeZone) -> String {
    match as_of {
        Some(as_of) => format!("Prices of {}.", times::minute(as_of, zone)),
        None => "The marketplace has not answered yet.".to_owned(),
    }
}

/// What is wrong with the age of what goes by schedule: of its data, and of the message itself.
fn behind(slot: Timestamp, as_of: Option<Timestamp>, zone: &TimeZone, sent_at: Timestamp) -> Vec<String> {
    let mut behind =
        late(slot, sent_at, |late| format!("Late by {late}: it was due {}.", times::minute(slot, zone)));
    match as_of.map(|as_of| slot.micros_since(as_of)) {
        Some(old) if old >= OLD_US => behind.push(format!(
            "These prices were {} old when it was due: the marketplace had not been asked since.",
            times::span(old)
        )),
        Some(_) => {}
        None => behind.push("The marketplace has not answered yet.".to_owned()),
    }
    behind
}

/// Said where a message comes long after what it tells of.
fn late(of: Timestamp, sent_at: Timestamp, words: impl Fn(String) -> String) -> Vec<String> {
    let late = sent_at.micros_since(of);
    (late >= LATE_US).then(|| words(times::span(late))).into_iter().collect()
}
