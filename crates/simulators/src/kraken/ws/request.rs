//! Messages of the client: `{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}`.

use serde::Deserialize;
use serde_json::Value;

/// A request that was understood.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) call: Call,
    /// Given back in the answer.
    pub(super) req_id: Option<u64>,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Call {
    Subscribe(Params),
    Unsubscribe(Params),
    Ping,
}

/// Which symbols of which channel.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    pub(super) channel: Channel,
    pub(super) symbol: Vec<String>,
    /// Whether the state so far is wanted; each channel has a default of its own.
    pub(super) snapshot: Option<bool>,
}

/// A channel that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Channel {
    Ticker,
    Trade,
}

impl Channel {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ticker => "ticker",
            Self::Trade => "trade",
        }
    }

    /// Whether the state so far is sent where nobody says.
    pub(super) const fn snapshot_by_default(self) -> bool {
        matches!(self, Self::Ticker)
    }
}

/// A request that was not understood: what is wrong with it.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) method: Option<String>,
    pub(super) error: String,
    pub(super) req_id: Option<u64>,
}

impl Request {
    /// Reads a text frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        let wrong = |error: &str| Complaint { method: None, error: error.to_owned(), req_id: None };
        let message: Value = serde_json::from_str(text).map_err(|_| wrong("Malformed request"))?;
        let req_id = message["req_id"].as_u64();
        let method = message["method"].as_str().map(str::to_owned);
        let complain = |error: String| Complaint { method: method.clone(), error, req_id };
        let params = || {
            let params = message["params"].clone();
            serde_json::from_value::<Params>(params)
                .map_err(|error| complain(format!("EGeneral:Invalid arguments:{error}")))
        };
        let call = match method.as_deref() {
            Some("subscribe") => Call::Subscribe(params()?),
            Some("unsubscribe") => Call::Unsubscribe(params()?),
            Some("ping") => Call::Ping,
            _ => return Err(complain("Unsupported method".to_owned())),
        };
        Ok(Self { call, req_id })
    }
}
