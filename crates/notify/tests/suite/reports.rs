//! What product alerts tell: whole messages, and that no seller's text does harm in any of them.

use bellwether_model::product::{
    Card, DigestItem, DigestReport, Elsewhere, Goodness, InsightsReport, ListingEvent, ListingEvidence,
    ListingsReport, Mark, Money, Moved, PricePoint, Report, Search, Standout, Vanished,
};
use bellwether_notify::webhook::{BODY_BYTES, body};
use bellwether_notify::{Message, Rendered, ReportMessage, render};

use super::samples::{fired, time};

const SENT: &str = "2026-11-21T10:03:20Z";

fn money(value: &str) -> Money {
    Money { value: value.parse().unwrap(), currency: "USD".parse().unwrap() }
}

fn search(query: &str) -> Search {
    serde_json::from_value(serde_json::json!({ "query": query, "max_price": "1900" })).unwrap()
}

fn card(number: usize, title: &str) -> Card {
    Card {
        id: format!("v1|{number}|0").parse().unwrap(),
        title: title.into(),
        url: Some(format!("https://www.ebay.com/itm/{number}?a=1&b=2")),
        image: Some(format!("https://i.ebayimg.com/images/g/{number}/s-l225.jpg")),
        condition: Some("Used".into()),
    }
}

pub(super) fn message(report: Report) -> ReportMessage {
    let scheduled = !matches!(report, Report::Listings(_));
    ReportMessage {
        delivery: fired().delivery,
        alert: fired().alert,
        alert_name: "Rangefinders".into(),
        note: "Not above 1,500.".into(),
        message: String::new(),
        report,
        schedule: scheduled.then(|| "at 11:00 every day, Europe/Berlin".into()),
        reader: fired().reader,
        links: fired().links,
    }
}

fn rendered(report: Report) -> Rendered {
    render(&Message::Report(Box::new(message(report))), time(SENT))
}

fn event(number: usize, event: ListingEvent, price: &str, before: Option<&str>) -> ListingEvidence {
    ListingEvidence {
        event,
        listing: card(number, &format!("Leica M6 0.72 black, body {number}")),
        time: time("2026-11-21T10:00:00Z"),
        price: Some(money(price)),
        previous_price: before.map(money),
        reference: None,
        percent: None,
        threshold: None,
    }
}

fn drop(number: usize, price: &str, from: &str) -> ListingEvidence {
    let mut event = event(number, ListingEvent::PriceDrop, price, Some(from));
    event.reference = Some(from.parse().unwrap());
    event.percent = Some("5".parse().unwrap());
    event
}

/// Two falls of price.
pub(super) fn drops() -> Report {
    listings(vec![drop(1, "1290", "1450"), drop(2, "990", "1100")])
}

fn listings(events: Vec<ListingEvidence>) -> Report {
    Report::Listings(ListingsReport {
        search: search("leica m6"),
        time: time("2026-11-21T10:00:00Z"),
        events,
    })
}

fn digest(shown: usize, total: u64) -> DigestReport {
    let items = (0..shown)
        .map(|number| DigestItem {
            listing: card(number, &format!("Gravel bike 56 cm no. {number}")),
            price: money(&format!("{}.5", 400 + number)),
            shipping: (number == 1).then(|| money("12")),
            mark: match number {
                0 => Some(Mark::New),
                1 => Some(Mark::Changed { from: money("420") }),
                _ => None,
            },
        })
        .collect();
    DigestReport {
        search: search("gravel bike 56"),
        slot: time("2026-11-21T10:00:00Z"),
        as_of: Some(time("2026-11-21T09:58:00Z")),
        total,
        items,
        left_out: 2,
    }
}

/// The cheapest twenty of 81.
pub(super) fn a_digest() -> Report {
    Report::Digest(digest(20, 81))
}

/// How prices moved, with a chart.
pub(super) fn insights() -> Report {
    Report::Insights(Box::new(moves()))
}

