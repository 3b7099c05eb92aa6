//! An instrument as it is named on the command line, with numbers of its own.

use std::str::FromStr;

use bellwether_model::{Instrument, Percent, Span, Venue};

use crate::http::canonical;

/// The venues that can be watched from the terminal: the others' prices are pushed, or are no instruments'.
pub(super) const WATCHED: [Venue; 5] =
    [Venue::Binance, Venue::Coinbase, Venue::Kraken, Venue::Uphold, Venue::Coingecko];

/// An instrument, and what was said of it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) instrument: Instrument,
    pub(super) percent: Option<Percent>,
    pub(super) interval: Option<Span>,
}

impl FromStr for Named {
    type Err = String;

    /// `INSTRUMENT[,percent=P][,interval=T]`: no symbol has a comma.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let name = parts.next().unwrap_or_default();
        let instrument: Instrument = name.parse().map_err(|error| format!("'{name}' {error}"))?;
        let venue = instrument.venue();
        if !WATCHED.contains(&venue) {
            return Err(format!("{venue} cannot be watched from the terminal"));
        }
        let instrument = canonical(&instrument).ok_or_else(|| format!("'{name}' is no symbol of {venue}"))?;
        let mut named = Self { instrument, percent: None, interval: None };
        for part in parts {
            match part.split_once('=') {
                Some(("percent", percent)) => named.percent = Some(read("percent", percent)?),
                Some(("interval", interval)) => {
                    let interval: Span = read("interval", interval)?;
                    if interval == Span::ZERO {
                        return Err("interval must be at least 1s".to_owned());
                    }
                    named.interval = Some(interval);
                }
                _ => return Err(format!("'{part}' is neither percent=... nor interval=...")),
            }
        }
        Ok(named)
    }
}

fn read<T: FromStr>(name: &str, text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| format!("{name} '{text}' {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instrument_may_have_its_own_numbers() {
        let check = |text: &str, expected: (&str, Option<&str>, Option<&str>)| {
            let named: Named = text.parse().unwrap();
            let (percent, interval) =
                (named.percent.map(|p| p.to_string()), named.interval.map(|i| i.to_string()));
            assert_eq!((named.instrument.as_str(), percent.as_deref(), interval.as_deref()), expected);
        };
        check("uphold:BTC-USD", ("uphold:BTC-USD", None, None));
        check("uphold:btc-usd@BID,percent=0.5", ("uphold:BTC-USD@bid", Some("0.5"), None));
        check("coingecko:Bitcoin-USD", ("coingecko:bitcoin-usd", None, None));
        check("binance:btcusdt,interval=1m,percent=2", ("binance:BTCUSDT", Some("2"), Some("1m")));
        for text in [
            "",
            "BTC-USD",
            "push:a/X",
            "uphold:BTC-USD,percent=0",
            "uphold:BTC-USD,interval=0s",
            "uphold:BTC-USD,percent",
            "uphold:BTC-USD,price=5",
            "uphold:BTC-USD,",
        ] {
            assert!(text.parse::<Named>().is_err(), "{text}");
        }
    }
}
