//! Claims to try things with.

use bellwether_model::product::{DigestReport, Report};
use bellwether_model::{
    Channel, DeliveryId, Evidence, FireId, Measure, ReportId, Resolution, Timestamp, UserId,
};
use bellwether_store::delivery::{Claim, Content};
use bellwether_store::fire::PriceFire;
use bellwether_store::report::ReportRecord;
use uuid::Uuid;

use crate::config::Paces;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
}

/// A claim of a fire, for the address of the user of that number, owed at second 0.
pub(crate) fn claim(user: u128) -> Claim {
    let (user, alert) =
        (UserId(Uuid::from_u128(user)), "01940000-0000-7000-8000-00000000000a".parse().unwrap());
    let spec: bellwether_model::AlertSpec = serde_json::from_str(
        r#"{"name": "BTC", "instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}}"#,
    )
    .unwrap();
    Claim {
        id: DeliveryId(Uuid::new_v4()),
        token: Uuid::new_v4(),
        lease_until: at(0).saturating_add(bellwether_model::Span::from_seconds(60).unwrap()),
        attempt: 1,
        user,
        email: "ada@example.org".to_owned(),
        time_zone: "UTC".to_owned(),
        quiet: None,
        channel: Channel::Email,
        via: None,
        created_at: at(0),
        deferred: None,
        content: Content::Fired(Box::new(PriceFire {
            id: FireId(Uuid::new_v4()),
            alert,
            user,
            number: 1,
            evidence: Evidence {
                instrument: spec.instrument.clone(),
                time: at(0),
                id: Some(7),
                price: "33001".parse().unwrap(),
                previous_price: None,
                measure: Measure::Threshold("33000".parse().unwrap()),
                resolution: Resolution::Tick,
            },
            trades: None,
            spec,
            evaluated_at: at(0),
            committed_at: at(0),
            late: false,
            ends: false,
        })),
    }
}

/// A digest that found nothing.
pub(super) fn digest() -> Content {
    let spec: bellwether_model::product::ProductSpec = serde_json::from_str(
        r#"{"kind": "digest", "name": "Bikes", "search": {"query": "gravel bike", "marketplace": "EBAY_US"},
            "schedule": {"every": "10m"}, "top": 20, "repeat": {"mode": "every"}, "channels": ["email"]}"#,
    )
    .unwrap();
    let content = Report::Digest(DigestReport {
        search: spec.watch.search().clone(),
        slot: at(0),
        as_of: Some(at(0)),
        total: 0,
        items: Vec::new(),
        left_out: 0,
    });
    Content::Report(Box::new(ReportRecord {
        id: ReportId(Uuid::new_v4()),
        alert: "01940000-0000-7000-8000-00000000000b".parse().unwrap(),
        user: UserId(Uuid::from_u128(1)),
        slot_at: at(0),
        made_at: at(0),
        spec,
        content,
    }))
}

/// Three mails or posts of a webhook in half a minute, two messages of an alert an hour, useful for a minute; no other limits.
pub(super) fn paces() -> Paces {
    let pace = |text: &str| text.parse().unwrap();
    Paces {
        email: pace("3/30s"),
        webhook: pace("3/30s"),
        telegram: pace("0/1s"),
        slack: pace("0/1s"),
        discord: pace("0/1s"),
        ntfy: pace("0/1s"),
        alert: pace("2/1h"),
        useful_for: "60s".parse().unwrap(),
    }
}
