//! How scripts are drawn.

use bellwether_model::{
    Condition, Direction, Event, Instrument, Origin, Part, Percent, Price, Repeat, Shift, Side, Span, State,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use crate::grid::Grid;
use crate::script::{ALERTS, DrawnTick, INSTRUMENTS, Script, Step, Terms, Wish};

/// Steps in a script, at most.
const STEPS: usize = 90;
/// The last second that expiries and snoozes are drawn from; scripts seldom run longer.
const HORIZON_S: i64 = 150;

/// The instrument with this number.
pub(crate) fn instrument(number: usize) -> Instrument {
    format!("push:test/{number}").parse().expect("an instrument's name")
}

/// What scripts are mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Prices.
    Prices,
    /// Silences, with whatever comes between.
    Silences,
}

/// Scripts over the prices of a grid.
pub(crate) fn scripts(grid: &Grid, theme: Theme) -> impl Strategy<Value = Script> + use<> {
    let numbered = any::<[bool; INSTRUMENTS]>();
    (numbered, vec(steps(grid, theme), 3..STEPS)).prop_map(|(numbered, steps)| Script { numbered, steps })
}

fn steps(grid: &Grid, theme: Theme) -> impl Strategy<Value = Step> + use<> {
    let alert = 0..ALERTS;
    let (silences, breaks) = if theme == Theme::Silences { (60, 8) } else { (12, 3) };
    prop_oneof![
        60 => ticks(grid).prop_map(Step::Tick),
        14 => (alert.clone(), wishes(grid, theme)).prop_map(|(alert, wish)| Step::Arm { alert, wish: Box::new(wish) }),
        2 => alert.clone().prop_map(|alert| Step::Pause { alert }),
        4 => alert.clone().prop_map(|alert| Step::Resume { alert }),
        4 => (alert, terms()).prop_map(|(alert, terms)| Step::Amend { alert, terms }),
        breaks - 1 => (0..INSTRUMENTS).prop_map(|instrument| Step::Gap { instrument }),
        silences => quiet(),
        breaks => Just(Step::Checkpoint),
        breaks => Just(Step::Crash),
    ]
}

fn ticks(grid: &Grid) -> impl Strategy<Value = DrawnTick> + use<> {
    // Two thirds on one instrument, so that alerts see enough of it.
    let instrument = prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2)];
    let after_us = prop_oneof![
        3 => Just(0),
        1 => Just(1),
        6 => (1i64..=5).prop_map(|s| s * 1_000_000),
        2 => (6i64..=20).prop_map(|s| s * 1_000_000),
    ];
    let behind_us = prop_oneof![12 => Just(0), 1 => Just(1), 2 => (1i64..=15).prop_map(|s| s * 1_000_000)];
    let advance = prop_oneof![12 => Just(1), 2 => Just(3), 1 => Just(0), 1 => Just(-1)];
    let wrong_kind = prop_oneof![40 => Just(false), 1 => Just(true)];
    let origin = prop_oneof![8 => Just(Origin::Live), 2 => Just(Origin::Refilled), 1 => Just(Origin::Candle)];
    (instrument, prices(grid), after_us, behind_us, advance, wrong_kind, origin).prop_map(
        |(instrument, price, after_us, behind_us, advance, wrong_kind, origin)| DrawnTick {
            instrument,
            price,
            after_us,
            behind_us,
            advance,
            wrong_kind,
            origin,
        },
    )
}

fn quiet() -> impl Strategy<Value = Step> {
    let instrument = prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2)];
    let after_us = prop_oneof![1 => Just(0), 3 => (1i64..=15).prop_map(|s| s * 1_000_000), 1 => Just(1)];
    let behind_us = prop_oneof![3 => Just(0), 1 => (1i64..=5).prop_map(|s| s * 1_000_000)];
    (instrument, after_us, behind_us).prop_map(|(instrument, after_us, behind_us)| Step::Quiet {
        instrument,
        after_us,
        behind_us,
    })
}

fn prices(grid: &Grid) -> impl Strategy<Value = Price> + use<> {
    select(grid.prices.clone())
}

fn wishes(grid: &Grid, theme: Theme) -> impl Strategy<Value = Wish> + use<> {
    let instrument = prop_oneof![4 => Just(0), 1 => Just(1)];
    let ahead = prop_oneof![8 => Just(0), 1 => 1u64..4];
    (instrument, conditions(grid, theme), terms(), any::<bool>(), ahead).prop_map(
        |(instrument, condition, terms, accepted, ahead)| Wish {
            instrument,
            condition,
            terms,
            accepted,
            ahead,
        },
    )
}

fn terms() -> impl Strategy<Value = Terms> {
    let cooldown = prop_oneof![2 => Just(0), 1 => 1u64..20].prop_map(span);
    let repeat = prop_oneof![
        1 => Just(Repeat::Once),
        3 => (cooldown, option::weighted(0.3, 1u64..4))
            .prop_map(|(cooldown, max_fires)| Repeat::Every { cooldown, max_fires }),
    ];
    let instant = || option::weighted(0.2, 0..HORIZON_S);
    (repeat, instant(), instant()).prop_map(|(repeat, expires_s, snoozed_s)| Terms {
        repeat,
        expires_s,
        snoozed_s,
    })
}

