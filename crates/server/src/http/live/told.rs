//! What a stream has told already, so that nothing is told twice.

use std::collections::{BTreeSet, HashMap};

use bellwether_model::{AlertId, DeliveryId, FireId, Timestamp};
use bellwether_store::alert::Alert;
use bellwether_store::delivery::{Delivery, DeliveryStatus};
use bellwether_store::evaluation::Cursor;
use bellwether_store::news::News;
use uuid::Uuid;

/// How long a fire may take from its making to where it is seen: fires of several processes do not come in
/// the order of their ids.
const STRAGGLING_US: i64 = 60_000_000;

/// What was told.
pub(super) struct Told {
    cursor: Cursor,
    began: Timestamp,
    fires: BTreeSet<FireId>,
    alerts: HashMap<AlertId, AlertMark>,
    deliveries: HashMap<DeliveryId, DeliveryMark>,
}

/// What an alert looks like to somebody who has not seen it change.
type AlertMark = (u64, u64);
type DeliveryMark = (DeliveryStatus, u32);

fn alert_mark(alert: &Alert) -> AlertMark {
    (alert.version, alert.fires)
}

fn delivery_mark(delivery: &Delivery) -> DeliveryMark {
    (delivery.status, delivery.attempts)
}

impl Told {
    /// Nothing yet: what changes after this place and from now on is new.
    pub(super) fn nothing(cursor: Cursor) -> Self {
        let (fires, alerts, deliveries) = Default::default();
        Self { cursor, began: now_of_ids(), fires, alerts, deliveries }
    }

    /// Where to go on reading the change log.
    pub(super) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// From when on fires are to be read, by the time in their ids.
    pub(super) fn fires_since(&self) -> Timestamp {
        let straggling = now_of_ids().micros().saturating_sub(STRAGGLING_US);
        self.began.max(Timestamp::from_micros(straggling))
    }

    /// Leaves of the news what was not told yet, and holds it for told.
    pub(super) fn fresh(&mut self, mut news: News) -> News {
        self.cursor = news.cursor;
        let fires: BTreeSet<FireId> = news.fires.iter().map(|fire| fire.id).collect();
        let alerts = news.alerts.iter().map(|alert| (alert.id, alert_mark(alert))).collect();
        let deliveries =
            news.deliveries.iter().map(|delivery| (delivery.id, delivery_mark(delivery))).collect();
        news.fires.retain(|fire| !self.fires.contains(&fire.id));
        news.alerts.retain(|alert| self.alerts.get(&alert.id) != Some(&alert_mark(alert)));
        news.deliveries
            .retain(|delivery| self.deliveries.get(&delivery.id) != Some(&delivery_mark(delivery)));
        // A full page of fires that were all told is no reason to read anything again.
        news.more &= !news.fires.is_empty() || !news.alerts.is_empty();
        // What is read no longer needs no remembering.
        (self.fires, self.alerts, self.deliveries) = (fires, alerts, deliveries);
        news
    }
}

/// The time that an id would have that is made now.
fn now_of_ids() -> Timestamp {
    let (seconds, nanos) = Uuid::now_v7().get_timestamp().expect("version 7 holds its time").to_unix();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000);
    Timestamp::from_micros(seconds * 1_000_000 + i64::from(nanos / 1_000))
}
