//! Quotients, rounded half up from their exact value: percentages and means for people to read.

use super::{Exact, Wide};

impl Exact {
    /// `self * 10^decimals / divisor` as a whole number, rounded half up; `None` where that has more than 38
    /// digits, or the divisor is zero.
    pub(crate) fn quotient(self, divisor: Exact, decimals: u32) -> Option<u128> {
        let (mut rest, divisor, _) = self.aligned(divisor);
        if divisor == (Wide { high: 0, low: 0 }) {
            return None;
        }
        // Long division by hand: first the whole digits, the divisor moved left as far as it goes.
        let (mut moved, mut places) = (divisor, 0);
        while moved.times(10) <= rest {
            moved = moved.times(10);
            places += 1;
        }
        let mut quotient = 0u128;
        for left in (0..=places).rev() {
            quotient = push_digit(quotient, take_digit(&mut rest, moved))?;
            if left > 0 {
                moved = moved.divided_by(10).0;
            }
        }
        for _ in 0..decimals {
            rest = rest.times(10);
            quotient = push_digit(quotient, take_digit(&mut rest, divisor))?;
        }
        quotient.checked_add(u128::from(rest.times(2) >= divisor))
    }
}

/// How often the divisor goes into the rest, which is below ten times the divisor; takes that off the rest.
fn take_digit(rest: &mut Wide, divisor: Wide) -> u8 {
    let mut digit = 0;
    while *rest >= divisor {
        *rest = rest.minus(divisor);
        digit += 1;
    }
    digit
}

fn push_digit(number: u128, digit: u8) -> Option<u128> {
    number.checked_mul(10)?.checked_add(u128::from(digit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        let check = |number: (u128, u32), divisor: (u128, u32), decimals, expected| {
            let quotient =
                Exact::new(number.0, number.1).quotient(Exact::new(divisor.0, divisor.1), decimals);
            assert_eq!(quotient, expected, "{number:?} / {divisor:?}");
        };
        check((2, 0), (100, 0), 4, Some(200));
        check((1, 0), (3, 0), 2, Some(33));
        check((2, 0), (3, 0), 2, Some(67));
        check((5, 1), (1, 0), 0, Some(1));
        check((4_999, 4), (1, 0), 0, Some(0));
        check((12_345, 4), (1, 0), 3, Some(1_235));
        check((0, 0), (7, 0), 2, Some(0));
        check((7, 0), (0, 0), 2, None);
        check((10u128.pow(28), 0), (1, 28), 0, None);
        check((10u128.pow(28), 0), (3, 5), 4, Some(3_333_333_333_333_333_333_333_333_333_333_333_333));
    }

    proptest! {
        #[test]
        fn a_quotient_is_what_whole_numbers_say(a in 0u128..10u128.pow(20), b in 1u128..10u128.pow(20), s in 0u32..9) {
            let (quotient, rest) = (a * 10u128.pow(s) / b, a * 10u128.pow(s) % b);
            let expected = quotient + u128::from(rest * 2 >= b);
            prop_assert_eq!(Exact::new(a, 3).quotient(Exact::new(b, 3), s), Some(expected));
            prop_assert_eq!(Exact::new(a, 0).quotient(Exact::new(b, s), 0), Some(expected));
        }
    }
}
