//! "State conditions: they hold or do not hold after each tick". Each function here says what the state
//! is measured against where it holds, and nothing where it does not.

use bellwether_model::{Direction, Measure, Price, Shift, Side, State, Tick};

use crate::exact::{exact, has_fallen, has_risen, highest, is_inside, lowest, nearer_bound};
use crate::history::{window, window_before};

/// A state that goes by its instrument's ticks alone, as of the newest of them. "One whose instrument
/// has no price yet does not hold."
///
/// # Panics
/// On a state that needs more than that: `change`, `trailing`, `all` and `any`.
pub(crate) fn of_instrument(state: &State, ticks: &[Tick]) -> Option<Measure> {
    let p = ticks.last()?.price;
    match *state {
        State::Above { price, .. } => (exact(p) >= exact(price)).then_some(Measure::Threshold(price)),
        State::Below { price, .. } => (exact(p) <= exact(price)).then_some(Measure::Threshold(price)),
        // "for inside the nearer of the two, the lower where equal"
        State::InsideChannel { low, high } => {
            is_inside(p, low, high).then(|| Measure::Threshold(nearer_bound(low, high, p)))
        }
        // "for exiting and outside the one nearer to p"
        State::OutsideChannel { low, high } => {
            (!is_inside(p, low, high)).then(|| Measure::Threshold(nearer_bound(low, high, p)))
        }
        // "m the lowest price in force during the window", "M the highest"
        State::Moving { by, direction, window: w } => {
            let prices = window(ticks, w);
            let (low, high) = (lowest(prices.iter().copied())?, highest(prices)?);
            moved(p, low, high, by, direction)
        }
        // "p is above every price in force during the window before this tick"
        State::NewHigh { window: w } => {
            let former = highest(window_before(ticks, w))?;
            (exact(p) > exact(former)).then_some(Measure::Reference(former))
        }
        State::NewLow { window: w } => {
            let former = lowest(window_before(ticks, w))?;
            (exact(p) < exact(former)).then_some(Measure::Reference(former))
        }
        State::Change { .. } | State::Trailing { .. } | State::All { .. } | State::Any { .. } => {
            panic!("{} does not go by one instrument's ticks alone", state.name())
        }
    }
}

/// "`change`: up: `p*100 >= R*(100+P)`; down: `p*100 <= R*(100-P)`; R is the reference".
pub(crate) fn of_change(p: Price, reference: Price, by: Shift, direction: Direction) -> Option<Measure> {
    moved(p, reference, reference, by, direction)
}

/// "`trailing`: down: `p*100 <= H*(100-P)`, H the highest price since arming, the reference and p
/// included; up: `p*100 >= L*(100+P)`, L the lowest".
pub(crate) fn of_trailing(p: Price, since_arming: Vec<Price>, by: Shift, side: Side) -> Option<Measure> {
    let all = since_arming.into_iter().chain([p]);
    let (holds, extreme) = match side {
        Side::Down => highest(all).map(|h| (has_fallen(p, h, by), h)),
        Side::Up => lowest(all).map(|l| (has_risen(p, l, by), l)),
    }?;
    holds.then_some(Measure::Reference(extreme))
}

/// "for `either`, the upward base where both hold"
fn moved(p: Price, up_from: Price, down_from: Price, by: Shift, direction: Direction) -> Option<Measure> {
    if direction.up() && has_risen(p, up_from, by) {
        Some(Measure::Reference(up_from))
    } else if direction.down() && has_fallen(p, down_from, by) {
        Some(Measure::Reference(down_from))
    } else {
        None
    }
}
