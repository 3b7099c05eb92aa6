//! What insights tell.

use bellwether_engine::products::insights;
use bellwether_model::product::{
    Availability, Elsewhere, Goodness, InsightsReport, InsightsWatch, Mark, Moved, PricePoint, Schedule,
    Traced,
};
use bellwether_model::{Price, Span};
use proptest::prelude::*;

use super::made::{day, offer, point, price, search};

/// Made at noon of day 10, looking back two days.
const SLOT: i64 = 10;

fn watch() -> InsightsWatch {
    InsightsWatch {
        search: search(),
        schedule: Schedule::Every { every: Span::from_seconds(86_400).expect("a day") },
        look_back: Span::from_seconds(2 * 86_400).expect("two days"),
        drop_percent: "2".parse().expect("a percentage"),
    }
}

/// A listing with its prices by the day; the last one is what it costs now.
fn traced(id: &str, prices: &[(i64, &str)]) -> Traced {
    let now = prices.last().map_or("", |(_, cost)| cost);
    Traced {
        offer: offer(id, now),
        gone_at: None,
        first_seen_at: day(prices.first().map_or(0, |(number, _)| *number)),
        prices: prices.iter().map(|(number, cost)| point(*number, cost)).collect(),
    }
}

fn report(listings: Vec<Traced>, lows: &[PricePoint]) -> InsightsReport {
    insights(&watch(), day(SLOT), Some(day(SLOT)), listings, lows)
}

fn moved(list: &[Moved]) -> Vec<(&str, String, String, &str)> {
    list.iter()
        .map(|moved| {
            (moved.listing.id.as_str(), moved.was.to_string(), moved.now.to_string(), moved.percent.as_str())
        })
        .collect()
}

#[test]
fn a_fall_of_two_percent_is_told_and_one_of_less_is_not() {
    let report = report(
        vec![
            traced("fell", &[(5, "100"), (9, "98")]),
            traced("almost", &[(5, "100"), (9, "98.01")]),
            traced("more", &[(5, "100"), (7, "90"), (9, "80.004")]),
            traced("same", &[(5, "50")]),
        ],
        &[],
    );
    // The price in force two days ago counts, not the first.
    assert_eq!(
        moved(&report.drops),
        [
            ("more", "90".to_owned(), "80.004".to_owned(), "11.11"),
            ("fell", "100".to_owned(), "98".to_owned(), "2")
        ]
    );
    assert!(report.rises.is_empty() && !report.is_quiet());
}

#[test]
fn any_rise_is_told_the_largest_first() {
    let report = report(
        vec![
            traced("little", &[(5, "100"), (9, "100.01")]),
            traced("much", &[(5, "3"), (9, "5")]),
            traced("also-much", &[(5, "6"), (9, "10")]),
        ],
        &[],
    );
    let ids: Vec<_> = moved(&report.rises).into_iter().map(|(id, _, _, percent)| (id, percent)).collect();
    assert_eq!(ids, [("also-much", "66.67"), ("much", "66.67"), ("little", "0.01")]);
}

#[test]
fn where_nothing_was_observed_two_days_ago_nothing_is_claimed() {
    let report = report(vec![traced("new", &[(9, "100"), (10, "50")])], &[]);
    assert!(report.is_quiet());
    assert_eq!((report.new_cheapest.clone(), report.best[0].mark.clone()), (None, None));
    // Observed at that very instant is observed.
    let exact = super::insights::report(vec![traced("just", &[(8, "100"), (9, "50")])], &[]);
    assert_eq!(exact.drops.len(), 1);
}

#[test]
fn a_new_listing_below_the_cheapest_then_stands_out() {
    let old = || traced("old", &[(5, "100"), (9, "40")]);
    let told = report(vec![old(), traced("new", &[(9, "99")]), traced("newer", &[(9, "98")])], &[]);
    let standout = told.new_cheapest.unwrap();
    assert_eq!(
        (standout.listing.id.as_str(), standout.price, standout.before),
        ("newer", price("98"), price("100"))
    );
    assert_eq!(report(vec![old(), traced("new", &[(9, "100")])], &[]).new_cheapest, None);
    // What has been sold since was the cheapest then all the same; what was sold before was not.
    let mut sold = traced("sold", &[(5, "90")]);
    sold.offer.availability = Availability::Ended;
    sold.offer.ends_at = Some(day(9));
    assert_eq!(report(vec![old(), sold.clone(), traced("new", &[(9, "95")])], &[]).new_cheapest, None);
    sold.offer.ends_at = Some(day(7));
    assert!(report(vec![old(), sold, traced("new", &[(9, "95")])], &[]).new_cheapest.is_some());
}

