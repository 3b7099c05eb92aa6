//! Whether a state condition holds on the newest price, and what a fire is measured against.

use bellwether_model::{Direction, Measure, Price, Shift, Side, Timestamp};

use crate::band::{Band, Pattern, Region, Thresholds};
use crate::book::Book;
use crate::detail::{Detail, Watch};
use crate::exact::Exact;
use crate::key::Quote;
use crate::trail::Trail;
use crate::window::Window;

/// How a condition holds. Those with one way to hold use `rise`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) rise: bool,
    pub(crate) fall: bool,
}

impl Truth {
    pub(crate) const NO: Truth = Truth { rise: false, fall: false };

    fn one(rise: bool) -> Self {
        Self { rise, fall: false }
    }

    pub(crate) fn holds(self) -> bool {
        self.rise || self.fall
    }
}

/// Whether the condition holds on the newest price; never for an event.
pub(crate) fn truth(detail: &Detail, book: &Book) -> Truth {
    if let Watch::Compound(compound) = &detail.watch {
        return Truth::one(compound.holds());
    }
    let Some(last) = &book.last else { return Truth::NO };
    let quote = &last.quote();
    match &detail.watch {
        Watch::Band { pattern, low, high } => {
            Truth::one(!pattern.is_event() && pattern.holds(Band::new(*low, *high).region(quote)))
        }
        Watch::Reset { side, price, .. } => {
            Truth::one(level_pattern(*side).holds(Band::new(*price, *price).region(quote)))
        }
        Watch::Change { by, direction, reference, .. } => reference.map_or(Truth::NO, |reference| {
            let reached = |side| Exact::reaches(quote.price, reference, *by, side);
            Truth { rise: direction.up() && reached(Side::Up), fall: direction.down() && reached(Side::Down) }
        }),
        Watch::Moving { by, direction, window } => {
            book.find_window(*window).map_or(Truth::NO, |window| moved(window, quote, *by, *direction))
        }
        Watch::Record { side, window, .. } => {
            book.find_window(*window).map_or(Truth::NO, |window| Truth::one(window.record(*side)))
        }
        Watch::Trailing { by, side, group } if detail.has_reference => {
            let extreme = extreme(book, *by, *side, *group);
            Truth::one(Exact::reaches(quote.price, extreme, *by, *side))
        }
        Watch::Trailing { .. }
        | Watch::Silent { .. }
        | Watch::Compound(_)
        | Watch::Group { .. }
        | Watch::Ended { .. } => Truth::NO,
    }
}

/// The state that `above` and `below` are, without their reset.
pub(crate) fn level_pattern(side: Side) -> Pattern {
    match side {
        Side::Up => Pattern::Above,
        Side::Down => Pattern::Below,
    }
}

/// The thresholds of a change from a reference.
pub(crate) fn thresholds(reference: Price, by: Shift, direction: Direction) -> Thresholds {
    let fall = direction.down().then(|| Exact::fallen(reference, by)).flatten();
    let rise = direction.up().then(|| Exact::risen(reference, by));
    Thresholds::new(fall, rise)
}

/// H or L of a trailing alert.
pub(crate) fn extreme(book: &Book, by: Shift, side: Side, group: u32) -> Price {
    book.trails[usize::from(Trail::index(side, by))].groups[group].gauge.base()
}

fn moved(window: &Window, quote: &Quote, by: Shift, direction: Direction) -> Truth {
    let reached = |side| window.base(side).is_some_and(|base| Exact::reaches(quote.price, base, by, side));
    Truth { rise: direction.up() && reached(Side::Up), fall: direction.down() && reached(Side::Down) }
}

/// What a fire was measured against. `previous` is q where there was one.
pub(crate) fn measure(
    detail: &Detail,
    truth: Truth,
    books: &[Book],
    quote: &Quote,
    previous: Option<&Quote>,
) -> Measure {
    let book = &books[detail.instrument as usize];
    let base = |window: i64, side: Side| book.find_window(window).and_then(|window| window.base(side));
    let reference = match &detail.watch {
        Watch::Band { pattern, low, high } => {
            return Measure::Threshold(bound(*pattern, *low, *high, quote, previous));
        }
        Watch::Reset { price, .. } => return Measure::Threshold(*price),
        Watch::Compound(compound) => {
            return Measure::Parts(compound.part_truths(books));
        }
        Watch::Silent { .. } => {
            let last = book.last.map_or(i64::MIN, |last| last.time);
            return Measure::SilentSince(Timestamp::from_micros(last));
        }
        Watch::Change { reference, .. } => *reference,
        Watch::Moving { window, .. } => base(*window, if truth.rise { Side::Up } else { Side::Down }),
        Watch::Record { side, window, .. } => {
            book.find_window(*window).and_then(|window| window.former(*side))
        }
        Watch::Trailing { by, side, group } => Some(extreme(book, *by, *side, *group)),
        Watch::Group { .. } | Watch::Ended { .. } => None,
    };
    Measure::Reference(reference.expect("a condition that holds was measured against something"))
}

/// The bound that a fire of a channel is measured against; the level itself where there is no channel.
fn bound(pattern: Pattern, low: Price, high: Price, quote: &Quote, previous: Option<&Quote>) -> Price {
    let band = Band::new(low, high);
    let on_the_side_of = |quote: &Quote| match band.region(quote) {
        Region::Above => high,
        Region::Below | Region::Within => low,
    };
    match pattern {
        Pattern::Entering => previous.map_or(low, on_the_side_of),
        Pattern::Inside => {
            let price = Exact::from(quote.price);
            let nearer_to_high = price.plus(price) > Exact::from(low).plus(Exact::from(high));
            if nearer_to_high { high } else { low }
        }
        Pattern::Exiting | Pattern::Outside => on_the_side_of(quote),
        Pattern::Crossing | Pattern::CrossingUp | Pattern::CrossingDown | Pattern::Above | Pattern::Below => {
            low
        }
    }
}
