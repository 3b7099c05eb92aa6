//! The chart of a report, and what is said around it.

use bellwether_model::product::{InsightsReport, PricePoint};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::subject::money;
use crate::render::{chart, times};

/// The chart as its template places it.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    /// What it shows, for who cannot see it.
    words: String,
    highest: String,
    lowest: String,
    from: String,
    to: String,
}

/// What is said around the chart; nothing where none is drawn.
pub(super) fn view(report: &InsightsReport, zone: &TimeZone) -> Option<Chart> {
    let (first, last) = ends(&report.chart)?;
    let prices = report.chart.iter().map(|point| point.price);
    let currency = report.search.currency();
    let highest = money(prices.clone().max()?, currency);
    let lowest = money(prices.min()?, currency);
    let (from, to) = (times::date(first.time, zone), times::date(last.time, zone));
    let now = money(last.price, currency);
    let words =
        format!("The cheapest price from {from} to {to}: between {lowest} and {highest}, {now} at the end.");
    Some(Chart { words, highest, lowest, from, to })
}

/// The picture itself, as a PNG.
pub(super) fn png(report: &InsightsReport) -> Option<Vec<u8>> {
    ends(&report.chart)?;
    chart::png(&report.chart, None)
}

/// The first and the last point, where time passed between them.
fn ends(chart: &[PricePoint]) -> Option<(PricePoint, PricePoint)> {
    let (first, last) = (*chart.first()?, *chart.last()?);
    (last.time > first.time).then_some((first, last))
}