#[test]
fn figures_are_of_what_can_be_bought_and_compared() {
    let mut sold = traced("sold", &[(5, "1")]);
    sold.offer.availability = Availability::OutOfStock;
    let report = report(
        vec![
            traced("a", &[(5, "10")]),
            traced("b", &[(5, "20.01")]),
            traced("c", &[(5, "30")]),
            traced("d", &[(5, "20")]),
            sold,
            traced("e", &[]),
            Traced { offer: offer("f", "5 EUR"), first_seen_at: day(5), gone_at: None, prices: vec![] },
            Traced { offer: offer("g", "6 EUR"), first_seen_at: day(5), gone_at: None, prices: vec![] },
        ],
        &[],
    );
    assert_eq!(report.count, 4);
    let figures = [report.minimum, report.median, report.mean].map(|figure| figure.unwrap().to_string());
    assert_eq!(figures, ["10", "20.005", "20"]);
    let euros = "EUR".parse().ok();
    assert_eq!(
        report.elsewhere,
        [Elsewhere { currency: euros, count: 2 }, Elsewhere { currency: None, count: 1 }]
    );
    let best: Vec<_> = report.best.iter().map(|item| item.listing.id.as_str()).collect();
    assert_eq!(best, ["a", "d", "b", "c"]);
}

#[test]
fn how_good_the_cheapest_is_goes_by_the_days_before() {
    let lows: Vec<PricePoint> =
        (0..SLOT).map(|number| point(number, if number < 7 { "60" } else { "40" })).collect();
    let told = report(vec![traced("a", &[(5, "50")])], &lows);
    assert_eq!(told.goodness, Some(Goodness { dearer_percent: 70, days: 10, low_confidence: true }));
    assert_eq!(told.all_time_low, Some(point(7, "40")));
    assert_eq!(told.chart.len(), 11);
    assert_eq!(told.chart.last(), Some(&point(SLOT, "50")));
    // As cheap as on every day: not dearer.
    let same = report(vec![traced("a", &[(5, "40")])], &lows[7..]);
    assert_eq!(same.goodness.unwrap().dearer_percent, 0);
    // Today's own low is no measure, and the lowest ever may be today's.
    let mut with_today = lows;
    with_today.push(point(SLOT, "30"));
    let lowest = report(vec![traced("a", &[(10, "30")])], &with_today);
    assert_eq!(lowest.goodness.map(|goodness| (goodness.dearer_percent, goodness.days)), Some((100, 10)));
    assert_eq!(lowest.all_time_low, Some(point(SLOT, "30")));
    let fortnight: Vec<PricePoint> = (-4..SLOT).map(|number| point(number, "60")).collect();
    assert!(!report(vec![traced("a", &[(5, "50")])], &fortnight).goodness.unwrap().low_confidence);
    assert_eq!(report(vec![traced("a", &[(5, "50")])], &[]).goodness, None);
}

#[test]
fn nothing_at_all_is_a_report_too() {
    let report = report(vec![], &[]);
    assert!(report.is_quiet());
    assert_eq!((report.count, report.minimum, report.median, report.mean), (0, None, None, None));
    assert!(report.chart.is_empty() && report.goodness.is_none() && report.all_time_low.is_none());
}

#[test]
fn the_best_offers_say_what_is_new_about_them() {
    let report = report(
        vec![traced("1", &[(9, "10")]), traced("2", &[(5, "30"), (9, "20")]), traced("3", &[(5, "40")])],
        &[],
    );
    let marks: Vec<_> = report.best.into_iter().map(|item| item.mark).collect();
    let changed = Mark::Changed { from: super::made::money("30") };
    assert_eq!(marks, [Some(Mark::New), Some(changed), None]);
}

#[test]
fn a_chart_has_a_year_at_most() {
    let lows: Vec<PricePoint> = (-600..SLOT).map(|number| point(number, "60")).collect();
    let report = report(vec![traced("a", &[(5, "50")])], &lows);
    assert_eq!(report.chart.len(), 365);
    assert_eq!(report.chart.last(), Some(&point(SLOT, "50")));
    assert!(report.chart.windows(2).all(|pair| pair[0].time < pair[1].time));
}

