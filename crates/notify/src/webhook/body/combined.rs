//! Several fires as one JSON object: each as it would have come alone, as far as there is room.

use bellwether_model::{AlertId, DeliveryId, Price, Timestamp};
use serde::Serialize;

use super::{BODY_BYTES, Body, fired_data};
use crate::AlertFired;
use crate::message::Combined;
use crate::render::combined::title;

/// Fires that one post tells of at most: so many have room at least with what finds each in the API.
pub const FIRES_MAX: usize = 25;

/// Bytes of an entry in its shortest form: two ids, two numbers of up to 40 digits, a time, and their names.
const SHORTEST_BYTES: usize = 400;
const _: () = assert!(FIRES_MAX * SHORTEST_BYTES < BODY_BYTES);

#[derive(Serialize)]
struct Data<T> {
    /// How many alerts fired and when, in one line for people.
    summary: String,
    /// The oldest first.
    fires: Vec<T>,
}

/// A fire in its shortest form; what it has stands where it stands in the whole form.
#[derive(Serialize)]
struct Named {
    delivery_id: DeliveryId,
    alert: NamedAlert,
    fire: NamedFire,
}

#[derive(Serialize)]
struct NamedAlert {
    id: AlertId,
}

#[derive(Serialize)]
struct NamedFire {
    number: u64,
    evidence: NamedEvidence,
}

#[derive(Serialize)]
struct NamedEvidence {
    time: Timestamp,
    price: Price,
}

/// The body of a message of several fires, in as much detail as there is room for. The caller keeps to
/// [`FIRES_MAX`].
pub(super) fn body(combined: &Combined) -> String {
    let whole = written(combined, |fired| fired_data(fired, Some(&fired.note)));
    if whole.len() <= BODY_BYTES {
        return whole;
    }
    let without_notes = written(combined, |fired| fired_data(fired, None));
    if without_notes.len() <= BODY_BYTES {
        return without_notes;
    }
    written(combined, named)
}

fn written<'a, T: Serialize>(combined: &'a Combined, entry: impl Fn(&'a AlertFired) -> T) -> String {
    let body = Body {
        r#type: "alerts.fired",
        timestamp: combined.fires.iter().map(|fired| fired.evidence.time).max(),
        data: Data {
            summary: title(combined, &jiff::tz::TimeZone::UTC),
            fires: combined.fires.iter().map(entry).collect(),
        },
    };
    serde_json::to_string(&body).expect("every key is text and every value writes itself without failing")
}

fn named(fired: &AlertFired) -> Named {
    let evidence = NamedEvidence { time: fired.evidence.time, price: fired.evidence.price };
    Named {
        delivery_id: fired.delivery,
        alert: NamedAlert { id: fired.alert },
        fire: NamedFire { number: fired.fire_number, evidence },
    }
}