fn moves() -> InsightsReport {
    let points = (0..20).map(|day| PricePoint {
        time: bellwether_model::Timestamp::from_micros(
            time("2026-11-02T10:00:00Z").micros() + day * 86_400_000_000,
        ),
        price: if day == 19 {
            "1299".parse().unwrap()
        } else {
            format!("{}", 1_400 + day * 7 % 90).parse().unwrap()
        },
    });
    let chart: Vec<PricePoint> = points.collect();
    let moved = |number, was: &str, now: &str, percent: &str| Moved {
        listing: card(number, &format!("Leica M6 no. {number}")),
        was: was.parse().unwrap(),
        now: now.parse().unwrap(),
        percent: percent.into(),
    };
    InsightsReport {
        search: search("Leica M6"),
        slot: time("2026-11-21T10:00:00Z"),
        as_of: Some(time("2026-11-21T09:58:00Z")),
        look_back: "2d".parse().unwrap(),
        drop_percent: "2".parse().unwrap(),
        count: 14,
        minimum: Some("1299".parse().unwrap()),
        median: Some("1649.5".parse().unwrap()),
        mean: Some("1702.33".parse().unwrap()),
        all_time_low: chart.last().copied(),
        goodness: Some(Goodness { dearer_percent: 100, days: 19, low_confidence: false }),
        drops: vec![moved(1, "1450", "1299", "10.41"), moved(2, "1600", "1560", "2.5")],
        rises: vec![moved(3, "1700", "1750.5", "2.97")],
        new_cheapest: None,
        gone: None,
        best: vec![DigestItem {
            listing: card(1, "Leica M6 no. 1"),
            price: money("1299"),
            shipping: None,
            mark: None,
        }],
        chart,
        elsewhere: vec![
            Elsewhere { currency: "EUR".parse().ok(), count: 3 },
            Elsewhere { currency: None, count: 1 },
        ],
    }
}

#[test]
fn a_search_alert_lists_what_happened() {
    let mut below = event(4, ListingEvent::Below, "290", None);
    below.threshold = Some("300".parse().unwrap());
    let report = listings(vec![
        drop(1, "1234.5", "1500"),
        event(2, ListingEvent::Listed, "1299", None),
        event(3, ListingEvent::Restocked, "900", Some("900")),
        below,
        event(5, ListingEvent::Ended, "1100", Some("1100")),
    ]);
    let Rendered { subject, text, html, .. } = rendered(report);
    assert_eq!(subject, "5 changes: leica m6");
    insta::assert_snapshot!("listings_text", text);
    insta::assert_snapshot!("listings_html", html);
}

#[test]
fn a_digest_lists_the_cheapest_and_counts_the_rest() {
    let Rendered { subject, text, html, .. } = rendered(Report::Digest(digest(20, 81)));
    assert_eq!(subject, "20 cheapest of 81: gravel bike 56 (1 new, 1 changed)");
    insta::assert_snapshot!("digest_text", text);
    assert!(html.contains("… and 61 more"), "{html}");
    assert_eq!(html.matches("<img ").count(), 20);
    assert!(html.contains(">420.00 USD") || html.contains("was 420.00 USD"), "{html}");
}

