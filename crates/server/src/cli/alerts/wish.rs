//! An alert as it is said on the command line: whole, as JSON, or in short. What it means is for the service to judge, so
//! that its words for what is wrong are the same everywhere.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::{STDIN, read};
use crate::cli::Misuse;

/// An alert to make.
#[derive(Debug, Args)]
pub(super) struct Wish {
    /// INSTRUMENT CONDITION PRICE, or INSTRUMENT CONDITION LOW HIGH of a channel; else a file that holds an alert as JSON,
    /// and where nothing is said standard input
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    words: Vec<String>,
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    /// Fires every time instead of once
    #[arg(long)]
    every: bool,
    /// Where it is told: email, or the id of a channel; may be said several times
    #[arg(long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
}

impl Wish {
    /// As the API takes it.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        match self.words.as_slice() {
            [] => self.whole(STDIN),
            [file] => self.whole(file),
            [instrument, kind, prices @ ..] => self.short(instrument, kind, prices),
        }
    }

    fn whole(&self, file: &str) -> anyhow::Result<String> {
        if self.name.is_some() || self.every || !self.channels.is_empty() {
            let message =
                "--name, --every and --channel go with INSTRUMENT CONDITION PRICE: in JSON say it there";
            return Err(Misuse(message.to_owned()).into());
        }
        if file.contains(':') && !Path::new(file).exists() {
            let message = format!(
                "{file} is no file; an alert is said as INSTRUMENT CONDITION PRICE, such as {EXAMPLE}"
            );
            return Err(Misuse(message).into());
        }
        read(Path::new(file))
    }

    fn short(&self, instrument: &str, kind: &str, prices: &[String]) -> anyhow::Result<String> {
        let kind = kind.replace('-', "_");
        let condition = match prices {
            [price] => json!({"type": kind, "price": price}),
            [low, high] => json!({"type": kind, "low": low, "high": high}),
            _ => {
                let message = format!(
                    "after the condition stands a price, or two of a channel, such as {EXAMPLE}; other conditions are \
                     said as JSON, in a file or on standard input"
                );
                return Err(Misuse(message).into());
            }
        };
        let mut alert = json!({"instrument": instrument, "condition": condition});
        if let Some(name) = &self.name {
            alert["name"] = name.as_str().into();
        }
        if self.every {
            alert["repeat"] = json!({"mode": "every"});
        }
        if !self.channels.is_empty() {
            alert["channels"] = Value::from(self.channels.clone());
        }
        Ok(alert.to_string())
    }
}

const EXAMPLE: &str = "binance:BTCUSDT crossing 33000";

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(words: &[&str]) -> Wish {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Wish { words, name: None, every: false, channels: Vec::new() }
    }

    #[test]
    fn a_price_and_a_channel_are_said_in_short() {
        let check = |words: &[&str], expected: Value| {
            let json: Value = serde_json::from_str(&wish(words).json().unwrap()).unwrap();
            assert_eq!(json, expected);
        };
        let price = json!({"type": "crossing_up", "price": "33000"});
        check(
            &["binance:BTCUSDT", "crossing-up", "33000"],
            json!({"instrument": "binance:BTCUSDT", "condition": price}),
        );
        let channel = json!({"type": "inside_channel", "low": "1", "high": "2"});
        check(&["x", "inside_channel", "1", "2"], json!({"instrument": "x", "condition": channel}));
        let more = Wish {
            name: Some("a".into()),
            every: true,
            channels: vec!["email".into()],
            ..wish(&["x", "above", "1"])
        };
        let json: Value = serde_json::from_str(&more.json().unwrap()).unwrap();
        assert_eq!(
            (&json["name"], &json["repeat"]["mode"], &json["channels"]),
            (&json!("a"), &json!("every"), &json!(["email"]))
        );
    }

    #[test]
    fn what_is_no_short_form_is_to_be_corrected() {
        for words in
            [&["binance:BTCUSDT"][..], &["binance:BTCUSDT", "crossing"], &["x", "above", "1", "2", "3"]]
        {
            assert!(wish(words).json().unwrap_err().is::<Misuse>(), "{words:?}");
        }
        let both = Wish { every: true, ..wish(&["alert.json"]) };
        assert!(both.json().unwrap_err().is::<Misuse>());
    }
}
