//! What a webhook says: one JSON object of a stable shape.
//!
//! Fields may be added, so receivers ignore those that they do not know; none is renamed or taken away.
//! Links that act at a click (stop, unsubscribe) are left out, since bodies end up in logs.

mod combined;
mod report;

use bellwether_model::{AlertId, Condition, DeliveryId, Evidence, Instrument, Repeat, Status, Timestamp};
use serde::Serialize;

pub use self::combined::FIRES_MAX;
use crate::message::{About, Notice, VerifyAddress};
use crate::render::headline;
use crate::render::notice::NoticeView;
use crate::render::own;
use crate::{AlertFired, Message};

/// The largest body, in bytes: Standard Webhooks advises to stay below about 20 kB.
pub const BODY_BYTES: usize = 20_000;

/// The body of a message.
#[must_use]
pub fn body(message: &Message) -> String {
    let written = match message {
        Message::AlertFired(fired) => serde_json::to_string(&fired_body(fired)),
        Message::Combined(combined) => return combined::body(combined),
        Message::Report(report) => return report::body(report),
        Message::VerifyAddress(verify) => serde_json::to_string(&verify_body(verify)),
        Message::Notice(notice) => serde_json::to_string(&notice_body(notice)),
    };
    written.expect("every key is text and every value writes itself without failing")
}

/// What every body has; `type` says what `data` holds.
#[derive(Serialize)]
struct Body<T> {
    r#type: &'static str,
    /// When it happened, not when it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    data: T,
}

#[derive(Serialize)]
struct Fired<'a> {
    /// What happened, in one line for people.
    summary: String,
    delivery_id: DeliveryId,
    alert: Alert<'a>,
    fire: Fire<'a>,
    /// The alert's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// The alert as it was when it fired.
#[derive(Serialize)]
struct Alert<'a> {
    id: AlertId,
    name: &'a str,
    /// Left out only where several fires have no room for their notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// What its owner wants it to say, with everything put in. Left out where they gave no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    instrument: &'a Instrument,
    condition: &'a Condition,
    repeat: Repeat,
    status_after: Status,
}

#[derive(Serialize)]
struct Fire<'a> {
    /// Its number in the alert's life.
    number: u64,
    /// The same object as in the API's list of fires.
    evidence: &'a Evidence,
    /// First and last trade that the tick sums up.
    trades: Option<(u64, u64)>,
    /// Whether the tick was fetched afterwards, to fill a gap.
    late: bool,
    evaluated_at: Timestamp,
}

#[derive(Serialize)]
struct Verify<'a> {
    summary: &'static str,
    delivery_id: DeliveryId,
    /// Whoever opens it confirms that the receiver wants to get alerts.
    url: &'a str,
}

#[derive(Serialize)]
struct Noticed {
    summary: String,
    delivery_id: DeliveryId,
    /// The alert that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_id: Option<AlertId>,
}

fn fired_body(fired: &AlertFired) -> Body<Fired<'_>> {
    Body {
        r#type: "alert.fired",
        timestamp: Some(fired.evidence.time),
        data: fired_data(fired, Some(&fired.note)),
    }
}

/// A fire; `note` is left out together with its owner's other words.
fn fired_data<'a>(fired: &'a AlertFired, note: Option<&'a str>) -> Fired<'a> {
    Fired {
        summary: headline(fired),
        delivery_id: fired.delivery,
        alert: Alert {
            id: fired.alert,
            name: &fired.alert_name,
            note,
            message: note.and_then(|_| own::of_fire(fired)).map(|own| own.text()),
            instrument: &fired.instrument,
            condition: &fired.condition,
            repeat: fired.repeat,
            status_after: fired.status_after,
        },
        fire: Fire {
            number: fired.fire_number,
            evidence: &fired.evidence,
            trades: fired.trades,
            late: fired.late,
            evaluated_at: fired.evaluated_at,
        },
        url: fired.links.open.as_deref(),
    }
}

fn verify_body(verify: &VerifyAddress) -> Body<Verify<'_>> {
    Body {
        r#type: "address.verify",
        timestamp: None,
        data: Verify {
            summary: "Open the address to confirm that alerts may be sent here.",
            delivery_id: verify.delivery,
            url: &verify.link,
        },
    }
}

fn notice_body(notice: &Notice) -> Body<Noticed> {
    let r#type = match notice.about {
        About::ChannelTest { .. } => "channel.test",
        About::ChannelDisabled { .. } => "channel.disabled",
        About::AlertThrottled { .. } => "alert.throttled",
        About::AlertExpired { .. } => "alert.expired",
        About::AddressSuppressed { .. } => "address.suppressed",
        // Only ever mailed. The summary holds no link.
        About::PasswordLink { .. } => "password.link",
    };
    let summary = NoticeView::of(notice).lines.join(" ");
    let alert_id = match notice.about {
        About::AlertExpired { alert, .. } => Some(alert),
        About::ChannelTest { .. }
        | About::AlertThrottled { .. }
        | About::ChannelDisabled { .. }
        | About::AddressSuppressed { .. }
        | About::PasswordLink { .. } => None,
    };
    Body { r#type, timestamp: None, data: Noticed { summary, delivery_id: notice.delivery, alert_id } }
}
