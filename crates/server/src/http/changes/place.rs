//! A place among the changes, as it is handed out: opaque, so that it may become another one.

use std::fmt;
use std::str::FromStr;

use bellwether_store::evaluation::Cursor;

/// What a place begins with, so that another form can be told from this one.
const FORM: &str = "c1";

/// A place among the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(pub(super) Cursor);

/// Where a reader wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// With what comes from now on.
    Now,
    /// After a place.
    Place(Place),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FORM}-{:x}-{:x}", self.0.transaction, self.0.seq)
    }
}

impl FromStr for After {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "now" {
            return Ok(After::Now);
        }
        read(text).map(After::Place).ok_or("is neither now nor the next or the cursor of an answer")
    }
}

fn read(text: &str) -> Option<Place> {
    let (transaction, seq) = text.strip_prefix(FORM)?.strip_prefix('-')?.split_once('-')?;
    // The store's numbers have a sign, and are never below zero.
    let number = |text: &str| i64::from_str_radix(text, 16).ok()?.try_into().ok();
    let place = Place(Cursor { transaction: number(transaction)?, seq: number(seq)? });
    // Only as it was handed out: no sign, no zeros before it.
    (place.to_string() == text).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_handed_out_and_in_no_other_way() {
        let last = u64::MAX >> 1;
        for (transaction, seq) in [(0, 0), (0, 17), (781, last), (last, last)] {
            let place = Place(Cursor { transaction, seq });
            assert_eq!(place.to_string().parse(), Ok(After::Place(place)));
        }
        assert_eq!("now".parse(), Ok(After::Now));
        for text in ["", "c1", "c1-", "c1-1", "c1-0-1-", "c2-0-1", "c1-0-+1", "c1-0-01", "c1-0--1", "c1-0-A"]
        {
            assert!(text.parse::<After>().is_err(), "{text}");
        }
        assert!(format!("c1-0-{:x}", u64::MAX).parse::<After>().is_err());
    }
}
