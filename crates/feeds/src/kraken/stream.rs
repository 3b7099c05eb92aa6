//! The address of the streams, and the messages that ask for symbols.

use bellwether_model::Instrument;
use serde::Serialize;

use crate::Ask;

/// The public interface of version 2.
pub(super) fn address(ws_url: &str) -> String {
    format!("{}/v2", ws_url.trim_end_matches('/'))
}

/// One subscribe or unsubscribe for the trades of these instruments. Each symbol is answered by itself.
/// Snapshots are not asked for: what was before is fetched by number.
pub(super) fn ask(ask: Ask, request: u64, instruments: &[Instrument]) -> String {
    #[derive(Serialize)]
    struct Message<'a> {
        method: &'static str,
        params: Params<'a>,
        req_id: u64,
    }
    #[derive(Serialize)]
    struct Params<'a> {
        channel: &'static str,
        symbol: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        snapshot: Option<bool>,
    }
    let (method, snapshot) = match ask {
        Ask::Subscribe => ("subscribe", Some(false)),
        Ask::Unsubscribe => ("unsubscribe", None),
    };
    let symbol = instruments.iter().map(Instrument::symbol).collect();
    let message = Message { method, params: Params { channel: "trade", symbol, snapshot }, req_id: request };
    serde_json::to_string(&message).expect("strings and integers always make JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_are_asked_for_without_a_snapshot() {
        let instruments = ["kraken:BTC/USD", "kraken:AAPLx/USD"].map(|text| text.parse().unwrap());
        assert_eq!(
            ask(Ask::Subscribe, 7, &instruments),
            r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","AAPLx/USD"],"snapshot":false},"req_id":7}"#
        );
        assert_eq!(
            ask(Ask::Unsubscribe, 8, &instruments[..1]),
            r#"{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]},"req_id":8}"#
        );
        assert_eq!(address("ws://127.0.0.1:9443/"), "ws://127.0.0.1:9443/v2");
    }
}