fn conditions(grid: &Grid, theme: Theme) -> impl Strategy<Value = Condition> + use<> {
    let silences = if theme == Theme::Silences { 40 } else { 1 };
    let hold = option::weighted(0.25, (1u64..=20).prop_map(span));
    let of = vec(parts(grid), 2..4);
    let composites =
        prop_oneof![of.clone().prop_map(|of| State::All { of }), of.prop_map(|of| State::Any { of }),];
    let states = prop_oneof![4 => levels(grid, true), 4 => based(grid), 3 => windowed(grid), 3 => composites];
    prop_oneof![
        4 => events(grid).prop_map(Condition::Event),
        6 => (states, hold).prop_map(|(state, hold)| Condition::State { state, hold }),
        silences => (1u64..=25).prop_map(|seconds| Condition::Silent { span: span(seconds) }),
    ]
}

fn events(grid: &Grid) -> BoxedStrategy<Event> {
    prop_oneof![
        prices(grid).prop_map(|price| Event::Crossing { price }),
        prices(grid).prop_map(|price| Event::CrossingUp { price }),
        prices(grid).prop_map(|price| Event::CrossingDown { price }),
        channels(grid).prop_map(|(low, high)| Event::EnteringChannel { low, high }),
        channels(grid).prop_map(|(low, high)| Event::ExitingChannel { low, high }),
    ]
    .boxed()
}

/// States that go by the price alone.
fn levels(grid: &Grid, with_reset: bool) -> BoxedStrategy<State> {
    let reset = move |set: bool, to: Price| (set && with_reset).then_some(to);
    prop_oneof![
        (channels(grid), any::<bool>())
            .prop_map(move |((low, high), set)| State::Above { price: high, reset: reset(set, low) }),
        (channels(grid), any::<bool>())
            .prop_map(move |((low, high), set)| State::Below { price: low, reset: reset(set, high) }),
        channels(grid).prop_map(|(low, high)| State::InsideChannel { low, high }),
        channels(grid).prop_map(|(low, high)| State::OutsideChannel { low, high }),
    ]
    .boxed()
}

/// States that are measured from a base of the alert's own.
fn based(grid: &Grid) -> BoxedStrategy<State> {
    prop_oneof![
        (moves(grid), any::<bool>()).prop_map(|((by, direction), rebase)| State::Change {
            by,
            direction,
            rebase
        }),
        moves(grid).prop_map(|(by, direction)| State::Trailing {
            by,
            side: if direction.down() { Side::Down } else { Side::Up },
        }),
    ]
    .boxed()
}

fn windowed(grid: &Grid) -> BoxedStrategy<State> {
    let window = || (10u64..=40).prop_map(span);
    prop_oneof![
        2 => (moves(grid), window()).prop_map(|((by, direction), window)| State::Moving {
            by,
            direction,
            window
        }),
        1 => window().prop_map(|window| State::NewHigh { window }),
        1 => window().prop_map(|window| State::NewLow { window }),
    ]
    .boxed()
}

fn parts(grid: &Grid) -> impl Strategy<Value = Part> + use<> + Clone {
    let instrument = option::weighted(0.6, (0..INSTRUMENTS).prop_map(instrument));
    let state = prop_oneof![3 => levels(grid, false), 1 => windowed(grid)].boxed();
    (instrument, state).prop_map(|(instrument, state)| Part { instrument, state }).boxed()
}

fn channels(grid: &Grid) -> impl Strategy<Value = (Price, Price)> + use<> {
    let last = grid.prices.len();
    let prices = grid.prices.clone();
    (0..last, 0..last).prop_map(move |(a, b)| (prices[a.min(b)], prices[a.max(b)]))
}

/// By how much and which way; a fall by a percentage is by less than all of it.
fn moves(grid: &Grid) -> impl Strategy<Value = (Shift, Direction)> + use<> {
    let percents = ["0.0001", "1", "2", "5", "10", "20", "50", "99.9999", "100", "10000"];
    let percent = select(percents.to_vec())
        .prop_map(|text| text.parse::<Percent>().expect("a percentage within its limits"));
    let by =
        prop_oneof![percent.prop_map(Shift::Percent), select(grid.amounts.clone()).prop_map(Shift::Amount),];
    let direction = select(vec![Direction::Up, Direction::Down, Direction::Either]);
    (by, direction).prop_map(|(by, direction)| match by {
        Shift::Percent(percent) if !percent.can_fall() => (by, Direction::Up),
        Shift::Percent(_) | Shift::Amount(_) => (by, direction),
    })
}

fn span(seconds: u64) -> Span {
    Span::from_seconds(seconds).expect("a short span")
}
