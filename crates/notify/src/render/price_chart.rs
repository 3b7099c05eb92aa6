//! The price around a fire as a mail shows it: the picture, and what is said around it.

use std::fmt;
use std::sync::Arc;

use bellwether_model::product::PricePoint;
use bellwether_model::{Measure, Price, Timestamp, words};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Picture, chart, times};
use crate::{AlertFired, plain};

/// The price around a fire, drawn. Mails of the same tick and level share one; clones are cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct PriceChart {
    from: Timestamp,
    to: Timestamp,
    low: Price,
    high: Price,
    png: Arc<[u8]>,
}

impl PriceChart {
    /// Draws a price over time, and a level that it was measured against; nothing where there are fewer than two
    /// instants. The oldest point comes first.
    #[must_use]
    pub fn draw(points: &[PricePoint], level: Option<Price>) -> Option<Self> {
        let png = chart::png(points, level)?.into();
        let prices = points.iter().map(|point| point.price).chain(level);
        let (low, high) = (prices.clone().min()?, prices.max()?);
        Some(Self { from: points.first()?.time, to: points.last()?.time, low, high, png })
    }

    /// The instant at its left end.
    #[must_use]
    pub const fn from(&self) -> Timestamp {
        self.from
    }

    /// The instant at its right end.
    #[must_use]
    pub const fn to(&self) -> Timestamp {
        self.to
    }

    /// The lowest of its prices and its level.
    #[must_use]
    pub const fn low(&self) -> Price {
        self.low
    }

    /// The highest of its prices and its level.
    #[must_use]
    pub const fn high(&self) -> Price {
        self.high
    }
}

impl fmt::Debug for PriceChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, low, high, png } = self;
        write!(f, "PriceChart({low} to {high}, {from} to {to}, {} bytes)", png.len())
    }
}

/// The chart as its template places it.
#[derive(Debug, Serialize)]
pub(super) struct ChartView {
    /// What it shows, for who cannot see it.
    words: String,
    title: String,
    highest: String,
    lowest: String,
    times: String,
    /// "Threshold 33,000", where one is drawn.
    level: Option<String>,
    picture: String,
}

/// What is said around the chart of a fire.
pub(super) fn view(alert: &AlertFired, zone: &TimeZone) -> Option<ChartView> {
    let chart = alert.chart.as_ref()?;
    let symbol = plain::line(alert.evidence.instrument.symbol());
    let times = times::between(chart.from, chart.to, zone);
    let (lowest, highest) = (words::number(chart.low), words::number(chart.high));
    let level = match alert.evidence.measure {
        Measure::Threshold(price) => Some(format!("Threshold {}", words::number(price))),
        Measure::Reference(price) => Some(format!("Reference {}", words::number(price))),
        Measure::Parts(_) | Measure::SilentSince(_) => None,
    };
    let now = words::number(alert.evidence.price);
    let mut shown =
        format!("The price of {symbol} {times}, {now} at the end, drawn from {lowest} to {highest}.");
    if let Some(level) = &level {
        shown.push_str(&format!(" {level} is a dashed line."));
    }
    let title = format!("{symbol} before it fired");
    Some(ChartView { words: shown, title, highest, lowest, times, level, picture: picture_id(alert) })
}

/// The picture that the HTML shows.
pub(super) fn picture(alert: &AlertFired) -> Option<Picture> {
    let chart = alert.chart.as_ref()?;
    Some(Picture { id: picture_id(alert), png: chart.png.to_vec() })
}

/// The id is the delivery's, so that no two mails share one.
fn picture_id(alert: &AlertFired) -> String {
    format!("chart.{}@bellwether", alert.delivery)
}
