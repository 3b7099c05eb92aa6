//! Matches that are wrong.

use axum::extract::ws::Message;
use serde_json::{Value, json};

use crate::venue::fault::Malformed;
use crate::venue::malformed::{self, Specimen};

/// The wrong frame, about a product that the client knows.
pub(super) fn frame(kind: Malformed, product: &str) -> Message {
    let specimen = Specimen {
        whole: json!({
            "type": "match", "trade_id": 1, "maker_order_id": "a", "taker_order_id": "b", "side": "buy",
            "size": "1.00000000", "price": "1.00", "product_id": product, "sequence": 1,
            "time": "2026-11-21T10:33:44.500000Z",
        }),
        id: "/trade_id",
        price: "/price",
        unknown: json!({"type": "something_new", "product_id": product, "z": [1, 2, 3]}),
    };
    malformed::frame(kind, &specimen, Value::to_string)
}
