//! An alert's own words, as each kind of channel gets them.

use bellwether_model::Placeholder;
use bellwether_notify::{Message, Previews, Rendered, Together, previews};

use super::reports::{a_digest, drops, insights, message};
use super::samples::{SENT, combined, fired, time};

fn told(message: &str) -> Previews {
    let mut fired = fired();
    fired.message = message.to_owned();
    previews(&Message::AlertFired(Box::new(fired)), time(SENT))
}

#[test]
fn every_placeholder_stands_for_what_the_fire_has() {
    for (message, expected) in [
        ("{symbol} reached {price}, sell!", "BTCUSDT reached 33,004.5, sell!"),
        ("{instrument} at {venue}", "binance:BTCUSDT at Binance"),
        ("{previous_price} to {price}: {change}", "32,999.9 to 33,004.5: +0.014 %"),
        ("{condition} ({threshold})", "reaches 33,000 (33,000)"),
        ("{name}, fire {fire}", "BTC reaches 33k, fire 1"),
        ("{note}", "Sell a third. Then think again."),
        ("{time} ({zone})", "Sat 21 Nov 2026, 11:00:00.123 (Europe/Berlin, UTC+01:00)"),
        ("{time_utc}", "2026-11-21 10:00:00.123 UTC"),
        ("{summary}!", "BTCUSDT reached 33,000 (now 33,004.5)!"),
        ("{{price}} is { price }", "{price} is 33,004.5"),
    ] {
        assert_eq!(told(message).mail.subject, expected);
    }
    for one in Placeholder::OF_PRICES {
        let subject = told(&format!("{{{}}}", one.name())).mail.subject;
        assert!(!subject.contains('{') && subject != "–", "{one:?}: {subject}");
    }
}

#[test]
fn what_a_fire_does_not_have_is_a_dash() {
    let mut bare = fired();
    bare.message = "{previous_price}/{change}/{note}/{name}".into();
    (bare.note, bare.alert_name, bare.evidence.previous_price) = (String::new(), String::new(), None);
    let told = previews(&Message::AlertFired(Box::new(bare)), time(SENT));
    assert_eq!(told.mail.subject, "–/–/–/–");
}

#[test]
fn the_first_line_is_the_subject_and_the_facts_follow() {
    let told = told("Sell *now*: {price}\n<b>All</b> of it.");
    let Rendered { subject, text, html, .. } = &told.mail;
    assert_eq!(subject, "Sell *now*: 33,004.5");
    let top =
        "Sell *now*: 33,004.5\n<b>All</b> of it.\n\nBTCUSDT reached 33,000 (now 33,004.5)\nBTC reaches 33k\n";
    assert!(text.starts_with(top), "{text}");
    assert!(text.contains("Threshold      33,000") && text.contains("Your note:"), "{text}");
    assert!(html.contains("Sell *now*: 33,004.5<br>&lt;b&gt;All&lt;&#x2f;b&gt; of it."), "{html}");

    let check = |text: &str, top: &str| assert!(text.starts_with(top), "{text}");
    check(
        &told.telegram,
        "<b>Sell *now*: 33,004.5</b>\nSell *now*: 33,004.5\n&lt;b&gt;All&lt;/b&gt; of it.\n\nBTCUSDT reached",
    );
    check(
        &told.slack,
        "*Sell *now*: 33,004.5*\nSell *now*: 33,004.5\n&lt;b&gt;All&lt;/b&gt; of it.\n\nBTCUSDT",
    );
    check(
        &told.discord,
        "**Sell \\*now\\*\\: 33,004.5**\nSell \\*now\\*\\: 33,004.5\n\\<b\\>All\\</b\\> of it.\n",
    );
    assert_eq!(told.ntfy.title, "Sell *now*: 33,004.5");
    check(
        &told.ntfy.text,
        "Sell *now*: 33,004.5\n<b>All</b> of it.\n\nBTCUSDT reached 33,000 (now 33,004.5)\n",
    );

    let body: serde_json::Value = serde_json::from_str(&told.webhook).unwrap();
    assert_eq!(body["data"]["alert"]["message"], "Sell *now*: 33,004.5\n<b>All</b> of it.");
    assert_eq!(body["data"]["summary"], "BTCUSDT reached 33,000 (now 33,004.5)", "what programs know stays");
}

