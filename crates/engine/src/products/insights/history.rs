//! The lowest prices of the past, day by day.

use bellwether_model::product::{Goodness, PricePoint, Traced};
use bellwether_model::{Price, Timestamp};

/// Days that a chart shows at most.
const CHART_DAYS: usize = 365;
/// With fewer days on record little can be said.
const CONFIDENT_DAYS: usize = 14;
const DAY_US: i64 = 86_400 * 1_000_000;

/// The lowest price of each day before the report's, and the lowest of all.
pub(super) struct History {
    days: Vec<PricePoint>,
    lowest: Option<PricePoint>,
}

impl History {
    /// The past of a report that is made for `slot`.
    pub(super) fn new(slot: Timestamp, daily_lows: &[PricePoint], listings: &[Traced]) -> Self {
        let traced = listings.iter().flat_map(|traced| &traced.prices);
        let observed = daily_lows.iter().chain(traced).filter(|point| point.time <= slot);
        let lowest = observed.copied().min_by_key(|point| (point.price, point.time));
        let mut days: Vec<PricePoint> = Vec::with_capacity(daily_lows.len());
        // Today is what is measured, and not a measure.
        for point in daily_lows.iter().filter(|point| day(point.time) < day(slot)) {
            match days.last_mut() {
                Some(last) if day(last.time) == day(point.time) => {
                    if point.price < last.price {
                        *last = *point;
                    }
                }
                _ => days.push(*point),
            }
        }
        Self { days, lowest }
    }

    /// The lowest price ever, at the first time that it was there.
    pub(super) fn all_time_low(&self, today: Option<PricePoint>) -> Option<PricePoint> {
        self.lowest.into_iter().chain(today).min_by_key(|point| (point.price, point.time))
    }

    /// On how many of the days before the cheapest was dearer than a price. The share is rounded down, so that
    /// it never says more than is true.
    pub(super) fn goodness(&self, price: Price) -> Option<Goodness> {
        let dearer = self.days.iter().filter(|point| point.price > price).count();
        let share = (dearer * 100).checked_div(self.days.len())?;
        Some(Goodness {
            dearer_percent: u8::try_from(share).ok()?,
            days: u32::try_from(self.days.len()).unwrap_or(u32::MAX),
            low_confidence: self.days.len() < CONFIDENT_DAYS,
        })
    }

    /// The points of the chart, the oldest first, and today's last.
    pub(super) fn chart(&self, today: Option<PricePoint>) -> Vec<PricePoint> {
        let most = CHART_DAYS - usize::from(today.is_some());
        let from = self.days.len().saturating_sub(most);
        self.days.iter().skip(from).copied().chain(today).collect()
    }
}

fn day(instant: Timestamp) -> i64 {
    instant.micros().div_euclid(DAY_US)
}
