//! A report as each chat shows it.

use bellwether_model::product::{Card, DigestItem, DigestReport, Mark, Money, Report, Search};

use super::*;
use crate::{Links, Reader, ReportMessage};

fn digest(shown: usize, title: &str) -> Message {
    let search: Search = serde_json::from_str(r#"{"query": "gravel <bike> 56"}"#).unwrap();
    let money =
        |value: usize| Money { value: value.to_string().parse().unwrap(), currency: search.currency() };
    let item = |number: usize| DigestItem {
        listing: Card {
            id: number.to_string().parse().unwrap(),
            title: format!("{title} no. {number}"),
            url: Some(format!("https://www.ebay.com/itm/{number}?a=1&b=|<>")),
            image: None,
            condition: Some("Used".into()),
        },
        price: money(1_400 + number),
        shipping: None,
        mark: match number {
            0 => Some(Mark::New),
            1 => Some(Mark::Changed { from: money(1_500) }),
            _ => None,
        },
    };
    let report = DigestReport {
        slot: "2026-11-21T10:00:00Z".parse().unwrap(),
        as_of: "2026-11-21T09:58:00Z".parse().ok(),
        total: 81,
        items: (0..shown).map(item).collect(),
        left_out: 0,
        search: search.clone(),
    };
    Message::Report(Box::new(ReportMessage {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: String::new(),
        note: String::new(),
        message: String::new(),
        report: Report::Digest(report),
        schedule: Some("every 10 minutes".into()),
        reader: Reader { address: String::new(), time_zone: "UTC".into() },
        links: Links {
            open: Some("https://alerts.example.org/app/alerts/1".into()),
            stop: Some("https://alerts.example.org/stop/t0ken".into()),
            unsubscribe: None,
        },
    }))
}

fn told(message: &Message, flavour: Flavour, extent: Extent, most: usize) -> ChatText {
    let sent = "2026-11-21T10:00:00.130Z".parse().unwrap();
    chat(message, sent, flavour, extent, |text| text.encode_utf16().count() <= most)
}

fn check(flavour: Flavour, extent: Extent, expected: &str) {
    let text = told(&digest(2, "Bike <b>*56*</b>"), flavour, extent, 4_000).text;
    assert_eq!(text, expected.trim(), "{flavour:?}");
}

#[test]
fn telegram_gets_html() {
    check(
        Flavour::Telegram,
        Extent::Whole,
        r#"
<b>2 cheapest of 81: gravel &lt;bike&gt; 56 (1 new, 1 changed)</b>

• 1,400.00 USD · New
  <a href="https://www.ebay.com/itm/0?a=1&amp;b=|&lt;&gt;">Bike &lt;b&gt;*56*&lt;/b&gt; no. 0</a>
• 1,401.00 USD (was 1,500.00 USD, −6.6 %)
  <a href="https://www.ebay.com/itm/1?a=1&amp;b=|&lt;&gt;">Bike &lt;b&gt;*56*&lt;/b&gt; no. 1</a>
… and 79 more

Prices of Sat 21 Nov 2026, 09:58 UTC. Sent every 10 minutes.
<a href="https://alerts.example.org/app/alerts/1">Open or change it</a>
<a href="https://alerts.example.org/stop/t0ken">Stop it</a>
"#,
    );
}

#[test]
fn slack_gets_its_own_markup() {
    check(
        Flavour::Slack,
        Extent::Whole,
        r"
*2 cheapest of 81: gravel &lt;bike&gt; 56 (1 new, 1 changed)*

• 1,400.00 USD · New
  <https://www.ebay.com/itm/0?a=1&amp;b=%7C%3C%3E|Bike &lt;b&gt;*56*&lt;/b&gt; no. 0>
• 1,401.00 USD (was 1,500.00 USD, −6.6 %)
  <https://www.ebay.com/itm/1?a=1&amp;b=%7C%3C%3E|Bike &lt;b&gt;*56*&lt;/b&gt; no. 1>
… and 79 more

Prices of Sat 21 Nov 2026, 09:58 UTC. Sent every 10 minutes.
<https://alerts.example.org/app/alerts/1|Open or change it>
<https://alerts.example.org/stop/t0ken|Stop it>
",
    );
}

#[test]
fn discord_gets_markdown() {
    check(
        Flavour::Discord,
        Extent::Whole,
        r"
**2 cheapest of 81\: gravel \<bike\> 56 \(1 new, 1 changed\)**

• 1,400.00 USD · New
  [Bike \<b\>\*56\*\</b\> no. 0](<https://www.ebay.com/itm/0?a=1&b=%7C%3C%3E>)
• 1,401.00 USD (was 1,500.00 USD, −6.6 %)
  [Bike \<b\>\*56\*\</b\> no. 1](<https://www.ebay.com/itm/1?a=1&b=%7C%3C%3E>)
… and 79 more

Prices of Sat 21 Nov 2026, 09\:58 UTC. Sent every 10 minutes.
[Open or change it](<https://alerts.example.org/app/alerts/1>)
[Stop it](<https://alerts.example.org/stop/t0ken>)
",
    );
}

#[test]
fn ntfy_gets_text_without_what_it_shows_beside_it() {
    check(
        Flavour::Plain,
        Extent::Inner,
        r"
• 1,400.00 USD · New
  Bike <b>*56*</b> no. 0
• 1,401.00 USD (was 1,500.00 USD, −6.6 %)
  Bike <b>*56*</b> no. 1
… and 79 more

Prices of Sat 21 Nov 2026, 09:58 UTC. Sent every 10 minutes.
",
    );
}

#[test]
fn a_long_report_is_told_in_fewer_listings() {
    let long = digest(20, &"<&*_".repeat(30));
    let listed = |text: &str| text.matches("USD").count();
    for flavour in Flavour::ALL {
        let ChatText { text, subject } = told(&long, flavour, Extent::Whole, 20_000);
        assert_eq!(listed(&text), 11, "ten, of which one cost something else: {text}");
        assert!(text.contains("… and 71 more"), "{text}");
        assert!(
            subject.starts_with("20 cheapest of 81"),
            "the subject says what the report holds: {subject}"
        );
        for most in [4_096, 3_000, 2_000] {
            let text = told(&long, flavour, Extent::Whole, most).text;
            assert!(text.encode_utf16().count() <= most && listed(&text) >= 1, "{flavour:?} {most}: {text}");
        }
    }
}
