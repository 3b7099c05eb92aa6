//! Frames that are wrong, in every way that a careless server or a broken middle box can make them wrong.

use axum::body::Bytes;
use axum::extract::ws::Message;
use serde_json::{Value, json};

use crate::binance::fault::Malformed;

/// One mebibyte: what a reader that trusts the sender would buffer.
const HUGE: usize = 1 << 20;

/// The wrong frame. `stream` is one that the client knows, and `wrap` puts an event into its envelope.
pub(super) fn frame(kind: Malformed, stream: &str, wrap: impl Fn(&Value) -> String) -> Message {
    let symbol = stream.split('@').next().unwrap_or_default().to_uppercase();
    let text = match kind {
        Malformed::NotJson => "<html><body>502 Bad Gateway</body></html>".to_owned(),
        Malformed::Truncated => {
            let whole = wrap(&trade(&symbol));
            whole[..whole.len() / 2].to_owned()
        }
        Malformed::WrongTypes => {
            let mut event = trade(&symbol);
            event["a"] = json!("seven");
            event["p"] = Value::Null;
            wrap(&event)
        }
        Malformed::MissingField => {
            let mut event = trade(&symbol);
            event.as_object_mut().map(|fields| fields.remove("p"));
            wrap(&event)
        }
        Malformed::UnknownEvent => wrap(&json!({"e": "somethingNew", "E": 1, "s": symbol, "z": [1, 2, 3]})),
        Malformed::Huge => {
            let mut event = trade(&symbol);
            event["p"] = json!("9".repeat(HUGE));
            wrap(&event)
        }
        Malformed::Binary => return Message::Binary(Bytes::from_static(&[0xFF, 0xFE, 0x00, 0x80])),
    };
    Message::Text(text.into())
}

fn trade(symbol: &str) -> Value {
    json!({
        "e": "aggTrade", "E": 1, "s": symbol, "a": 1, "p": "1.00000000", "q": "1.00000000",
        "f": 1, "l": 1, "T": 1, "m": false, "M": true,
    })
}
