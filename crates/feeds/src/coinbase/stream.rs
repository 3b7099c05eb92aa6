//! The messages that ask for products.

use bellwether_model::Instrument;
use serde::Serialize;

use crate::Ask;

/// Trades, and once a second the number of the last one.
const CHANNELS: [&str; 2] = ["matches", "heartbeat"];

/// One subscribe or unsubscribe for the trades of these instruments. Requests have no numbers here: the venue
/// answers with all that the connection carries.
pub(super) fn ask(ask: Ask, instruments: &[Instrument]) -> String {
    #[derive(Serialize)]
    struct Message<'a> {
        r#type: &'static str,
        product_ids: Vec<&'a str>,
        channels: [&'static str; 2],
    }
    let message = Message {
        r#type: match ask {
            Ask::Subscribe => "subscribe",
            Ask::Unsubscribe => "unsubscribe",
        },
        product_ids: instruments.iter().map(Instrument::symbol).collect(),
        channels: CHANNELS,
    };
    serde_json::to_string(&message).expect("strings always make JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_and_heartbeats_are_asked_for_together() {
        let instruments = ["coinbase:BTC-USD", "coinbase:ETH-EUR"].map(|text| text.parse().unwrap());
        assert_eq!(
            ask(Ask::Subscribe, &instruments),
            r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-EUR"],"channels":["matches","heartbeat"]}"#
        );
        assert_eq!(
            ask(Ask::Unsubscribe, &instruments[..1]),
            r#"{"type":"unsubscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}"#
        );
    }
}
