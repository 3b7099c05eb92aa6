//! What the rules of product alerts cost. Run with `cargo bench -p bellwether-engine --bench products`.
//!
//! | what | target |
//! |---|---|
//! | an observation judged, all five conditions and two words of the title | at most 2 µs |
//! | a digest: the 20 cheapest of 200 | at least 10,000 a core-second |
//! | insights: 200 listings, each with a year of prices, and a year of daily lows | at least 2,000 a core-second |
//! | a new item among 100,000 searches of three words | at most 20 µs |
//! | a plan for 5,000 searches whose wishes are far beyond the quota | under 20 ms |
//!
//! All figures are processor time. A digest and insights take what they are given; the copy that each round
//! needs is measured by itself and taken off.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::hint::black_box;

use bellwether_engine::products::{Demand, SearchIndex, digest, insights, judge, plan};
use bellwether_model::product::{
    Availability, Card, Change, Currency, DigestWatch, Held, InsightsWatch, Known, ListingCondition, Money,
    Offer, PricePoint, Schedule, Search, SearchWatch, Site, Traced,
};
use bellwether_model::{Price, Span, Timestamp};

const LISTINGS: u64 = 200;
const DAYS: u64 = 365;

fn main() {
    judging();
    digests();
    reports();
    plans();
    matches();
}

fn judging() {
    let watch = SearchWatch {
        search: search(),
        conditions: vec![
            ListingCondition::Listed,
            ListingCondition::PriceDrop { percent: "5".parse().expect("a percentage") },
            ListingCondition::Below { price: price(10) },
            ListingCondition::Restocked,
            ListingCondition::Ended,
        ],
        include: vec!["m6".to_owned()],
        exclude: vec!["for parts".to_owned()],
    };
    let changes: Vec<Change> = (0..LISTINGS).map(change).collect();
    let rounds = 2_000;
    let spent = measure(|| {
        for change in (0..rounds).flat_map(|_| &changes) {
            black_box(judge(&watch, black_box(change), Some(price(120_000))));
        }
    });
    println!("judged: {:.0} ns", spent * 1e9 / (rounds * LISTINGS) as f64);
}

fn digests() {
    let watch = DigestWatch {
        search: search(),
        schedule: Schedule::Every { every: span(600) },
        top: 20,
        include: vec![],
        exclude: vec![],
    };
    let offers: Vec<Held> = (0..LISTINGS)
        .map(|number| Held {
            offer: offer(number),
            first_seen_at: day(number % 300),
            price_then: Some(money(number)),
        })
        .collect();
    let rounds = 5_000;
    let copy = measure(|| (0..rounds).for_each(|_| drop(black_box(offers.clone()))));
    let spent = measure(|| {
        for _ in 0..rounds {
            black_box(digest(&watch, day(DAYS), Some(day(DAYS)), black_box(offers.clone()), Some(day(200))));
        }
    });
    println!("digests: {:.0} a second", rounds as f64 / (spent - copy));
}

fn reports() {
    let watch = InsightsWatch {
        search: search(),
        schedule: Schedule::Every { every: span(86_400) },
        look_back: span(365 * 86_400),
        drop_percent: "2".parse().expect("a percentage"),
    };
    let lows: Vec<PricePoint> = (0..DAYS).map(|number| point(number, number * 7 % 90)).collect();
    let listings: Vec<Traced> = (0..LISTINGS)
        .map(|number| Traced {
            offer: offer(number),
            gone_at: None,
            first_seen_at: day(0),
            prices: (0..DAYS).map(|at| point(at, number + at * 13 % 101)).collect(),
        })
        .collect();
    let rounds = 500;
    let copy = measure(|| (0..rounds).for_each(|_| drop(black_box(listings.clone()))));
    let spent = measure(|| {
        for _ in 0..rounds {
            black_box(insights(&watch, day(DAYS), Some(day(DAYS)), black_box(listings.clone()), &lows));
        }
    });
    println!("insights: {:.0} a second", rounds as f64 / (spent - copy));
}

fn plans() {
    let searches: Vec<Demand> = (0..5_000)
        .map(|number| Demand {
            wanted: span(120),
            alerts: number % 17 + 1,
            changes_per_day: number % 53,
            calls: 1,
        })
        .collect();
    let rounds = 50;
    let spent = measure(|| {
        for _ in 0..rounds {
            black_box(plan(black_box(&searches), 50_000, span(86_400)));
        }
    });
    println!("plan: {:.2} ms", spent * 1e3 / f64::from(rounds));
}

fn matches() {
    let mut index = SearchIndex::default();
    for number in 0..100_000u64 {
        // Some words are in many queries, and each has one that is in a few.
        let query = format!("w{} common{} rare{}", number % 50, number % 500, number % 20_000);
        index.insert(number, &Search { query, ..search() });
    }
    let offers: Vec<Offer> = (0..LISTINGS)
        .map(|number| {
            let mut offer = offer(number);
            let known = format!("W{} Common{} Rare{}", number % 50, number % 500, number);
            offer.card.title = format!("{known}, boxed, serviced, with strap and two filters");
            offer
        })
        .collect();
    let found = offers.iter().map(|offer| index.matching(offer).len()).sum::<usize>();
    let rounds = 500;
    let spent = measure(|| {
        for offer in (0..rounds).flat_map(|_| &offers) {
            black_box(index.matching(black_box(offer)));
        }
    });
    let each = spent * 1e6 / (rounds * LISTINGS) as f64;
    println!("matched: {each:.2} µs, {:.1} searches each", found as f64 / LISTINGS as f64);
}

/// Processor seconds that something takes.
fn measure(run: impl FnOnce()) -> f64 {
    let now = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let start = now();
    run();
    now() - start
}

fn search() -> Search {
    Search {
        query: "leica m6".to_owned(),
        site: Site::EbayUs,
        min_price: None,
        max_price: None,
        condition: None,
        category: None,
    }
}

fn offer(number: u64) -> Offer {
    Offer {
        card: Card {
            id: format!("v1|{number:012}|0").parse().expect("an id"),
            title: format!("Leica M6 0.72 black chrome 35 mm rangefinder, body number {number}, boxed"),
            url: Some(format!("https://www.ebay.com/itm/{number:012}")),
            image: Some(format!("https://i.ebayimg.com/images/g/{number:012}/s-l225.jpg")),
            condition: Some("Used".to_owned()),
        },
        site: Site::EbayUs,
        price: Some(money(number)),
        shipping: None,
        availability: Availability::Available,
        listed_at: None,
        ends_at: None,
    }
}

/// Each third fell.
fn change(number: u64) -> Change {
    let before = Known { price: Some(money(number + 1)), availability: Availability::Available };
    let mut offer = offer(number);
    if number.is_multiple_of(3) {
        offer.price = Some(Money { value: price(100_000), currency: Currency::USD });
    }
    Change { offer, before: Some(before), time: day(DAYS) }
}

fn money(number: u64) -> Money {
    Money { value: price(120_000 + number * 7_919 % 90_001), currency: Currency::USD }
}

fn point(at: u64, cost: u64) -> PricePoint {
    PricePoint { time: day(at), price: price(120_000 + cost * 100) }
}

fn price(cents: u64) -> Price {
    Price::from_parts(u128::from(cents), 2).expect("a price")
}

fn day(number: u64) -> Timestamp {
    Timestamp::from_micros(1_760_000_000_000_000 + number.cast_signed() * 86_400_000_000)
}

fn span(seconds: u64) -> Span {
    Span::from_seconds(seconds).expect("a span")
}
