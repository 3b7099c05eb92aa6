//! What a reader sees: whole messages as text and HTML, and that nothing hostile gets into either.

use bellwether_model::{Measure, PartTruth, Repeat, Resolution, Status};
use bellwether_notify::{About, Message, Notice, Rendered, SecretLink, Together, render};

use super::samples::{SENT, charted, combined, disabled, expired, fired, span, time, verify};

fn rendered(fired: bellwether_notify::AlertFired) -> Rendered {
    render(&Message::AlertFired(Box::new(fired)), time(SENT))
}

#[test]
fn a_fire_says_what_happened_when_and_why() {
    let Rendered { subject, text, html, .. } = rendered(fired());
    insta::assert_snapshot!(subject, @"BTCUSDT reached 33,000 (now 33,004.5) · Binance");
    insta::assert_snapshot!(text, @r"
BTCUSDT reached 33,000 (now 33,004.5) · Binance
BTC reaches 33k

Instrument     BTCUSDT on Binance (binance:BTCUSDT)
Condition      BTCUSDT reaches 33,000 (once)
Price          33,004.5
Price before   32,999.9 (+0.014 % since)
Threshold      33,000 (+0.014 % from there)
Time           Sat 21 Nov 2026, 11:00:00.123 (Europe/Berlin, UTC+01:00)
Time in UTC    2026-11-21 10:00:00.123 UTC
Speed          Binance → 2.2 ms → evaluated → 4.8 ms → sent

Your note:
  Sell a third.
  Then think again.

Why: Aggregate trade 3141592653 (trades 5000000001 to 5000000004) took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert is done: it fires once. Arm it again if you want to hear of it again.
Open or change it: https://alerts.example.org/app/alerts/1

-- 
Bellwether · delivery 01940000-0000-7000-8000-00000000000d
");
    // In a file of its own, where it can be opened in a browser.
    insta::assert_snapshot!("fired_html", html);
}

#[test]
fn the_price_before_a_fire_is_drawn_and_told_to_who_cannot_see_it() {
    let Rendered { text, html, pictures, .. } = rendered(charted());
    let [picture] = &pictures[..] else { panic!("{} pictures", pictures.len()) };
    assert_eq!(picture.id, "chart.01940000-0000-7000-8000-00000000000d@bellwether");
    assert!(picture.png.starts_with(b"\x89PNG") && picture.png.len() < 40_000, "{}", picture.png.len());
    let words = "The price of BTCUSDT between 07:00 and 11:00, 33,004.5 at the end, drawn from 32,760 to \
                 33,004.5. Threshold 33,000 is a dashed line.";
    let shown = format!("<img src=\"cid:{}\" width=\"534\" alt=\"{words}\"", picture.id);
    assert!(html.contains(&shown), "{shown} in {html}");
    assert_eq!(text, rendered(fired()).text, "what it shows stands in the text anyway");

    let mut hostile = charted();
    hostile.evidence.instrument = "push:a/<script>alert(1)</script>".parse().unwrap();
    let html = rendered(hostile).html;
    assert!(html.contains("alt=\"The price of a") && !html.contains("<script"), "{html}");
}

#[test]
fn a_late_fire_that_repeats_says_so() {
    let mut late = fired();
    late.late = true;
    late.status_after = Status::Active;
    late.repeat = Repeat::Every { cooldown: span("15m"), max_fires: Some(10) };
    late.evidence.resolution = Resolution::Minute;
    late.evaluated_at = time("2026-11-21T10:03:20Z");
    late.reader.time_zone = "UTC".into();
    late.links = Default::default();
    let text = render(&Message::AlertFired(Box::new(late)), time("2026-11-21T10:09:20.5Z")).text;
    insta::assert_snapshot!(text, @r"
BTCUSDT reached 33,000 (now 33,004.5) · Binance
BTC reaches 33k

! Late by 3 min 19 s: the connection to the venue was interrupted, and this was found in what was fetched afterwards.

! This message could not be sent for 6 min 0 s.

Instrument     BTCUSDT on Binance (binance:BTCUSDT)
Condition      BTCUSDT reaches 33,000 (every time, at most once in 15 minutes, 10 times in all)
Price          33,004.5
Price before   32,999.9 (+0.014 % since)
Threshold      33,000 (+0.014 % from there)
Time           Sat 21 Nov 2026, 10:00:00.123 (UTC)
Speed          Binance → 3 min 19 s → evaluated → 6 min 0 s → sent

Your note:
  Sell a third.
  Then think again.

Why: A one-minute candle (single trades could not be had) (trades 5000000001 to 5000000004) took BTCUSDT from 32,999.9 to 33,004.5. It is fire 1 of this alert.

This alert watches on. It does not fire again before Sat 21 Nov 2026, 10:15:00.123.
To change or stop it, open alert 01940000-0000-7000-8000-00000000000a in Bellwether.

-- 
Bellwether · delivery 01940000-0000-7000-8000-00000000000d
");
}

#[test]
fn a_composite_lists_its_parts() {
    let mut composite = fired();
    composite.condition = serde_json::from_str(
        r#"{"type":"any","of":[{"type":"above","price":"33000"},
            {"type":"moving","percent":"5","direction":"down","window":"1h","instrument":"binance:ETHUSDT"}]}"#,
    )
    .unwrap();
    composite.evidence.instrument = "binance:ETHUSDT".parse().unwrap();
    composite.evidence.price = "2000".parse().unwrap();
    composite.evidence.previous_price = None;
    composite.evidence.measure = Measure::Parts(vec![
        PartTruth { instrument: "binance:BTCUSDT".parse().unwrap(), kind: "above".into(), holds: false },
        PartTruth { instrument: "binance:ETHUSDT".parse().unwrap(), kind: "moving".into(), holds: true },
    ]);
    composite.instrument = "push:my-feed/BTC".parse().unwrap();
    let Rendered { subject, text, html, .. } = rendered(composite);
    assert!(html.contains(">ETHUSDT · Binance<"), "the price is of the tick's instrument: {html}");
    insta::assert_snapshot!(subject, @"my-feed/BTC: 1 of 2 conditions hold (ETHUSDT now 2,000) · pushed feed");
    insta::assert_snapshot!(text, @r"
my-feed/BTC: 1 of 2 conditions hold (ETHUSDT now 2,000) · pushed feed
BTC reaches 33k

Instrument     my-feed/BTC, a pushed feed (push:my-feed/BTC)
Condition      my-feed/BTC is at or above 33,000 or binance:ETHUSDT falls by 5 % within 1 hour (once)
Price of       binance:ETHUSDT
Price          2,000
Time           Sat 21 Nov 2026, 11:00:00.123 (Europe/Berlin, UTC+01:00)
Time in UTC    2026-11-21 10:00:00.123 UTC
Speed          Binance → 2.2 ms → evaluated → 4.8 ms → sent

[ ] push:my-feed/BTC is at or above 33,000
[x] binance:ETHUSDT falls by 5 % within 1 hour

Your note:
  Sell a third.
  Then think again.

Why: Aggregate trade 3141592653 (trades 5000000001 to 5000000004) was the first that this alert saw of ETHUSDT, at 2,000. It is fire 1 of this alert.

This alert is done: it fires once. Arm it again if you want to hear of it again.
Open or change it: https://alerts.example.org/app/alerts/1

-- 
Bellwether · delivery 01940000-0000-7000-8000-00000000000d
");
    for part in ["push:my-feed&#x2f;BTC is at or above 33,000", "binance:ETHUSDT falls by 5 % within 1 hour"]
    {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn every_end_and_every_kind_of_repeat_has_its_sentence() {
    let every = |cooldown: &str, max_fires| Repeat::Every { cooldown: span(cooldown), max_fires };
    for (status, repeat, sentence) in [
        (Status::Triggered, Repeat::Once, "is done: it fires once."),
        (Status::Triggered, every("1m", Some(3)), "is done: that was the last of its 3 fires."),
        (Status::Active, every("0s", None), "watches on and may fire again at any time."),
        (Status::Active, every("1h", None), "does not fire again before Sat 21 Nov 2026, 12:00:00.123."),
        (Status::Paused, Repeat::Once, "is paused now"),
        (Status::Expired, Repeat::Once, "has expired"),
        (Status::Deleted, Repeat::Once, "is deleted"),
    ] {
        let mut ended = fired();
        (ended.status_after, ended.repeat) = (status, repeat);
        let Rendered { text, html, .. } = rendered(ended);
        assert!(text.contains(sentence), "{text}");
        assert!(html.contains(sentence), "{html}");
    }
}

#[test]
fn only_an_alert_that_watches_on_can_be_stopped() {
    let stop = "https://alerts.example.org/stop/t0ken";
    assert!(!rendered(fired()).text.contains(stop));
    let mut active = fired();
    active.status_after = Status::Active;
    let Rendered { text, html, .. } = rendered(active);
    assert!(text.contains(stop));
    assert!(html.contains(">Stop it</a>"));
}

#[test]
fn an_address_is_verified_by_its_link() {
    let Rendered { subject, text, html, .. } = render(&Message::VerifyAddress(verify()), time(SENT));
    insta::assert_snapshot!(subject, @"Confirm your e-mail address for Bellwether");
    insta::assert_snapshot!(text, @r"
Confirm your e-mail address

Somebody, most likely you, wants Bellwether to send price alerts to
ada@example.org. Open this page to confirm that this is your address:

https://alerts.example.org/verify?token=abc&x=1

Until then nothing else is sent here. If it was not you, do nothing.

-- 
Bellwether · delivery 01940000-0000-7000-8000-00000000000e
");
    assert!(
        html.contains("href=\"https:&#x2f;&#x2f;alerts.example.org&#x2f;verify?token=abc&amp;x=1\""),
        "{html}"
    );
}

#[test]
fn what_people_write_stays_text() {
    let hostile = "\"><script>alert(1)</script>\r\nBcc: evil@example.org\r\n\r\n{{ 7*7 }}{% raw %}\u{202e}";
    let mut attack = fired();
    attack.alert_name = hostile.into();
    attack.note = format!("{hostile}\n<img src=x onerror=alert(2)>");
    attack.message = format!("{{instrument}} <img src=y>\n{{note}} {hostile}");
    attack.instrument = "push:a/<b>&{{7*7}}".parse().unwrap();
    attack.evidence.instrument = attack.instrument.clone();
    attack.reader.time_zone = "<i>".into();
    let Rendered { subject, text, html, .. } = rendered(attack);

    assert!(!subject.contains(char::is_control));
    assert_eq!(subject, "push:a/<b>&{{7*7}} <img src=y>");
    for evil in ["<script", "<img", "<b>&", "<i>"] {
        assert!(!html.contains(evil), "{evil} in {html}");
    }
    assert!(html.contains("&lt;script&gt;"));
    for whole in [&text, &html] {
        assert!(!whole.contains('\u{202e}') && !whole.contains('\r'));
        assert!(whole.contains("{{ 7*7 }}{% raw %}"), "taken for a template: {whole}");
    }
    let name = "script>alert(1)</script> Bcc: evil@example.org {{ 7*7 }}{% raw %}";
    assert!(text.lines().any(|line| line.ends_with(name)), "{text}");
}

#[test]
fn a_channel_that_is_switched_off_is_told_of_with_what_its_receiver_said() {
    let Rendered { subject, text, html, .. } = render(&disabled("<b>desk</b>"), time(SENT));
    assert_eq!(subject, "A channel of yours is switched off");
    assert!(text.contains("the webhook channel \"<b>desk</b>\"."), "{text}");
    assert!(text.contains("Its receiver said: 410 Gone"), "{text}");
    assert!(html.contains("&lt;b&gt;desk") && !html.contains("<b>desk"), "{html}");
    assert!(text.contains("delivery 01940000-0000-7000-8000-00000000000f"), "{text}");
}

#[test]
fn the_html_loads_nothing() {
    for message in [Message::AlertFired(Box::new(fired())), Message::VerifyAddress(verify()), disabled("")] {
        let html = render(&message, time(SENT)).html;
        for loading in ["src=", "url(", "@import", "<link", "<script"] {
            assert!(!html.contains(loading), "{loading}");
        }
    }
}

#[test]
fn fires_that_come_together_are_listed_and_the_rest_counted() {
    let Rendered { subject, text, html, .. } = render(&combined(2, Together::Pace), time(SENT));
    assert_eq!(subject, "2 alerts fired between 11:00 and 11:01");
    let told = "* BTCUSDT reached 33,000 (now 33,004.5)
  Sat 21 Nov 2026, 11:01:00.123 · price 33,004.5 · against 33,000
  Alert <1>
";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("They came faster than one message each") && !text.contains("more\n"), "{text}");
    assert!(text.contains("See all of them: https://alerts.example.org/app/fires"), "{text}");
    assert!(html.contains("Alert &lt;1&gt;") && !html.contains("Alert <1>"), "{html}");

    let Rendered { text, html, .. } = render(&combined(111, Together::Late), time("2026-11-21T13:02:00Z"));
    assert!(text.contains("could not be sent for 3 h 1 min"), "{text}");
    assert!(text.contains("... and 61 more") && html.contains("… and 61 more"), "{text}");
    assert_eq!(text.matches("* BTCUSDT").count(), 50);
}

#[test]
fn fires_of_one_alert_bear_its_name() {
    let Message::Combined(mut three) = combined(3, Together::Throttled) else { panic!("not combined") };
    let first = three.fires[0].clone();
    for fired in &mut three.fires {
        (fired.alert, fired.alert_name) = (first.alert, "BTC\r\nBcc: x".into());
    }
    let Rendered { subject, .. } = render(&Message::Combined(three), time(SENT));
    assert_eq!(subject, "BTC Bcc: x fired 3 times between 11:00 and 11:02");
}

#[test]
fn a_link_for_a_forgotten_password_stands_in_its_mail_and_in_no_log() {
    let link = "https://bells.example.org/app/password#s3cret";
    let message = Message::Notice(Notice {
        delivery: "01940000-0000-7000-8000-00000000000f".parse().unwrap(),
        address: "ada@example.org".to_owned(),
        about: About::PasswordLink { link: SecretLink(link.to_owned()) },
    });
    let mail = render(&message, time("2026-11-21T10:00:00Z"));
    assert_eq!(mail.subject, "Choose a new password for Bellwether");
    assert_eq!(mail.text.matches(link).count(), 1, "{}", mail.text);
    // Slashes are escaped there.
    assert!(mail.html.contains("password#s3cret\" style="), "{}", mail.html);
    assert!(mail.text.contains("for an hour") && mail.html.contains("for an hour"));
    assert!(!format!("{message:?}").contains("s3cret"));
    let channel = disabled("desk");
    assert!(!render(&channel, time("2026-11-21T10:00:00Z")).html.contains("new password"));
}

#[test]
fn an_alert_that_has_expired_says_what_it_was_and_where_to_change_it() {
    let mut message = expired(3);
    let Rendered { subject, text, html, .. } = render(&message, time(SENT));
    insta::assert_snapshot!(subject, @"An alert of yours has expired");
    insta::assert_snapshot!(text, @r#"
An alert of yours has expired

The time of the alert "BTC <reaches> 33k" is over: BTCUSDT reaches 33,000.
It fired 3 times. It does not fire any more.
Give it a later end, and it watches on.

https://alerts.example.org/app/alerts/1

-- 
Bellwether · delivery 01940000-0000-7000-8000-00000000000f
"#);
    assert!(html.contains(">Open or change it</a>") && !html.contains("BTC <reaches>"), "{html}");
    message = expired(0);
    assert!(render(&message, time(SENT)).text.contains("It never fired."));
}
