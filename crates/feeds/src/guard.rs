//! The glitch guard: a price a hundred times as high or as low as the one before waits for the next one.
//!
//! Where that confirms it, both go on, each in its own place; where it does not, the first was a glitch and
//! nobody hears of it.
//!
//! One for each instrument, polled or streamed, where ticks are in order already and before anybody judges them.
//! Pushed ticks have none: who pushes a price means it.

use bellwether_model::{Observation, Price};

/// A price that is so many times the one before, or the one before so many times it, is not believed at once.
const FACTOR: u128 = 100;

/// The guard of one instrument.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// The last price that went on.
    last: Option<Price>,
    /// What waits for its confirmation.
    held: Option<Observation>,
}

/// What becomes of a price.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// What goes on, in order: nothing, it, or it after the one that it confirms.
    pub(crate) on: Vec<Observation>,
    /// Whether one that waited was a glitch.
    pub(crate) dropped: bool,
}

impl Guard {
    /// A guard that knows the price before the first one that comes, where there is one.
    pub(crate) fn after(last: Option<Price>) -> Self {
        Self { last, held: None }
    }

    /// Lets a price go on at once where nothing is to be waited for, which is nearly always. Where it does not,
    /// [`Guard::pass`] says what becomes of it.
    pub(crate) fn believes(&mut self, price: Price) -> bool {
        let believed =
            self.held.is_none() && self.last.is_none_or(|last| last == price || !is_far(last, price));
        if believed {
            self.last = Some(price);
        }
        believed
    }

    /// What waits will not be confirmed any more, since the prices that come are not those after it; whether
    /// anything waited. What is far from the last price that went on waits as before.
    pub(crate) fn give_up(&mut self) -> bool {
        self.held.take().is_some()
    }

    /// Lets a price go on, or has it wait.
    pub(crate) fn pass(&mut self, observation: Observation) -> Passed {
        let price = observation.tick.price;
        let is_believed = self.last.is_none_or(|last| !is_far(last, price));
        let held = self.held.take();
        if is_believed {
            self.last = Some(price);
            return Passed { on: vec![observation], dropped: held.is_some() };
        }
        match held {
            Some(held) if !is_far(held.tick.price, price) => {
                self.last = Some(price);
                Passed { on: vec![held, observation], dropped: false }
            }
            held => {
                self.held = Some(observation);
                Passed { on: Vec::new(), dropped: held.is_some() }
            }
        }
    }
}

/// Whether one of two prices is a hundred times the other or more.
fn is_far(a: Price, b: Price) -> bool {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let ((low, low_scale), (high, high_scale)) = (low.parts(), high.parts());
    // Both to the larger count of decimals; what does not fit there is as far away as can be.
    let scale = low_scale.max(high_scale);
    let at =
        |digits: u128, own: u32| 10u128.checked_pow(scale - own).and_then(|zeros| digits.checked_mul(zeros));
    match (at(low, low_scale).and_then(|low| low.checked_mul(FACTOR)), at(high, high_scale)) {
        (Some(low), Some(high)) => high >= low,
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Origin, Position, Tick, Timestamp};

    use super::*;

    /// The prices that go on, one text for each that came; with `!` where a glitch was dropped.
    fn passed(prices: &[&str]) -> Vec<String> {
        let mut guard = Guard::default();
        let said = prices.iter().zip(1..).map(|(price, second)| {
            let time = Timestamp::from_micros(second * 1_000_000);
            let tick = Tick::unnumbered(price.parse().unwrap(), time, Position(0));
            let passed = guard.pass(Observation { tick, trades: None, origin: Origin::Live });
            let on: Vec<_> = passed.on.iter().map(|one| one.tick.price.to_string()).collect();
            format!("{}{}", on.join(" "), if passed.dropped { "!" } else { "" })
        });
        said.collect()
    }

    #[test]
    fn a_jump_of_a_hundred_times_waits_for_the_next_price() {
        assert_eq!(passed(&["5", "499", "6"]), ["5", "499", "6"], "99.8 times is believed");
        assert_eq!(passed(&["5", "500", "5.1"]), ["5", "", "5.1!"]);
        assert_eq!(passed(&["5", "500", "510", "520"]), ["5", "", "500 510", "520"]);
        assert_eq!(passed(&["500", "5", "4.9"]), ["500", "", "5 4.9"]);
        assert_eq!(passed(&["5", "500", "0.01", "0.011"]), ["5", "", "!", "0.01 0.011"]);
    }

    #[test]
    fn the_first_price_is_compared_with_the_one_of_before() {
        let price = |text: &str| text.parse().unwrap();
        assert!(Guard::default().believes(price("500")));
        assert!(Guard::after(None).believes(price("500")));
        assert!(Guard::after(Some(price("6"))).believes(price("500")));
        assert!(!Guard::after(Some(price("5"))).believes(price("500")));
    }

    #[test]
    fn no_price_is_too_long_to_be_compared() {
        let (small, large) = ("0.0000000000000000000000000001", "9999999999999999999999999999");
        assert_eq!(passed(&[small, large, small]), [small, "", &format!("{small}!")]);
        assert_eq!(passed(&[large, large]), [large, large]);
        assert_eq!(passed(&["9999999999999999999999999999", "7.922816251426433759354395033", "1"])[1], "");
    }
}
