//! What the reports of product alerts cost to render. Run with `cargo bench -p bellwether-notify --bench reports`.
//!
//! | what | target |
//! |---|---|
//! | a digest of 20 offers, HTML and text | at least 2,000 a core-second |
//! | the same as the body of a webhook | at least 20,000 a core-second |
//! | insights with a chart of a year | at least 100 a core-second |
//!
//! All figures are processor time of one thread, the best of five rounds, so that a busy machine blurs them less.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::hint::black_box;

use bellwether_model::product::{
    Card, DigestItem, DigestReport, InsightsReport, Mark, Money, Moved, PricePoint, Report, Search,
};
use bellwether_model::{Price, Timestamp};
use bellwether_notify::webhook::body;
use bellwether_notify::{Links, Message, Reader, ReportMessage, render};

fn main() {
    let digest = message(Report::Digest(digest()));
    let insights = message(Report::Insights(Box::new(insights())));
    println!(
        "digests, HTML and text   {:>8.0} a second",
        rate(2_000, || drop(render(black_box(&digest), NOW)))
    );
    println!("digests as JSON          {:>8.0} a second", rate(5_000, || drop(body(black_box(&digest)))));
    println!(
        "insights with a chart    {:>8.0} a second",
        rate(100, || drop(render(black_box(&insights), NOW)))
    );
}

const NOW: Timestamp = Timestamp::from_micros(1_795_255_200_000_000);

/// How often a second something can be done.
fn rate(times: u32, run: impl Fn()) -> f64 {
    let round = || {
        let started = cpu_s();
        (0..times).for_each(|_| run());
        f64::from(times) / (cpu_s() - started)
    };
    (0..5).map(|_| round()).fold(0.0, f64::max)
}

/// Processor seconds of this thread so far.
#[expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]
fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn message(report: Report) -> Message {
    let link = |path: &str| Some(format!("https://alerts.example.org/{path}"));
    Message::Report(Box::new(ReportMessage {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: "Bikes".into(),
        note: "Not above 900.".into(),
        message: String::new(),
        report,
        schedule: Some("every 10 minutes".into()),
        reader: Reader { address: "ada@example.org".into(), time_zone: "Europe/Berlin".into() },
        links: Links { open: link("app/alerts/1"), stop: link("stop/t0ken"), unsubscribe: link("u/t0ken") },
    }))
}

fn search() -> Search {
    serde_json::from_str(r#"{"query": "gravel bike 56", "max_price": "900"}"#).unwrap()
}

fn card(number: u32) -> Card {
    Card {
        id: format!("v1|{number:012}|0").parse().unwrap(),
        title: format!("Gravel bike 56 cm \"all road\" & more, carbon fork, GRX 2x11, frame number {number}"),
        url: Some(format!("https://www.ebay.com/itm/{number:012}?hash=item{number:08x}&amdata=enc")),
        image: Some(format!("https://i.ebayimg.com/images/g/{number:012}/s-l225.jpg")),
        condition: Some("Pre-owned".into()),
    }
}

fn price(number: u32) -> Price {
    Price::from_parts(u128::from(40_000 + number * 1_237), 2).unwrap()
}

fn money(number: u32) -> Money {
    Money { value: price(number), currency: search().currency() }
}

fn digest() -> DigestReport {
    let item = |number: u32| DigestItem {
        listing: card(number),
        price: money(number),
        shipping: number.is_multiple_of(2).then(|| money(number)),
        mark: match number % 4 {
            0 => Some(Mark::New),
            1 => Some(Mark::Changed { from: money(number + 5) }),
            _ => None,
        },
    };
    DigestReport {
        search: search(),
        slot: NOW,
        as_of: Some(NOW),
        total: 81,
        items: (0..20).map(item).collect(),
        left_out: 2,
    }
}

fn insights() -> InsightsReport {
    let moved = |number: u32| Moved {
        listing: card(number),
        was: price(number + 9),
        now: price(number),
        percent: "12.35".into(),
    };
    let chart = (0..365u32).map(|day| PricePoint {
        time: Timestamp::from_micros(NOW.micros() - i64::from(365 - day) * 86_400_000_000),
        price: price(day * 37 % 211),
    });
    InsightsReport {
        search: search(),
        slot: NOW,
        as_of: Some(NOW),
        look_back: "2d".parse().unwrap(),
        drop_percent: "2".parse().unwrap(),
        count: 200,
        minimum: Some(price(0)),
        median: Some(price(50)),
        mean: Some(price(60)),
        all_time_low: None,
        goodness: None,
        drops: (0..10).map(moved).collect(),
        rises: (0..5).map(moved).collect(),
        new_cheapest: None,
        gone: None,
        best: digest().items.into_iter().take(10).collect(),
        chart: chart.collect(),
        elsewhere: Vec::new(),
    }
}
