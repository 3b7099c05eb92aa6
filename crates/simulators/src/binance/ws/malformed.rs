//! Aggregate trades that are wrong.

use axum::extract::ws::Message;
use serde_json::{Value, json};

use crate::venue::fault::Malformed;
use crate::venue::malformed::{self, Specimen};

/// The wrong frame. `stream` is one that the client knows, and `wrap` puts an event into its envelope.
pub(super) fn frame(kind: Malformed, stream: &str, wrap: impl Fn(&Value) -> String) -> Message {
    let symbol = stream.split('@').next().unwrap_or_default().to_uppercase();
    let specimen = Specimen {
        whole: json!({
            "e": "aggTrade", "E": 1, "s": symbol, "a": 1, "p": "1.00000000", "q": "1.00000000",
            "f": 1, "l": 1, "T": 1, "m": false, "M": true,
        }),
        id: "/a",
        price: "/p",
        unknown: json!({"e": "somethingNew", "E": 1, "s": symbol, "z": [1, 2, 3]}),
    };
    malformed::frame(kind, &specimen, wrap)
}
