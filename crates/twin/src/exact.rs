//! Prices as whole numbers: how many times 10^-28 they are. Every price is such a multiple, a midpoint
//! of two quotes with its last decimal included, so that every comparison is one of integers.

use bellwether_model::{Price, Shift, limits};
use num_bigint::BigUint;

/// Decimals that any price may have.
const DECIMALS: u32 = limits::QUOTE_DECIMALS;
/// 100 % in the unit of [`bellwether_model::Percent`], the ten-thousandth of a percent.
const WHOLE: u32 = 1_000_000;

/// The price as a whole number.
pub(crate) fn exact(price: Price) -> BigUint {
    let (digits, decimals) = price.parts();
    BigUint::from(digits) * 10u128.pow(DECIMALS - decimals)
}

/// "up: `p*100 >= R*(100+P)`", and "up `p >= R + A`".
pub(crate) fn has_risen(p: Price, base: Price, by: Shift) -> bool {
    match by {
        Shift::Percent(percent) => exact(p) * WHOLE >= exact(base) * (WHOLE + percent.ten_thousandths()),
        Shift::Amount(amount) => exact(p) >= exact(base) + exact(amount),
    }
}

/// "down: `p*100 <= R*(100-P)`", and "down `p <= R - A`"; to a price of zero or less nothing falls.
pub(crate) fn has_fallen(p: Price, base: Price, by: Shift) -> bool {
    match by {
        Shift::Percent(percent) => match WHOLE.checked_sub(percent.ten_thousandths()) {
            Some(left) => exact(p) * WHOLE <= exact(base) * left,
            None => false,
        },
        Shift::Amount(amount) => exact(p) + exact(amount) <= exact(base),
    }
}

/// The distance between two prices.
pub(crate) fn distance(a: Price, b: Price) -> BigUint {
    let (a, b) = (exact(a), exact(b));
    if a >= b { a - b } else { b - a }
}

/// The highest of some prices.
pub(crate) fn highest(prices: impl IntoIterator<Item = Price>) -> Option<Price> {
    prices.into_iter().max_by_key(|&price| exact(price))
}

/// The lowest of some prices.
pub(crate) fn lowest(prices: impl IntoIterator<Item = Price>) -> Option<Price> {
    prices.into_iter().min_by_key(|&price| exact(price))
}

/// The bound of a channel that is nearer to a price, "the lower where equal".
pub(crate) fn nearer_bound(low: Price, high: Price, to: Price) -> Price {
    if distance(low, to) <= distance(high, to) { low } else { high }
}

/// "All bounds are inclusive."
pub(crate) fn is_inside(price: Price, low: Price, high: Price) -> bool {
    exact(low) <= exact(price) && exact(price) <= exact(high)
}
