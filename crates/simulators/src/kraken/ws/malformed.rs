//! Trades that are wrong.

use axum::extract::ws::Message;
use serde_json::{Value, json};

use crate::venue::fault::Malformed;
use crate::venue::malformed::{self, Specimen};

/// The wrong frame, about a symbol that the client knows.
pub(super) fn frame(kind: Malformed, symbol: &str) -> Message {
    let specimen = Specimen {
        whole: json!({"channel": "trade", "type": "update", "data": [{
            "symbol": symbol, "side": "buy", "price": 1.5, "qty": 1.0, "ord_type": "limit", "trade_id": 1,
            "timestamp": "2026-11-21T10:33:44.500000Z",
        }]}),
        id: "/data/0/trade_id",
        price: "/data/0/price",
        unknown: json!({"channel": "something_new", "type": "update", "data": [{"symbol": symbol}]}),
    };
    malformed::frame(kind, &specimen, Value::to_string)
}
