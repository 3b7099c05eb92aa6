//! A push that a person gives to a generated price.

use super::fixed::Fixed;
use super::interval::SECOND_US;

/// A displacement of the logarithm of a price, on its way from one value to another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nudge {
    from: f64,
    to: f64,
    start_us: i64,
    length_us: i64,
}

impl Nudge {
    /// From where this nudge stands at `now_us`, lead `price` to `target` within `over_s` seconds.
    pub(crate) fn towards(self, price: Fixed, target: Fixed, now_us: i64, over_s: u32) -> Self {
        let from = self.displacement(now_us);
        let distance = (target.approximate() / price.approximate()).ln();
        let to = if distance.is_finite() { from + distance } else { from };
        Self { from, to, start_us: now_us, length_us: i64::from(over_s) * SECOND_US }
    }

    /// `price` as displaced at `now_us`, in steps of `tick`.
    pub(crate) fn apply(self, price: Fixed, tick: Fixed, now_us: i64) -> Fixed {
        let displacement = self.displacement(now_us);
        if displacement == 0.0 {
            return price;
        }
        Fixed::nearest(price.approximate() * displacement.exp(), tick)
    }

    fn displacement(self, now_us: i64) -> f64 {
        let elapsed = now_us - self.start_us;
        if elapsed >= self.length_us {
            return self.to;
        }
        let share = super::fixed::as_f64(elapsed) / super::fixed::as_f64(self.length_us);
        self.from + (self.to - self.from) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_led_to_its_target_and_stays() {
        let price: Fixed = "100".parse().unwrap();
        let target: Fixed = "121".parse().unwrap();
        let tick: Fixed = "0.01".parse().unwrap();
        let nudge = Nudge::default().towards(price, target, 0, 10);
        let at = |seconds: i64| nudge.apply(price, tick, seconds * SECOND_US).to_string();
        assert_eq!(
            [at(0), at(5), at(10), at(99)],
            ["100.00000000", "110.00000000", "121.00000000", "121.00000000"]
        );
    }
}