proptest! {
    /// Every claim can be checked from its own two prices, and none is missing.
    #[test]
    fn claims_are_exact_and_whole(pairs in proptest::collection::vec((1u128..5_000, 1u128..5_000), 0..40)) {
        let cents = |digits| Price::from_parts(digits, 2).expect("a price").to_string();
        let listings: Vec<_> = pairs
            .iter()
            .enumerate()
            .map(|(at, (was, now))| traced(&format!("{at:02}"), &[(5, &cents(*was)), (9, &cents(*now))]))
            .collect();
        let report = report(listings, &[]);
        let drops = pairs.iter().filter(|(was, now)| now * 100 <= was * 98).count();
        let rises = pairs.iter().filter(|(was, now)| now > was).count();
        prop_assert_eq!((report.drops.len(), report.rises.len()), (drops, rises));
        for told in report.drops.iter().chain(&report.rises) {
            let (was, now) = pairs[told.listing.id.as_str().parse::<usize>().expect("a number")];
            let hundredths = (was.abs_diff(now) * 20_000 + was) / (was * 2);
            let (whole, part) = told.percent.split_once('.').unwrap_or((&told.percent, ""));
            prop_assert_eq!(format!("{whole}{part:0<2}").parse::<u128>(), Ok(hundredths));
        }
        let ratio = |told: &Moved| told.now.to_decimal() / told.was.to_decimal();
        prop_assert!(report.drops.windows(2).all(|pair| ratio(&pair[0]) <= ratio(&pair[1])));
        prop_assert!(report.rises.windows(2).all(|pair| ratio(&pair[0]) >= ratio(&pair[1])));
        let mut sorted: Vec<u128> = pairs.iter().map(|(_, now)| *now).collect();
        sorted.sort_unstable();
        if let Some(count) = std::num::NonZero::new(sorted.len() as u128) {
            let count = count.get();
            let mean = (sorted.iter().sum::<u128>() * 2 + count) / (count * 2);
            prop_assert_eq!(report.mean.map(|mean| mean.to_string()), Some(cents(mean)));
            let middle = sorted[sorted.len() / 2] + sorted[(sorted.len() - 1) / 2];
            prop_assert_eq!(report.median, Price::from_parts(middle * 5, 3).ok());
            prop_assert_eq!(report.minimum, Price::from_parts(sorted[0], 2).ok());
        }
    }
}

/// A listing that its search lost on a day.
fn lost(id: &str, prices: &[(i64, &str)], on: i64) -> Traced {
    Traced { gone_at: Some(day(on)), ..traced(id, prices) }
}

#[test]
fn what_has_gone_since_was_the_cheapest_then_and_is_told() {
    let gone = |report: &InsightsReport| {
        let gone = report.gone.as_ref().unwrap();
        (gone.count, gone.listing.id.to_string(), gone.price.to_string(), gone.was_cheapest)
    };
    let old = || traced("old", &[(5, "100")]);
    // It cost 90 then, and 85 when it was lost; so a new one of 95 is no news, and one of 89 is.
    let told =
        report(vec![old(), lost("lost", &[(5, "90"), (9, "85")], 9), traced("new", &[(9, "95")])], &[]);
    assert_eq!((told.new_cheapest.clone(), told.count, told.minimum), (None, 2, Some(price("95"))));
    assert_eq!(gone(&told), (1, "lost".to_owned(), "85".to_owned(), true));
    assert!(!told.is_quiet() && told.drops.is_empty(), "a fall of what is gone is no offer");
    let told = report(vec![old(), lost("lost", &[(5, "90")], 9), traced("new", &[(9, "89")])], &[]);
    assert_eq!(told.new_cheapest.unwrap().before, price("90"));

    // Lost before the look-back began, it plays no part; lost after the report's instant, not yet.
    for on in [8, 11] {
        let told = report(vec![old(), lost("lost", &[(5, "90")], on)], &[]);
        assert_eq!(told.gone, None, "{on}");
    }
    // What came and went in between is counted too, and was not the cheapest then.
    let told = report(vec![old(), lost("brief", &[(9, "70")], 10), lost("dear", &[(5, "300")], 9)], &[]);
    assert_eq!(gone(&told), (2, "brief".to_owned(), "70".to_owned(), false));
    // All of them gone.
    let told = report(vec![lost("a", &[(5, "90")], 9), lost("b", &[(5, "91")], 10)], &[]);
    assert_eq!((told.minimum, told.count), (None, 0));
    assert_eq!(gone(&told), (2, "a".to_owned(), "90".to_owned(), true));
    // What was never priced in the search's currency cannot be compared.
    assert_eq!(report(vec![old(), lost("foreign", &[], 9)], &[]).gone, None);
}
