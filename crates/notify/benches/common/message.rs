//! The message that is measured.

use bellwether_model::{Evidence, Measure, Repeat, Resolution, Status, Timestamp};
use bellwether_notify::{AlertFired, Links, Message, Reader};

/// A price was reached.
pub(crate) fn fire() -> Message {
    let price = |text: &str| text.parse().unwrap();
    Message::AlertFired(Box::new(AlertFired {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: "BTC reaches 33k".into(),
        instrument: "binance:BTCUSDT".parse().unwrap(),
        condition: serde_json::from_str(r#"{"type":"crossing","price":"33000"}"#).unwrap(),
        repeat: Repeat::Once,
        note: "Sell a third.".into(),
        message: String::new(),
        fire_number: 1,
        evidence: Evidence {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            time: Timestamp::EPOCH,
            id: Some(3_141_592_653),
            price: price("33004.5"),
            previous_price: Some(price("32999.9")),
            measure: Measure::Threshold(price("33000")),
            resolution: Resolution::Tick,
        },
        trades: Some((5_000_000_001, 5_000_000_004)),
        late: false,
        evaluated_at: Timestamp::from_millis(2),
        chart: None,
        status_after: Status::Triggered,
        reader: Reader { address: "ada@example.org".into(), time_zone: "Europe/Berlin".into() },
        links: Links::default(),
    }))
}
