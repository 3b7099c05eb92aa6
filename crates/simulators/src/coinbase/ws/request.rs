//! Messages of the client: `{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}`, and the
//! texts with which the venue answers wrong ones.

use serde::Deserialize;
use serde_json::{Value, json};

/// A channel that is served without a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    Heartbeat,
    Matches,
    Ticker,
    TickerBatch,
}

impl Channel {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Matches => "matches",
            Self::Ticker => "ticker",
            Self::TickerBatch => "ticker_batch",
        }
    }

    fn named(name: &str) -> Result<Self, Complaint> {
        let known = [Self::Heartbeat, Self::Matches, Self::Ticker, Self::TickerBatch];
        match known.into_iter().find(|channel| channel.name() == name) {
            Some(channel) => Ok(channel),
            None if matches!(name, "level2" | "level2_batch" | "level3" | "full" | "user") => {
                Err(Complaint::refused(&format!("{name} channel requires authentication")))
            }
            None => Err(Complaint::refused(&format!("{name} is not a valid channel"))),
        }
    }
}

/// A request that was understood: what to do with which products of which channels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) subscribes: bool,
    pub(super) wishes: Vec<(Channel, Vec<String>)>,
}

/// The answer to a request that was not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    message: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    product_ids: Vec<String>,
    #[serde(default)]
    channels: Vec<Wish>,
}

/// A channel by its name, with the products of the whole message, or with its own.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wish {
    Name(String),
    Own {
        name: String,
        #[serde(default)]
        product_ids: Vec<String>,
    },
}

impl Request {
    /// Reads a text frame.
    ///
    /// # Errors
    /// The answer that the client gets instead.
    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        let malformed = |_| Complaint { message: "Malformed JSON".to_owned(), reason: None };
        let value: Value = serde_json::from_str(text).map_err(malformed)?;
        let message: Message = serde_json::from_value(value).map_err(|error| Complaint {
            message: "Failed to subscribe".to_owned(),
            reason: Some(error.to_string()),
        })?;
        let subscribes = match message.kind.as_deref() {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => {
                let message = "Type has to be either subscribe or unsubscribe".to_owned();
                return Err(Complaint { message, reason: None });
            }
        };
        if message.channels.is_empty() {
            return Err(Complaint::refused("No channels provided"));
        }
        let wishes = message.channels.into_iter().map(|wish| {
            let (name, mut products) = match wish {
                Wish::Name(name) => (name, Vec::new()),
                Wish::Own { name, product_ids } => (name, product_ids),
            };
            products.extend(message.product_ids.iter().cloned());
            Ok((Channel::named(&name)?, products))
        });
        Ok(Self { subscribes, wishes: wishes.collect::<Result<_, _>>()? })
    }
}

impl Complaint {
    /// What was asked for cannot be subscribed to.
    pub(super) fn refused(reason: &str) -> Self {
        Self { message: "Failed to subscribe".to_owned(), reason: Some(reason.to_owned()) }
    }

    /// The frame that says so.
    pub(super) fn to_text(&self) -> String {
        let mut body = json!({"type": "error", "message": self.message});
        if let Some(reason) = &self.reason {
            body["reason"] = json!(reason);
        }
        body.to_string()
    }
}