#[test]
fn insights_say_old_and_new_price_and_percent() {
    let Rendered { subject, text, html, .. } = rendered(insights());
    assert_eq!(subject, "Leica M6: lowest ever at 1,299.00 USD");
    insta::assert_snapshot!("insights_text", text);
    for part in ["1,299.00 USD", "was 1,450.00 USD", "−10.41 %", "+2.97 %"] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn insights_say_what_has_gone() {
    let quiet = |count: u64, was_cheapest: bool, minimum: Option<&str>| {
        let listing = card(9, "Leica M6 no. 9");
        let gone = Vanished { count, listing, price: "1250".parse().unwrap(), was_cheapest };
        let (drops, rises, goodness, all_time_low) = (Vec::new(), Vec::new(), None, None);
        let minimum = minimum.map(|price| price.parse().unwrap());
        let gone = Some(gone);
        let report = InsightsReport { drops, rises, goodness, all_time_low, minimum, gone, ..moves() };
        rendered(Report::Insights(Box::new(report)))
    };
    let one = quiet(1, true, Some("1299"));
    assert_eq!(one.subject, "Leica M6: 1 listing gone in 2 days, cheapest 1,299.00 USD");
    let said = "1 listing, the cheapest 2 days ago, has gone since; it cost 1,250.00 USD last.";
    assert!(one.text.contains(said) && one.html.contains(said), "{}", one.text);
    assert!(one.text.contains("No price moved in the last 2 days.") && !one.text.contains("Nothing changed"));
    let all = quiet(3, false, None).text;
    assert!(all.contains("There is no offer at the moment."), "{all}");
    assert!(
        all.contains("3 listings have gone since. The cheapest of them cost 1,250.00 USD last."),
        "{all}"
    );
}

#[test]
fn every_subject_says_the_essence() {
    let subject = |report| rendered(report).subject;
    let one = |event| subject(listings(vec![event]));
    assert_eq!(one(drop(1, "98", "100")), "Price drop to 98.00 USD: Leica M6 0.72 black, body 1");
    assert_eq!(
        one(event(1, ListingEvent::Listed, "98", None)),
        "New at 98.00 USD: Leica M6 0.72 black, body 1"
    );
    let mut priceless = event(1, ListingEvent::Ended, "98", None);
    priceless.price = None;
    assert_eq!(one(priceless), "Ended: Leica M6 0.72 black, body 1");
    let mut below = event(1, ListingEvent::Below, "290", None);
    below.threshold = Some("300".parse().unwrap());
    assert_eq!(one(below.clone()), "290.00 USD, at most 300.00 USD: Leica M6 0.72 black, body 1");
    assert_eq!(subject(listings(vec![below.clone(), below])), "2 offers at 300.00 USD or less: leica m6");
    let drops = vec![drop(1, "98", "100"), drop(2, "98", "100"), drop(3, "98", "100")];
    assert_eq!(subject(listings(drops)), "3 price drops: leica m6");

    assert_eq!(subject(Report::Digest(digest(3, 3))), "3 offers: gravel bike 56 (1 new, 1 changed)");
    assert_eq!(subject(Report::Digest(digest(1, 9))), "The cheapest of 9: gravel bike 56 (1 new)");
    assert_eq!(subject(Report::Digest(digest(0, 0))), "No offers: gravel bike 56");

    let of = |change: fn(&mut InsightsReport)| {
        let mut report = moves();
        report.all_time_low = Some(report.chart[0]);
        change(&mut report);
        subject(Report::Insights(Box::new(report)))
    };
    assert_eq!(of(|_| ()), "Leica M6: 2 prices fell by up to 10.41 %, 1 rose");
    assert_eq!(of(|report| report.drops.clear()), "Leica M6: 1 price rose by up to 2.97 %");
    assert_eq!(
        of(|report| {
            report.drops.clear();
            report.rises.clear();
        }),
        "Leica M6: nothing changed in 2 days, cheapest 1,299.00 USD"
    );
    assert_eq!(
        of(|report| {
            report.new_cheapest = Some(Standout {
                listing: card(7, "x"),
                price: "1299".parse().unwrap(),
                before: "1400".parse().unwrap(),
            });
        }),
        "Leica M6: new cheapest at 1,299.00 USD"
    );
    assert_eq!(of(|report| report.minimum = None), "Leica M6: no offers");
}

#[test]
fn where_nothing_changed_it_says_so_with_the_best_offers() {
    let mut quiet = moves();
    quiet.drops.clear();
    quiet.rises.clear();
    let text = rendered(Report::Insights(Box::new(quiet))).text;
    assert!(text.contains("Nothing changed in the last 2 days. These are the best offers."), "{text}");
    assert!(text.contains("Best offers now") && text.contains("* 1,299.00 USD"), "{text}");
}

#[test]
fn old_prices_and_late_messages_say_so() {
    let check = |report: Report, sent: &str, said: &[&str], not_said: &[&str]| {
        let Rendered { text, html, .. } = render(&Message::Report(Box::new(message(report))), time(sent));
        for whole in [&text, &html] {
            assert!(said.iter().all(|words| whole.contains(words)), "{said:?} in {whole}");
            assert!(!not_said.iter().any(|words| whole.contains(words)), "{not_said:?} in {whole}");
        }
    };
    let (old, late) =
        ("These prices were 3 h 5 min old when it was due", "Late by 1 d 0 h: it was due Sat 21 Nov");
    check(Report::Digest(digest(1, 1)), SENT, &[], &["Late by", "These prices were"]);
    let mut stale = digest(1, 1);
    stale.as_of = Some(time("2026-11-21T06:55:00Z"));
    check(Report::Digest(stale.clone()), SENT, &[old], &["Late by"]);
    check(Report::Digest(stale), "2026-11-22T10:01:00Z", &[old, late], &[]);
    // After an outage it is made anew from fresh data.
    let mut fresh = digest(1, 1);
    fresh.as_of = Some(time("2026-11-22T10:00:30Z"));
    check(Report::Digest(fresh), "2026-11-22T10:01:00Z", &[late], &["These prices were"]);
    let mut never = digest(0, 0);
    never.as_of = None;
    check(Report::Digest(never), SENT, &["The marketplace has not answered yet."], &["Late by"]);
    let events = || listings(vec![drop(1, "98", "100")]);
    check(events(), "2026-11-21T11:05:00Z", &["This was observed 1 h 5 min before it was sent"], &[]);
    check(events(), SENT, &[], &["before it was sent"]);
}

#[test]
fn a_sellers_text_stays_text() {
    let hostile = "\"><script>alert(1)</script>\r\nBcc: evil@example.org\r\n{{ 7*7 }}{% raw %}\u{202e}";
    let mut report = digest(3, 3);
    report.items[0].listing.title = hostile.into();
    report.items[0].listing.condition = Some(hostile.into());
    report.items[0].listing.url = Some("javascript:alert(1)".into());
    report.items[0].listing.image = Some("http://i.example.org/x.jpg".into());
    report.items[1].listing.url = Some("https://x.org/\" onclick=\"alert(2)".into());
    report.items[1].listing.image = Some("https://x.org/\"><script>".into());
    report.items[2].listing.title = " \u{202e} ".into();
    report.search.query = hostile.into();
    let Rendered { subject, text, html, .. } = rendered(Report::Digest(report));
    assert!(!subject.contains(char::is_control), "{subject}");
    for evil in ["<script", "javascript:", "onclick=\"", "i.example.org", "\u{202e}"] {
        assert!(!html.contains(evil), "{evil} in {html}");
    }
    for whole in [&text, &html] {
        assert!(!whole.contains('\u{202e}') && !whole.contains('\r'));
        assert!(whole.contains("{{ 7*7 }}{% raw %}"), "taken for a template: {whole}");
    }
    assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    assert!(text.contains("v1|2|0"), "a listing without a title goes by its id: {text}");
}

#[test]
fn a_mail_is_never_so_long_that_its_end_is_hidden() {
    let mut long = digest(100, 181);
    for item in &mut long.items {
        item.listing.url = Some(format!("https://www.ebay.com/itm/1?amdata=enc{}", "%3A/x".repeat(100)));
    }
    let Rendered { subject, text, html, .. } = rendered(Report::Digest(long));
    assert!(html.len() <= 100_000, "{} bytes", html.len());
    let listed = html.matches("<img ").count();
    assert!((30..100).contains(&listed), "{listed} listed");
    for whole in [&text, &html] {
        assert!(whole.contains(&format!("and {} more", 181 - listed)), "{whole}");
    }
    assert!(html.contains(">Stop it</a>") && subject.starts_with("100 cheapest of 181"), "{subject}");
    let mut absurd = digest(100, 100);
    absurd.items.iter_mut().for_each(|item| item.listing.title = "<".repeat(100_000));
    assert!(rendered(Report::Digest(absurd)).html.len() <= 100_000);
}

#[test]
fn a_webhook_gets_the_report_as_data() {
    let json: serde_json::Value =
        serde_json::from_str(&body(&Message::Report(Box::new(message(insights()))))).unwrap();
    assert_eq!(json["type"], "alert.insights");
    assert_eq!(json["timestamp"], "2026-11-21T10:00:00Z");
    let data = &json["data"];
    assert_eq!(data["summary"], "Leica M6: lowest ever at 1,299.00 USD");
    assert_eq!(data["report"]["drops"][0]["percent"], "10.41");
    assert_eq!(data["report"]["search"]["marketplace"], "EBAY_US");
    assert_eq!(data["alert"]["schedule"], "at 11:00 every day, Europe/Berlin");
    assert_eq!(data["more"], 0);
    assert_eq!(data["url"], "https://alerts.example.org/app/alerts/1");
    let text = json.to_string();
    assert!(!text.contains("t0ken"), "links that act at a click are left out: {text}");
    let kinds = [listings(vec![drop(1, "98", "100")]), Report::Digest(digest(2, 2))].map(|report| {
        serde_json::from_str::<serde_json::Value>(&body(&Message::Report(Box::new(message(report))))).unwrap()
    });
    assert_eq!(kinds[0]["type"], "alert.listings");
    assert_eq!(kinds[0]["data"]["report"]["events"][0]["event"], "price_drop");
    assert_eq!(kinds[1]["type"], "alert.digest");
}

#[test]
fn a_body_stays_small_and_says_what_is_missing() {
    let check = |report: Report| {
        let text = body(&Message::Report(Box::new(message(report))));
        assert!(text.len() <= BODY_BYTES, "{} bytes", text.len());
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let long = check(Report::Digest(digest(100, 200)));
    let shown = long["data"]["report"]["items"].as_array().unwrap().len();
    assert!(shown >= 20, "{shown}");
    assert_eq!(long["data"]["more"], 100 - shown);
    let mut year = moves();
    year.chart = year.chart.iter().cycle().take(365).copied().collect();
    year.drops = year.drops.iter().cycle().take(100).cloned().collect();
    let last = year.chart.last().copied().unwrap();
    let long = check(Report::Insights(Box::new(year)));
    let chart = long["data"]["report"]["chart"].as_array().unwrap();
    assert_eq!(chart.last().unwrap()["price"], last.price.to_string());
    let mut huge = digest(3, 3);
    huge.items[0].listing.title = "x".repeat(100_000);
    huge.items[1].listing.url = Some(format!("https://x.org/{}", "y".repeat(50_000)));
    check(Report::Digest(huge));
}
