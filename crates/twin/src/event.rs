//! "Crossing conditions: an event at one tick", between q, "the price in force just before it", and p,
//! "the price of the tick being applied".

use std::cmp::Ordering;

use bellwether_model::{Event, Price};

use crate::exact::{exact, is_inside, nearer_bound};

/// What the event is measured against, where it happens; absent where it does not.
pub(crate) fn happens(event: &Event, q: Price, p: Price) -> Option<Price> {
    let side = |price: Price, of: Price| exact(price).cmp(&exact(of));
    let (happens, threshold) = match *event {
        // "`q != X`, and `p - X` is zero or has the other sign than `q - X`"
        Event::Crossing { price: x } => (
            side(q, x) != Ordering::Equal
                && (side(p, x) == Ordering::Equal || side(p, x) == side(q, x).reverse()),
            x,
        ),
        // "`q < X` and `p >= X`"
        Event::CrossingUp { price: x } => (exact(q) < exact(x) && exact(p) >= exact(x), x),
        // "`q > X` and `p <= X`"
        Event::CrossingDown { price: x } => (exact(q) > exact(x) && exact(p) <= exact(x), x),
        // "q outside `[low, high]`, p inside"; "for entering the one nearer to q"
        Event::EnteringChannel { low, high } => {
            (!is_inside(q, low, high) && is_inside(p, low, high), nearer_bound(low, high, q))
        }
        // "q inside `[low, high]`, p outside"; "for exiting and outside the one nearer to p"
        Event::ExitingChannel { low, high } => {
            (is_inside(q, low, high) && !is_inside(p, low, high), nearer_bound(low, high, p))
        }
    };
    happens.then_some(threshold)
}
