//! Names of streams, and the messages that ask for them.

use bellwether_model::Instrument;
use serde::Serialize;

use super::TimeUnit;
use crate::Ask;

/// The address of an empty combined stream; what it carries is asked for afterwards.
pub(super) fn address(ws_url: &str, unit: TimeUnit) -> String {
    let base = ws_url.trim_end_matches('/');
    match unit {
        TimeUnit::Microseconds => format!("{base}/stream?timeUnit=MICROSECOND"),
        TimeUnit::Milliseconds => format!("{base}/stream"),
    }
}

/// One SUBSCRIBE or UNSUBSCRIBE for the aggregate trades of these instruments.
pub(super) fn ask(ask: Ask, request: u64, instruments: &[Instrument]) -> String {
    #[derive(Serialize)]
    struct Message {
        method: &'static str,
        params: Vec<String>,
        id: u64,
    }
    let message = Message {
        method: match ask {
            Ask::Subscribe => "SUBSCRIBE",
            Ask::Unsubscribe => "UNSUBSCRIBE",
        },
        params: instruments.iter().map(stream_name).collect(),
        id: request,
    };
    serde_json::to_string(&message).expect("strings and integers always make JSON")
}

fn stream_name(instrument: &Instrument) -> String {
    format!("{}@aggTrade", instrument.symbol().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_asked_for_in_lower_case() {
        let instruments = ["binance:BTCUSDT", "binance:币安USDT"].map(|text| text.parse().unwrap());
        assert_eq!(
            ask(Ask::Subscribe, 7, &instruments),
            r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","币安usdt@aggTrade"],"id":7}"#
        );
        assert_eq!(
            ask(Ask::Unsubscribe, 8, &instruments[..1]),
            r#"{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade"],"id":8}"#
        );
    }

    #[test]
    fn the_address_names_the_time_unit() {
        let base = "ws://127.0.0.1:9443/";
        assert_eq!(address(base, TimeUnit::Microseconds), "ws://127.0.0.1:9443/stream?timeUnit=MICROSECOND");
        assert_eq!(address(base, TimeUnit::Milliseconds), "ws://127.0.0.1:9443/stream");
    }
}
