//! How prices moved, in sentences, figures and lists.

use bellwether_model::Timestamp;
use bellwether_model::product::{InsightsReport, Moved};
use jiff::tz::TimeZone;

use super::subject::{insights_title, is_lowest_ever, money, span};
use super::{Figure, ReportView, Section, age, behind, chart, item, words};
use crate::render::times;

/// Falls, and rises, that a mail lists.
const MOVES: usize = 20;

pub(super) fn view(report: &InsightsReport, zone: &TimeZone, sent_at: Timestamp) -> ReportView {
    ReportView {
        title: capital(&insights_title(report)),
        kind: "Insights",
        search: words(&report.search),
        lead: lead(report),
        figures: figures(report, zone),
        chart: chart::view(report, zone),
        sections: sections(report),
        remarks: remarks(report),
        age: age(report.as_of, zone),
        late: behind(report.slot, report.as_of, zone, sent_at),
        ..ReportView::default()
    }
}

/// What happened, and what it is measured against.
fn lead(report: &InsightsReport) -> Vec<String> {
    let currency = report.search.currency();
    let mut lead = Vec::new();
    let back = span(report.look_back);
    if report.minimum.is_none() {
        lead.push("There is no offer at the moment.".to_owned());
        lead.extend(gone(report, &back));
        return lead;
    }
    if let Some(standout) = &report.new_cheapest {
        lead.push(format!(
            "A new listing costs {}; the cheapest {back} ago was {}.",
            money(standout.price, currency),
            money(standout.before, currency)
        ));
    }
    match (report.drops.len(), report.rises.len()) {
        (0, 0) if report.is_quiet() => {
            lead.push(format!("Nothing changed in the last {back}. These are the best offers."));
        }
        (0, 0) if report.new_cheapest.is_none() => lead.push(format!("No price moved in the last {back}.")),
        (0, 0) => lead.push(format!("No other price moved in the last {back}.")),
        (fell, rose) => {
            let least = report.drop_percent;
            lead.push(format!(
                "In the last {back} {} by {least} % or more, and {}.",
                counted(fell, "fell"),
                counted(rose, "rose")
            ));
        }
    }
    lead.extend(gone(report, &back));
    if let Some(goodness) = report.goodness {
        let days = days(goodness.days);
        let share = match goodness.dearer_percent {
            100 => format!("On each of the {days}"),
            percent => format!("On {percent} % of the {days}"),
        };
        let mut words = format!("{share} on record the cheapest was dearer than it is now");
        words.push_str(if goodness.low_confidence { "; that is not many days yet." } else { "." });
        lead.push(words);
    }
    lead
}

/// What has gone, in a sentence.
fn gone(report: &InsightsReport, back: &str) -> Option<String> {
    let gone = report.gone.as_ref()?;
    let price = money(gone.price, report.search.currency());
    let then = if gone.was_cheapest { format!(", the cheapest {back} ago,") } else { String::new() };
    Some(match gone.count {
        1 => format!("1 listing{then} has gone since; it cost {price} last."),
        count => format!("{count} listings have gone since. The cheapest of them{then} cost {price} last."),
    })
}

fn counted(count: usize, verb: &str) -> String {
    match count {
        0 => format!("no price {verb}"),
        1 => format!("1 price {verb}"),
        count => format!("{count} prices {verb}"),
    }
}

fn days(count: u32) -> String {
    if count == 1 { "one day".to_owned() } else { format!("{count} days") }
}

fn figures(report: &InsightsReport, zone: &TimeZone) -> Vec<Figure> {
    let currency = report.search.currency();
    let figure = |label, value| Some(Figure { label, value: money(value?, currency), beside: None });
    let lowest = report.all_time_low.map(|low| Figure {
        label: "Lowest ever",
        value: money(low.price, currency),
        beside: Some(if is_lowest_ever(report) { "now".to_owned() } else { times::date(low.time, zone) }),
    });
    let count = Figure { label: "Offers", value: report.count.to_string(), beside: None };
    let figures = [
        figure("Cheapest", report.minimum),
        figure("Median", report.median),
        figure("Mean", report.mean),
        lowest,
        Some(count),
    ];
    figures.into_iter().flatten().collect()
}

fn sections(report: &InsightsReport) -> Vec<Section> {
    let currency = report.search.currency();
    let mut sections = Vec::new();
    if let Some(standout) = &report.new_cheapest {
        let one = std::iter::once(item::standout(standout, currency));
        sections.push(Section::of(Some("New and cheaper".to_owned()), one, 1, 0));
    }
    let moved = |title: &str, list: &[Moved]| {
        let items = list.iter().map(|moved| item::moved(moved, currency));
        (!list.is_empty()).then(|| Section::of(Some(title.to_owned()), items, MOVES, 0))
    };
    sections.extend(moved("Prices that fell", &report.drops));
    sections.extend(moved("Prices that rose", &report.rises));
    if !report.best.is_empty() {
        let best = report.best.iter().map(item::offer);
        let more = report.count.saturating_sub(u64::try_from(best.len()).unwrap_or(u64::MAX));
        sections.push(Section::of(Some("Best offers now".to_owned()), best, usize::MAX, more));
    }
    sections
}

/// What could not be compared.
fn remarks(report: &InsightsReport) -> Vec<String> {
    let group = |elsewhere: &bellwether_model::product::Elsewhere| match elsewhere.currency {
        Some(currency) => format!("{} in {currency}", elsewhere.count),
        None => format!("{} without a price", elsewhere.count),
    };
    let groups: Vec<String> = report.elsewhere.iter().map(group).collect();
    match groups.is_empty() {
        true => Vec::new(),
        false => {
            vec![format!("Not compared, since prices of two currencies never are: {}.", groups.join(", "))]
        }
    }
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}
