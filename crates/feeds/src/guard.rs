//! The glitch guard: a price many times as high or as low as the one before waits for the next one.
//!
//! Where that confirms it, both go on, each in its own place; where it does not, the first was a glitch and
//! nobody who watches hears of it. What waits, and what became of it, is told apart ([`Doubt`]).
//!
//! One for each instrument, polled or streamed, where ticks are in order already and before anybody judges them.
//! Pushed ticks have none: who pushes a price means it.

use bellwether_model::{Observation, Price};

use crate::quarantine::{Doubt, Factor, Fate};

/// The guard of one instrument.
#[derive(Debug)]
pub(crate) struct Guard {
    /// How far off a price must be; none: each is believed.
    factor: Option<Factor>,
    /// The last price that went on.
    last: Option<Price>,
    /// What waits for its confirmation.
    held: Option<Held>,
}

/// A price that waits, and the one in force when it came.
#[derive(Debug, Clone, Copy)]
struct Held {
    observation: Observation,
    in_force: Price,
}

impl Held {
    fn becomes(self, fate: Fate) -> Doubt {
        Doubt { tick: self.observation.tick, in_force: self.in_force, fate }
    }
}

/// What becomes of a price.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// What goes on, in order: nothing, it, or it after the one that it confirms.
    pub(crate) on: Vec<Observation>,
    /// What is to be told of the one that waited, and of it.
    pub(crate) doubts: Vec<Doubt>,
}

impl Guard {
    /// A guard that knows the price before the first one that comes, where there is one.
    pub(crate) fn after(last: Option<Price>, factor: Option<Factor>) -> Self {
        Self { factor, last, held: None }
    }

    /// Lets a price go on at once where nothing is to be waited for, which is nearly always. Where it does not,
    /// [`Guard::pass`] says what becomes of it.
    pub(crate) fn believes(&mut self, price: Price) -> bool {
        let believed = self.held.is_none()
            && self.last.is_none_or(|last| last == price || !is_far(last, price, self.factor));
        if believed {
            self.last = Some(price);
        }
        believed
    }

    /// What waits will not be confirmed any more, since the prices that come are not those after it; what it was,
    /// where anything waited. What is far from the last price that went on waits as before.
    pub(crate) fn give_up(&mut self) -> Option<Doubt> {
        self.held.take().map(|held| held.becomes(Fate::Unanswered))
    }

    /// Lets a price go on, or has it wait.
    pub(crate) fn pass(&mut self, observation: Observation) -> Passed {
        let (price, factor) = (observation.tick.price, self.factor);
        let held = self.held.take();
        let far_from = self.last.filter(|last| is_far(*last, price, factor));
        let Some(in_force) = far_from else {
            self.last = Some(price);
            let contradicted = held.map(|held| held.becomes(Fate::Contradicted));
            return Passed { on: vec![observation], doubts: contradicted.into_iter().collect() };
        };
        match held {
            Some(held) if !is_far(held.observation.tick.price, price, factor) => {
                self.last = Some(price);
                let doubts = vec![held.becomes(Fate::Confirmed)];
                Passed { on: vec![held.observation, observation], doubts }
            }
            held => {
                let contradicted = held.map(|held| held.becomes(Fate::Contradicted));
                let held = Held { observation, in_force };
                self.held = Some(held);
                let doubts = contradicted.into_iter().chain([held.becomes(Fate::Waiting)]).collect();
                Passed { on: Vec::new(), doubts }
            }
        }
    }
}

/// Whether one of two prices is so many times the other or more.
fn is_far(a: Price, b: Price, factor: Option<Factor>) -> bool {
    let Some(factor) = factor else { return false };
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let ((low, low_scale), (high, high_scale)) = (low.parts(), high.parts());
    // Both to the larger count of decimals; what does not fit there is as far away as can be.
    let scale = low_scale.max(high_scale);
    let at =
        |digits: u128, own: u32| 10u128.checked_pow(scale - own).and_then(|zeros| digits.checked_mul(zeros));
    let far = at(low, low_scale).and_then(|low| low.checked_mul(factor.times().into()));
    match (far, at(high, high_scale)) {
        (Some(far), Some(high)) => high >= far,
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Origin, Position, Tick, Timestamp};

    use super::*;

    fn guard(last: Option<Price>) -> Guard {
        Guard::after(last, Some(Factor::USUAL))
    }

    /// The prices that go on, one text for each that came; with `!` where a glitch was dropped.
    fn passed(prices: &[&str]) -> Vec<String> {
        passed_by(guard(None), prices)
    }

    fn passed_by(mut guard: Guard, prices: &[&str]) -> Vec<String> {
        let said = prices.iter().zip(1..).map(|(price, second)| {
            let time = Timestamp::from_micros(second * 1_000_000);
            let tick = Tick::unnumbered(price.parse().unwrap(), time, Position(0));
            let passed = guard.pass(Observation { tick, trades: None, origin: Origin::Live });
            let on: Vec<_> = passed.on.iter().map(|one| one.tick.price.to_string()).collect();
            let dropped = passed.doubts.iter().any(|doubt| doubt.fate == Fate::Contradicted);
            format!("{}{}", on.join(" "), if dropped { "!" } else { "" })
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
        assert!(guard(None).believes(price("500")));
        assert!(guard(Some(price("6"))).believes(price("500")));
        assert!(!guard(Some(price("5"))).believes(price("500")));
    }

    #[test]
    fn no_price_is_too_long_to_be_compared() {
        let (small, large) = ("0.0000000000000000000000000001", "9999999999999999999999999999");
        assert_eq!(passed(&[small, large, small]), [small, "", &format!("{small}!")]);
        assert_eq!(passed(&[large, large]), [large, large]);
        assert_eq!(passed(&["9999999999999999999999999999", "7.922816251426433759354395033", "1"])[1], "");
    }

    #[test]
    fn the_factor_is_what_one_says_and_without_one_every_price_is_believed() {
        let by = |times, prices: &[&str]| passed_by(Guard::after(None, Factor::new(times)), prices);
        assert_eq!(by(3, &["5", "14.9", "50", "51"]), ["5", "14.9", "", "50 51"]);
        assert_eq!(by(1_000, &["5", "4999", "1"]), ["5", "4999", ""]);
        assert_eq!(by(0, &["5", "500000", "0.01"]), ["5", "500000", "0.01"]);
        assert!(Guard::after(Some("5".parse().unwrap()), None).believes("500000".parse().unwrap()));
    }

    #[test]
    fn what_waits_is_told_with_what_became_of_it() {
        let mut guard = guard(None);
        let mut told = Vec::new();
        for (price, id) in ["5", "500", "510", "5", "512", "0.01"].into_iter().zip(1..) {
            let tick = Tick::numbered(price.parse().unwrap(), Timestamp::from_micros(0), id);
            told.extend(guard.pass(Observation { tick, trades: None, origin: Origin::Live }).doubts);
        }
        told.extend(guard.give_up());
        let told: Vec<_> = told
            .iter()
            .map(|doubt| (doubt.tick.id.unwrap(), doubt.in_force.to_string(), doubt.fate))
            .collect();
        let expected = [
            (2, "5", Fate::Waiting),
            (2, "5", Fate::Confirmed),
            (4, "510", Fate::Waiting),
            (4, "510", Fate::Contradicted),
            (6, "512", Fate::Waiting),
            (6, "512", Fate::Unanswered),
        ];
        assert_eq!(told, expected.map(|(id, price, fate)| (id, price.to_owned(), fate)));
        assert_eq!(guard.give_up(), None);
    }
}
