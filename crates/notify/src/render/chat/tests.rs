//! A fire as each chat shows it.

use bellwether_model::{Evidence, Measure, Repeat, Resolution, Status};

use super::*;
use crate::{AlertFired, Links, Reader};

fn fired() -> AlertFired {
    AlertFired {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: "BTC <reaches> 33k".into(),
        instrument: "binance:BTCUSDT".parse().unwrap(),
        condition: serde_json::from_str(r#"{"type":"crossing","price":"33000"}"#).unwrap(),
        repeat: Repeat::Once,
        note: "Sell a *third*.\nThen think again.".into(),
        message: String::new(),
        fire_number: 1,
        evidence: Evidence {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            time: "2026-11-21T10:00:00.123Z".parse().unwrap(),
            id: Some(3_141_592_653),
            price: "33004.5".parse().unwrap(),
            previous_price: Some("32999.9".parse().unwrap()),
            measure: Measure::Threshold("33000".parse().unwrap()),
            resolution: Resolution::Tick,
        },
        trades: None,
        late: false,
        evaluated_at: "2026-11-21T10:00:00.1252Z".parse().unwrap(),
        chart: None,
        status_after: Status::Active,
        reader: Reader { address: "ada@example.org".into(), time_zone: "UTC".into() },
        links: Links {
            open: Some("https://alerts.example.org/app/alerts/1".into()),
            stop: Some("https://alerts.example.org/stop/t0ken".into()),
            unsubscribe: None,
        },
    }
}

fn text(fired: AlertFired, flavour: Flavour, extent: Extent, most: usize) -> String {
    let message = Message::AlertFired(Box::new(fired));
    let sent = "2026-11-21T10:00:00.130Z".parse().unwrap();
    chat(&message, sent, flavour, extent, |text| text.chars().count() <= most).text
}

#[test]
fn telegram_gets_html() {
    insta::assert_snapshot!(text(fired(), Flavour::Telegram, Extent::Whole, 4_096), @r#"
<b>BTCUSDT reached 33,000 (now 33,004.5) · Binance</b>
BTC &lt;reaches&gt; 33k

Instrument: BTCUSDT on Binance (binance:BTCUSDT)
Condition: BTCUSDT reaches 33,000 (once)
Price: 33,004.5
Price before: 32,999.9 (+0.014 % since)
Threshold: 33,000 (+0.014 % from there)
Time: Sat 21 Nov 2026, 10:00:00.123 (UTC)
Speed: Binance → 2.2 ms → evaluated → 4.8 ms → sent

<b>Your note:</b>
Sell a *third*.
Then think again.

Aggregate trade 3141592653 took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert watches on and may fire again at any time.
<a href="https://alerts.example.org/app/alerts/1">Open or change it</a>
<a href="https://alerts.example.org/stop/t0ken">Stop it</a>
"#);
}

#[test]
fn slack_gets_its_own_markup() {
    insta::assert_snapshot!(text(fired(), Flavour::Slack, Extent::Whole, 3_000), @r"
*BTCUSDT reached 33,000 (now 33,004.5) · Binance*
BTC &lt;reaches&gt; 33k

Instrument: BTCUSDT on Binance (binance:BTCUSDT)
Condition: BTCUSDT reaches 33,000 (once)
Price: 33,004.5
Price before: 32,999.9 (+0.014 % since)
Threshold: 33,000 (+0.014 % from there)
Time: Sat 21 Nov 2026, 10:00:00.123 (UTC)
Speed: Binance → 2.2 ms → evaluated → 4.8 ms → sent

*Your note:*
Sell a *third*.
Then think again.

Aggregate trade 3141592653 took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert watches on and may fire again at any time.
<https://alerts.example.org/app/alerts/1|Open or change it>
<https://alerts.example.org/stop/t0ken|Stop it>
");
}

#[test]
fn discord_gets_markdown() {
    insta::assert_snapshot!(text(fired(), Flavour::Discord, Extent::Whole, 4_096), @r"
**BTCUSDT reached 33,000 \(now 33,004.5\) · Binance**
BTC \<reaches\> 33k

Instrument: BTCUSDT on Binance (binance\:BTCUSDT)
Condition: BTCUSDT reaches 33,000 (once)
Price: 33,004.5
Price before: 32,999.9 (\+0.014 % since)
Threshold: 33,000 (\+0.014 % from there)
Time: Sat 21 Nov 2026, 10\:00\:00.123 (UTC)
Speed: Binance → 2.2 ms → evaluated → 4.8 ms → sent

**Your note\:**
Sell a \*third\*.
Then think again.

Aggregate trade 3141592653 took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert watches on and may fire again at any time.
[Open or change it](<https://alerts.example.org/app/alerts/1>)
[Stop it](<https://alerts.example.org/stop/t0ken>)
");
}

#[test]
fn ntfy_gets_text_without_what_it_shows_beside_it() {
    insta::assert_snapshot!(text(fired(), Flavour::Plain, Extent::Inner, 4_096), @r"
BTC <reaches> 33k

Instrument: BTCUSDT on Binance (binance:BTCUSDT)
Condition: BTCUSDT reaches 33,000 (once)
Price: 33,004.5
Price before: 32,999.9 (+0.014 % since)
Threshold: 33,000 (+0.014 % from there)
Time: Sat 21 Nov 2026, 10:00:00.123 (UTC)
Speed: Binance → 2.2 ms → evaluated → 4.8 ms → sent

Your note:
Sell a *third*.
Then think again.

Aggregate trade 3141592653 took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert watches on and may fire again at any time.
");
}

#[test]
fn what_is_too_long_is_told_in_less_detail() {
    let mut long = fired();
    long.note = "😀 ".repeat(1_000);
    let length = |most| text(long.clone(), Flavour::Plain, Extent::Whole, most).chars().count();
    assert!(length(3_000) > 2_000);
    let (short, shorter, shortest) = (length(1_500), length(1_000), length(0));
    assert!(
        (500..1_500).contains(&short) && shorter < short && shortest < 500,
        "{short} {shorter} {shortest}"
    );
    let least = text(long, Flavour::Plain, Extent::Whole, 0);
    assert!(
        least.starts_with("BTCUSDT reached 33,000 (now 33,004.5) · Binance\nBTC <reaches> 33k\n"),
        "{least}"
    );
    assert!(least.contains("This alert watches on"), "{least}");
}

#[test]
fn fires_that_come_together_fit_every_chat() {
    let fires = vec![fired(); 30];
    let reader = fired().reader;
    let delivery = fired().delivery;
    let open = Some("https://alerts.example.org/app/fires".to_owned());
    let why = crate::Together::Pace;
    let message = Message::Combined(Box::new(crate::Combined { delivery, fires, why, reader, open }));
    let sent = "2026-11-21T10:00:00.130Z".parse().unwrap();
    for flavour in Flavour::ALL {
        let told = |most: usize| chat(&message, sent, flavour, Extent::Whole, |text| text.len() <= most).text;
        let (all, few) = (told(100_000), told(1_500));
        assert_eq!(all.matches("reached 33,000").count(), 30, "{all}");
        let listed = few.matches("reached 33,000").count();
        assert!(few.len() <= 1_500 && listed < 30, "{few}");
        assert!(few.contains(&format!("… and {} more", 30 - listed)), "{few}");
        assert!(!few.contains("BTC <reaches>") || flavour == Flavour::Plain, "{few}");
        assert!(few.contains("https://alerts.example.org/app/fires"), "{few}");
    }
}
