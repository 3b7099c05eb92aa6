//! Messages to try things with.

use bellwether_model::product::PricePoint;
use bellwether_model::{Evidence, Measure, Repeat, Resolution, Span, Status, Timestamp};
use bellwether_notify::{
    About, AlertFired, Combined, Links, Message, Notice, PriceChart, Reader, Together, VerifyAddress,
};

/// When the messages here are sent.
pub(super) const SENT: &str = "2026-11-21T10:00:00.130Z";

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn span(text: &str) -> Span {
    text.parse().unwrap()
}

/// An alert on Bitcoin fired, once and for all.
pub(super) fn fired() -> AlertFired {
    AlertFired {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: "BTC reaches 33k".into(),
        instrument: "binance:BTCUSDT".parse().unwrap(),
        condition: serde_json::from_str(r#"{"type":"crossing","price":"33000"}"#).unwrap(),
        repeat: Repeat::Once,
        note: "Sell a third.\nThen think again.".into(),
        message: String::new(),
        fire_number: 1,
        evidence: Evidence {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            time: time("2026-11-21T10:00:00.123Z"),
            id: Some(3_141_592_653),
            price: "33004.5".parse().unwrap(),
            previous_price: Some("32999.9".parse().unwrap()),
            measure: Measure::Threshold("33000".parse().unwrap()),
            resolution: Resolution::Tick,
        },
        trades: Some((5_000_000_001, 5_000_000_004)),
        late: false,
        evaluated_at: time("2026-11-21T10:00:00.1252Z"),
        chart: None,
        status_after: Status::Triggered,
        reader: Reader { address: "ada@example.org".into(), time_zone: "Europe/Berlin".into() },
        links: Links {
            open: Some("https://alerts.example.org/app/alerts/1".into()),
            stop: Some("https://alerts.example.org/stop/t0ken".into()),
            unsubscribe: Some("https://alerts.example.org/u/t0ken".into()),
        },
    }
}

/// The same, with the price of the hours before.
pub(super) fn charted() -> AlertFired {
    let mut fired = fired();
    let before = |minute: u32| {
        let wave = (minute % 48).min(48 - minute % 48) * 250;
        let cents = 3_276_000 + minute * 60 + wave;
        let time =
            Timestamp::from_micros(fired.evidence.time.micros() - i64::from(240 - minute) * 60_000_000);
        let price = format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap();
        PricePoint { time, price }
    };
    let mut points: Vec<_> = (0..240).map(before).collect();
    points.push(PricePoint { time: fired.evidence.time, price: fired.evidence.price });
    fired.chart = PriceChart::draw(&points, Some("33000".parse().unwrap()));
    fired
}

/// An address to be verified.
pub(super) fn verify() -> VerifyAddress {
    VerifyAddress {
        delivery: "01940000-0000-7000-8000-00000000000e".parse().unwrap(),
        address: "ada@example.org".into(),
        link: "https://alerts.example.org/verify?token=abc&x=1".into(),
    }
}

/// A channel that was switched off.
pub(super) fn disabled(name: &str) -> Message {
    Message::Notice(Notice {
        delivery: "01940000-0000-7000-8000-00000000000f".parse().unwrap(),
        address: "ada@example.org".into(),
        about: About::ChannelDisabled { channel: "webhook", name: name.into(), reason: "410 Gone".into() },
    })
}

/// An alert whose time is over, after so many fires.
pub(super) fn expired(fires: u64) -> Message {
    Message::Notice(Notice {
        delivery: "01940000-0000-7000-8000-00000000000f".parse().unwrap(),
        address: "ada@example.org".into(),
        about: About::AlertExpired {
            alert: fired().alert,
            name: "BTC <reaches> 33k".into(),
            watched: "BTCUSDT reaches 33,000".into(),
            fires,
            open: Some("https://alerts.example.org/app/alerts/1".into()),
        },
    })
}

/// A test of a channel.
pub(super) fn test(name: &str) -> Message {
    Message::Notice(Notice {
        delivery: "01940000-0000-7000-8000-00000000000f".parse().unwrap(),
        address: String::new(),
        about: About::ChannelTest { name: name.into() },
    })
}

/// So many fires of as many alerts, a minute apart, in one message.
pub(super) fn combined(count: u32, why: Together) -> Message {
    let mut fires = Vec::new();
    for number in 0..count {
        let mut one = fired();
        one.delivery = format!("01940000-0000-7000-8000-{number:012x}").parse().unwrap();
        one.alert = format!("01940000-0000-7000-8001-{number:012x}").parse().unwrap();
        one.alert_name = format!("Alert <{number}>");
        let minutes = i64::from(number) * 60_000_000;
        one.evidence.time = Timestamp::from_micros(one.evidence.time.micros() + minutes);
        fires.push(one);
    }
    Message::Combined(Box::new(Combined {
        delivery: "01940000-0000-7000-8000-0000000000cc".parse().unwrap(),
        reader: fired().reader,
        fires,
        why,
        open: Some("https://alerts.example.org/app/fires".into()),
    }))
}
