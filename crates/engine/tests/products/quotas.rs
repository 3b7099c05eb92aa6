//! How the calls of a day are shared out.

use bellwether_engine::products::{Demand, Planned, plan};
use bellwether_model::Span;
use proptest::prelude::*;

fn span(text: &str) -> Span {
    text.parse().expect(text)
}

fn demand(wanted: &str, alerts: u32, changes_per_day: u32) -> Demand {
    Demand { wanted: span(wanted), alerts, changes_per_day, calls: 1 }
}

fn spent(searches: &[Demand], planned: &[Planned]) -> u64 {
    searches.iter().zip(planned).map(|(demand, planned)| planned.times * u64::from(demand.calls)).sum()
}

#[test]
fn where_the_calls_suffice_everyone_gets_what_they_want() {
    let searches = [demand("2m", 1, 0), demand("10m", 3, 5), demand("1d", 1, 0)];
    let planned = plan(&searches, 5_000, span("24h"));
    assert!(planned.iter().all(|planned| !planned.is_stretched() && planned.stretch_percent() == 100));
    assert_eq!(planned.iter().map(|planned| planned.times).collect::<Vec<_>>(), [720, 144, 1]);
}

#[test]
fn what_changes_rarely_and_few_wait_for_is_stretched_first() {
    // 7,200 calls wanted, 4,750 there.
    let mut searches = vec![demand("2m", 1, 1); 9];
    searches.push(demand("2m", 50, 40));
    let planned = plan(&searches, 5_000, span("24h"));
    assert!(!planned[9].is_stretched());
    assert!(planned[..9].iter().all(|planned| planned.is_stretched()));
    assert_eq!(planned[0].interval, planned[8].interval);
    let spent = spent(&searches, &planned);
    assert!((4_700..=4_750).contains(&spent), "{spent} calls, of which a reserve is kept");
}

#[test]
fn with_fewer_calls_than_searches_the_worthiest_are_asked_once() {
    let searches = [demand("2m", 1, 0), demand("2m", 9, 9), demand("2m", 5, 5), demand("10d", 7, 9)];
    let planned = plan(&searches, 3, span("1h"));
    assert_eq!(planned.iter().map(|planned| planned.times).collect::<Vec<_>>(), [0, 1, 0, 1]);
    assert!(planned[0].is_stretched() && planned[0].interval == span("1h"));
    assert_eq!(planned[3].interval, span("10d"));
    let nothing = plan(&searches, 0, span("1h"));
    assert!(nothing.iter().all(|planned| planned.times == 0));
    assert_eq!(plan(&[], 0, span("1h")), []);
}

#[test]
fn a_stretch_is_told_in_hundredths() {
    let planned = plan(&[demand("1m", 1, 0)], 20, span("1h"));
    assert_eq!(
        (planned[0].times, planned[0].interval, planned[0].stretch_percent()),
        (19, span("190s"), 317)
    );
}

fn some_demand() -> impl Strategy<Value = Demand> {
    (60u64..200_000, 0u32..100, 0u32..500, 1u32..4).prop_map(|(wanted, alerts, changes_per_day, calls)| {
        Demand { wanted: Span::from_seconds(wanted).expect("a span"), alerts, changes_per_day, calls }
    })
}

proptest! {
    #[test]
    fn calls_are_never_overspent_and_nobody_is_asked_too_often(
        searches in proptest::collection::vec(some_demand(), 0..30), left in 0u64..20_000, until in 1u64..90_000,
    ) {
        let until = Span::from_seconds(until).expect("a span");
        let planned = plan(&searches, left, until);
        prop_assert_eq!(planned.len(), searches.len());
        prop_assert!(spent(&searches, &planned) <= left);
        for (demand, planned) in searches.iter().zip(&planned) {
            prop_assert!(planned.interval >= demand.wanted && planned.wanted == demand.wanted);
            // Wherever its first call falls, it is asked no oftener than was counted.
            let times = until.seconds().div_ceil(planned.interval.seconds());
            prop_assert!(planned.times == times || (planned.times == 0 && planned.interval >= until));
        }
        prop_assert_eq!(plan(&searches, left, until), planned);
    }

    #[test]
    fn more_calls_make_nobody_wait_longer(
        searches in proptest::collection::vec(some_demand(), 0..20), left in 100u64..5_000, more in 0u64..5_000,
    ) {
        let (few, many) = (plan(&searches, left, span("1d")), plan(&searches, left + more, span("1d")));
        for (few, many) in few.iter().zip(&many) {
            prop_assert!(many.interval <= few.interval);
        }
    }

    #[test]
    fn of_two_with_one_wish_the_worthier_is_asked_as_often_at_least(
        alerts in 1u32..50, more in 0u32..50, changes in 0u32..50, others in 1usize..40, left in 100u64..3_000,
    ) {
        let mut searches = vec![demand("2m", alerts, changes), demand("2m", alerts + more, changes + more)];
        searches.extend(std::iter::repeat_n(demand("5m", 2, 2), others));
        let planned = plan(&searches, left, span("1d"));
        prop_assert!(planned[1].interval <= planned[0].interval);
    }
}
