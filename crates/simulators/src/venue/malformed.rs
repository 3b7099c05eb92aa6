//! Frames that are wrong, in every way that a careless server or a broken middle box can make them wrong.

use axum::body::Bytes;
use axum::extract::ws::Message;
use serde_json::{Value, json};

use super::fault::Malformed;

/// One mebibyte: what a reader that trusts the sender would buffer.
const HUGE: usize = 1 << 20;

/// A good event of a venue, and where it can be spoilt.
#[derive(Debug)]
pub(crate) struct Specimen {
    /// A trade.
    pub(crate) whole: Value,
    /// Where its id stands, as a JSON pointer.
    pub(crate) id: &'static str,
    /// Where its price stands.
    pub(crate) price: &'static str,
    /// An event of a kind that the venue does not know yet.
    pub(crate) unknown: Value,
}

/// The wrong frame. `write` turns an event into text, in its envelope where it has one.
pub(crate) fn frame(kind: Malformed, specimen: &Specimen, write: impl Fn(&Value) -> String) -> Message {
    let spoilt = |changes: &[(&str, Value)]| {
        let mut event = specimen.whole.clone();
        for (place, value) in changes {
            if let Some(field) = event.pointer_mut(place) {
                *field = value.clone();
            }
        }
        write(&event)
    };
    let text = match kind {
        Malformed::NotJson => "<html><body>502 Bad Gateway</body></html>".to_owned(),
        Malformed::Truncated => {
            let whole = write(&specimen.whole);
            whole[..whole.len() / 2].to_owned()
        }
        Malformed::WrongTypes => spoilt(&[(specimen.id, json!("seven")), (specimen.price, Value::Null)]),
        Malformed::MissingField => write(&without(&specimen.whole, specimen.price)),
        Malformed::UnknownEvent => write(&specimen.unknown),
        Malformed::Huge => spoilt(&[(specimen.price, json!("9".repeat(HUGE)))]),
        Malformed::Binary => return Message::Binary(Bytes::from_static(&[0xFF, 0xFE, 0x00, 0x80])),
    };
    Message::Text(text.into())
}

/// The event without the field at `place`.
fn without(whole: &Value, place: &str) -> Value {
    let mut event = whole.clone();
    let (parent, name) = place.rsplit_once('/').unwrap_or(("", place));
    if let Some(fields) = event.pointer_mut(parent).and_then(Value::as_object_mut) {
        fields.remove(name);
    }
    event
}