#[test]
fn without_words_of_its_own_nothing_is_different() {
    let told = told("");
    assert_eq!(told.mail.subject, "BTCUSDT reached 33,000 (now 33,004.5) · Binance");
    assert!(told.mail.text.starts_with("BTCUSDT reached 33,000 (now 33,004.5) · Binance\nBTC reaches 33k\n"));
    let body: serde_json::Value = serde_json::from_str(&told.webhook).unwrap();
    assert!(body["data"]["alert"].get("message").is_none());
}

#[test]
fn what_is_put_in_is_never_read_again_and_has_no_room_without_end() {
    let mut sly = fired();
    sly.alert_name = "{note}{price}".into();
    sly.note = "{symbol}\n\n{name}".into();
    sly.message = "{name} / {note}".into();
    let told_sly = previews(&Message::AlertFired(Box::new(sly)), time(SENT));
    assert_eq!(told_sly.mail.subject, "{note}{price} / {symbol} {name}");

    let mut long = fired();
    long.note = "n".repeat(2_000);
    long.message = "{note} ".repeat(140);
    let told = previews(&Message::AlertFired(Box::new(long)), time(SENT));
    assert_eq!(told.mail.subject.chars().count(), 150);
    let body: serde_json::Value = serde_json::from_str(&told.webhook).unwrap();
    let message = body["data"]["alert"]["message"].as_str().unwrap();
    assert_eq!(message.chars().count(), 1_501, "cut, with an ellipsis");
}

#[test]
fn fires_that_come_together_each_say_their_words() {
    let Message::Combined(mut fires) = combined(2, Together::Pace) else { panic!("not combined") };
    fires.fires[1].message = "Sell <b>at {price}\nand rest".into();
    let told = previews(&Message::Combined(fires), time(SENT));
    assert!(
        told.mail.text.contains("* Sell <b>at 33,004.5\n  BTCUSDT reached 33,000 (now"),
        "{}",
        told.mail.text
    );
    assert!(told.mail.text.contains("* BTCUSDT reached 33,000 (now"), "{}", told.mail.text);
    assert!(told.mail.html.contains("Sell &lt;b&gt;at 33,004.5</div>"));
    assert!(told.discord.contains("• Sell \\<b\\>at 33,004.5\n  BTCUSDT reached"), "{}", told.discord);
    let body: serde_json::Value = serde_json::from_str(&told.webhook).unwrap();
    assert_eq!(body["data"]["fires"][1]["alert"]["message"], "Sell <b>at 33,004.5\nand rest");
}

#[test]
fn reports_say_their_words_too() {
    for (report, expected) in [
        (drops(), "2 for leica m6 on eBay, first Leica M6 0.72 black, body 1 at "),
        (a_digest(), "81 for gravel bike 56 on eBay, first Gravel bike 56 cm no. 0 at 400.50 USD"),
        (insights(), "14 for Leica M6 on eBay, first "),
    ] {
        let mut report = message(report);
        report.message = "{count} for {search} on {venue}, first {title} at {price}\nLook!".into();
        let told = previews(&Message::Report(Box::new(report.clone())), time(SENT));
        assert!(told.mail.subject.starts_with(expected), "{}", told.mail.subject);
        assert!(
            told.mail.text.starts_with(&format!("{}\nLook!\n\n", told.mail.subject)),
            "{}",
            told.mail.text
        );
        assert!(told.slack.contains("\nLook!\n"), "{}", told.slack);
        assert_eq!(told.ntfy.title, told.mail.subject);
        let body: serde_json::Value = serde_json::from_str(&told.webhook).unwrap();
        let message = body["data"]["alert"]["message"].as_str().unwrap();
        assert_eq!(message, format!("{}\nLook!", told.mail.subject));
        for one in Placeholder::OF_PRODUCTS {
            report.message = format!("{{{}}}", one.name());
            let told = previews(&Message::Report(Box::new(report.clone())), time(SENT));
            assert!(!told.mail.subject.contains('{'), "{one:?}: {}", told.mail.subject);
        }
    }
}
