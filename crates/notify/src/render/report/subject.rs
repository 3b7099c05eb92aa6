//! What a report says, in one line.

use bellwether_model::product::{
    Currency, DigestReport, InsightsReport, ListingEvent, ListingEvidence, ListingsReport, Mark, Money,
    Report, Search,
};
use bellwether_model::{Price, Span, words};

use super::item;
use super::{NAME_CHARS, QUERY_CHARS};
use crate::plain;

/// The subject of a mail, the title of a push.
pub(in crate::render) fn subject(report: &Report) -> String {
    match report {
        Report::Listings(report) => match &report.events[..] {
            [event] => listings_title_of(event, &report.search),
            _ => format!("{}: {}", listings_title(report), query(&report.search)),
        },
        Report::Digest(report) => {
            let news = digest_news(report).map_or_else(String::new, |news| format!(" ({news})"));
            format!("{}: {}{news}", digest_title(report), query(&report.search))
        }
        Report::Insights(report) => format!("{}: {}", query(&report.search), insights_title(report)),
    }
}

/// "3 price drops"; of one listing alone, what happened to it.
pub(super) fn listings_title(report: &ListingsReport) -> String {
    let (first, rest) = match &report.events[..] {
        [] => return "Nothing happened".to_owned(),
        [event] => return listings_title_of(event, &report.search),
        [first, rest @ ..] => (first, rest),
    };
    let count = report.events.len();
    if rest.iter().any(|event| event.event != first.event) {
        return format!("{count} changes");
    }
    match first.event {
        ListingEvent::Listed => format!("{count} new listings"),
        ListingEvent::PriceDrop => format!("{count} price drops"),
        ListingEvent::Below => match first.threshold {
            Some(most) => format!("{count} offers at {} or less", money(most, report.search.currency())),
            None => format!("{count} offers"),
        },
        ListingEvent::Restocked => format!("{count} listings back in stock"),
        ListingEvent::Ended => format!("{count} listings ended"),
    }
}

/// "Price drop to 98.00 USD: Leica M6 classic".
fn listings_title_of(event: &ListingEvidence, search: &Search) -> String {
    let at = |before: &str| {
        event.price.map_or_else(String::new, |price| format!("{before}{}", words::money(price)))
    };
    let what = match event.event {
        ListingEvent::Listed => format!("New{}", at(" at ")),
        ListingEvent::PriceDrop => format!("Price drop{}", at(" to ")),
        ListingEvent::Below => match (event.price, event.threshold) {
            (Some(price), Some(most)) => {
                format!("{}, at most {}", words::money(price), money(most, search.currency()))
            }
            _ => at(""),
        },
        ListingEvent::Restocked => format!("Back in stock{}", at(" at ")),
        ListingEvent::Ended => format!("Ended{}", at(" at ")),
    };
    format!("{what}: {}", plain::bounded_line(&item::title(&event.listing), NAME_CHARS))
}

/// "20 cheapest of 81".
pub(super) fn digest_title(report: &DigestReport) -> String {
    let shown = u64::try_from(report.items.len()).unwrap_or(u64::MAX);
    match report.total {
        0 => "No offers".to_owned(),
        1 => "1 offer".to_owned(),
        total if total <= shown => format!("{total} offers"),
        total if shown == 1 => format!("The cheapest of {total}"),
        total => format!("{shown} cheapest of {total}"),
    }
}

/// "4 new, 2 changed".
fn digest_news(report: &DigestReport) -> Option<String> {
    let count = |wanted: fn(&Mark) -> bool| {
        report.items.iter().filter(|item| item.mark.as_ref().is_some_and(wanted)).count()
    };
    let new = count(|mark| matches!(mark, Mark::New));
    let changed = count(|mark| matches!(mark, Mark::Changed { .. }));
    match (new, changed) {
        (0, 0) => None,
        (new, 0) => Some(format!("{new} new")),
        (0, changed) => Some(format!("{changed} changed")),
        (new, changed) => Some(format!("{new} new, {changed} changed")),
    }
}

/// What matters most of how prices moved.
pub(super) fn insights_title(report: &InsightsReport) -> String {
    let currency = report.search.currency();
    let Some(minimum) = report.minimum else { return "no offers".to_owned() };
    let cheapest = money(minimum, currency);
    if is_lowest_ever(report) {
        return format!("lowest ever at {cheapest}");
    }
    if let Some(standout) = &report.new_cheapest {
        return format!("new cheapest at {}", money(standout.price, currency));
    }
    let moves = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 price {one}"),
        count => format!("{count} prices {many}"),
    };
    match (&report.drops[..], &report.rises[..]) {
        ([], []) if let Some(gone) = &report.gone => {
            let listings = if gone.count == 1 { "listing" } else { "listings" };
            format!("{} {listings} gone in {}, cheapest {cheapest}", gone.count, span(report.look_back))
        }
        ([], []) => format!("nothing changed in {}, cheapest {cheapest}", span(report.look_back)),
        ([most, ..], []) => {
            format!("{} by up to {} %", moves(report.drops.len(), "fell", "fell"), most.percent)
        }
        ([], [most, ..]) => {
            format!("{} by up to {} %", moves(report.rises.len(), "rose", "rose"), most.percent)
        }
        ([most, ..], rises) => {
            let fell = moves(report.drops.len(), "fell", "fell");
            format!("{fell} by up to {} %, {} rose", most.percent, rises.len())
        }
    }
}

/// Whether the cheapest now is cheaper than any was before.
pub(super) fn is_lowest_ever(report: &InsightsReport) -> bool {
    let seen_before = report.goodness.is_some();
    let today = report.chart.last();
    seen_before && today.is_some() && report.all_time_low == today.copied()
}

/// "2 days".
pub(super) fn span(span: Span) -> String {
    words::span(span)
}

pub(super) fn money(value: Price, currency: Currency) -> String {
    words::money(Money { value, currency })
}

/// The words that are searched for.
fn query(search: &Search) -> String {
    plain::bounded_line(&search.query, QUERY_CHARS)
}
