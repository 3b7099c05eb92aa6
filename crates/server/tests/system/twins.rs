//! What the twin says of the alerts and trades of a run.

use std::collections::BTreeMap;

use bellwether_model::{AlertSpec, Instrument, Measure, Observation, Origin, PartTruth, Tick, Timestamp};
use bellwether_twin::{ArmAt, Twin, TwinFire};
use serde_json::Value;

use crate::client::Client;
use crate::world::Trade;

/// The twin, fed with a run's alerts and trades.
#[derive(Default)]
pub(crate) struct Judge {
    twin: Twin,
    fires: Vec<TwinFire>,
    ended: BTreeMap<u64, bool>,
}

impl Judge {
    /// An alert was made, after the trades so far.
    pub(crate) fn alert(&mut self, number: u64, alert: &Value) {
        let spec: AlertSpec = serde_json::from_value(alert.clone()).unwrap();
        self.twin.arm(number, &spec, &ArmAt::Now, None, number);
        self.ended.insert(number, false);
    }

    /// A trade happened.
    pub(crate) fn trade(&mut self, trade: &Trade) {
        let instrument: Instrument = format!("binance:{}", trade.symbol).parse().unwrap();
        let tick =
            Tick::numbered(trade.price.parse().unwrap(), Timestamp::from_micros(trade.time_us), trade.id);
        let seen = Observation { tick, trades: None, origin: Origin::Live };
        let (_, fires) = self.twin.apply(&instrument, &seen);
        for fire in &fires {
            self.ended.insert(fire.alert, fire.ended);
        }
        self.fires.extend(fires);
    }

    /// Fires so far.
    pub(crate) fn count(&self) -> usize {
        self.fires.len()
    }

    /// Compares the fires of the API with the twin's, every field of the evidence; `alerts` names the
    /// twin's alert of each id.
    pub(crate) fn compare(&self, context: &str, alerts: &BTreeMap<String, u64>, fires: &[Value]) {
        let mut told: Vec<_> = fires.iter().map(|fire| line_of_api(alerts, fire)).collect();
        let mut expected: Vec<_> = self.fires.iter().map(line_of_twin).collect();
        told.sort();
        expected.sort();
        let missing: Vec<_> = expected.iter().filter(|line| !told.contains(line)).take(5).collect();
        let surplus: Vec<_> = told.iter().filter(|line| !expected.contains(line)).take(5).collect();
        assert!(
            told == expected,
            "{context}: {} fires instead of {}; missing {missing:#?}, surplus {surplus:#?}",
            told.len(),
            expected.len(),
        );
    }

    /// Compares the alerts' statuses with the twin's.
    pub(crate) async fn compare_statuses(
        &self,
        context: &str,
        user: &Client,
        alerts: &BTreeMap<String, u64>,
    ) {
        for (id, number) in alerts {
            let alert = user.get(&format!("/api/alerts/{id}")).await;
            let expected = if self.ended[number] { "triggered" } else { "active" };
            assert_eq!(alert["status"], expected, "{context}: {alert}");
        }
    }
}

fn line_of_twin(fire: &TwinFire) -> String {
    let measure = match &fire.measure {
        Measure::Threshold(price) => format!("threshold {price}"),
        Measure::Reference(price) => format!("reference {price}"),
        Measure::Parts(parts) => format!("parts {parts:?}"),
        Measure::SilentSince(time) => format!("silent since {time}"),
    };
    let previous = fire.previous_price.map(|price| price.to_string()).unwrap_or_default();
    format!(
        "alert {} fire {} {} id {} at {} price {} before {previous} {measure}",
        fire.alert,
        fire.number,
        fire.instrument,
        fire.id.unwrap_or_default(),
        fire.time.micros(),
        fire.price
    )
}

fn line_of_api(alerts: &BTreeMap<String, u64>, fire: &Value) -> String {
    let evidence = &fire["evidence"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let price = ["threshold", "reference"]
        .iter()
        .find_map(|name| evidence[name].as_str().map(|price| format!("{name} {price}")));
    let parts: Option<Vec<PartTruth>> = serde_json::from_value(evidence["parts"].clone()).ok();
    let measure = price.or_else(|| parts.map(|parts| format!("parts {parts:?}"))).unwrap_or_default();
    let time: Timestamp = text(&evidence["time"]).parse().unwrap();
    format!(
        "alert {} fire {} {} id {} at {} price {} before {} {measure}",
        alerts[&text(&fire["alert_id"])],
        fire["fire"],
        text(&evidence["instrument"]),
        evidence["id"],
        time.micros(),
        text(&evidence["price"]),
        text(&evidence["previous_price"]),
    )
}
