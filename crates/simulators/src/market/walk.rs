//! The value of one asset through time: a random walk that can be entered at any hour.
//!
//! Four levels, each tied to the ends that the level above gives it: eras of 64 days, days, hours, minutes.
//! An era's ends are drawn around the asset's anchor, so that prices wander and stay plausible.

use super::noise::{Draws, Noise};

const DAYS_PER_ERA: i64 = 64;
const HOURS_PER_DAY: i64 = 24;
/// Minutes in an hour, and so the steps of an [`HourPath`].
pub(crate) const MINUTES_PER_HOUR: usize = 60;

/// Logarithms of the value at the 61 minute marks of one hour, both ends included.
pub(crate) type HourPath = [f64; MINUTES_PER_HOUR + 1];

/// The walk of one asset, or of the market as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    noise: Noise,
    /// Standard deviation of the logarithm over one day.
    daily: f64,
    /// The same for the ends of eras, around the anchor.
    era: f64,
}

impl Walk {
    /// A walk under `noise` with the given deviations.
    pub(crate) const fn new(noise: Noise, daily: f64, era: f64) -> Self {
        Self { noise, daily, era }
    }

    /// The path within the hour `hour`, counted from the Unix epoch.
    pub(crate) fn hour(&self, hour: i64) -> HourPath {
        let (day, of_day) = (hour.div_euclid(HOURS_PER_DAY), hour.rem_euclid(HOURS_PER_DAY));
        let (from, to) = self.day_ends(day);
        let sigma = self.daily / (24.0_f64).sqrt();
        let mut hours = [0.0; 25];
        tie(&mut hours, from, to, sigma, &mut self.noise.part("day").at(day));

        let of_day = usize::try_from(of_day).expect("below 24");
        let mut draws = self.noise.part("hour").at(hour);
        // Quiet hours and busy hours: a market that is always the same is no test.
        let activity = 0.5 + 1.2 * draws.unit() * draws.unit();
        let mut minutes = [0.0; MINUTES_PER_HOUR + 1];
        tie(&mut minutes, hours[of_day], hours[of_day + 1], activity * sigma / 60.0_f64.sqrt(), &mut draws);
        minutes
    }

    fn day_ends(&self, day: i64) -> (f64, f64) {
        let (era, of_era) = (day.div_euclid(DAYS_PER_ERA), day.rem_euclid(DAYS_PER_ERA));
        let mut days = [0.0; 65];
        let mut draws = self.noise.part("era").at(era);
        tie(&mut days, self.era_end(era), self.era_end(era + 1), self.daily, &mut draws);
        let of_era = usize::try_from(of_era).expect("below 64");
        (days[of_era], days[of_era + 1])
    }

    fn era_end(&self, era: i64) -> f64 {
        self.noise.part("era end").at(era).normal() * self.era
    }
}

/// Fills `points` with a walk of steps of deviation `sigma` that starts at `from` and ends at `to`.
fn tie(points: &mut [f64], from: f64, to: f64, sigma: f64, draws: &mut Draws) {
    let mut at = 0.0;
    for point in points.iter_mut() {
        *point = at;
        at += sigma * draws.normal();
    }
    let last = points.len() - 1;
    let steps = f64::from(u32::try_from(last).expect("a few dozen points"));
    let slope = (to - from - points[last]) / steps;
    let mut lift = from;
    for point in points.iter_mut() {
        *point += lift;
        lift += slope;
    }
    points[last] = to;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_join_without_a_jump() {
        let walk = Walk::new(Noise::new(11), 0.03, 0.1);
        for hour in 490_000..490_000 + 24 * 130 {
            let end = walk.hour(hour)[MINUTES_PER_HOUR];
            let start = walk.hour(hour + 1)[0];
            assert!((end - start).abs() < 1e-9, "hour {hour}: {end} {start}");
        }
    }

    #[test]
    fn values_stay_near_the_anchor() {
        let walk = Walk::new(Noise::new(5), 0.03, 0.1);
        for day in 20_000..20_800 {
            let value = walk.hour(day * 24)[0];
            assert!(value.abs() < 0.9, "day {day}: {value}");
        }
    }
}
