//! Instruments: `venue:symbol`, such as `binance:BTCUSDT` or `push:my-feed/GOLD`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;

/// Why a text does not name an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentError {
    /// No colon, or nothing on one side of it.
    #[error("is not of the form venue:symbol, for example binance:BTCUSDT")]
    Form,
    /// The venue is not one of those that Bellwether knows.
    #[error("names an unknown venue; known are {}", Venue::NAMES)]
    UnknownVenue,
    /// The symbol has white space, control characters, a comma or a quote in it.
    #[error("has a character in its symbol that no venue uses (white space, comma, quote or control)")]
    Character,
    /// Longer than any venue's symbol.
    #[error("is longer than {} bytes", limits::INSTRUMENT_BYTES)]
    TooLong,
}

/// Where prices come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Venue {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken spot.
    Kraken,
    /// Uphold tickers.
    Uphold,
    /// CoinGecko market prices.
    Coingecko,
    /// eBay listings.
    Ebay,
    /// Ticks pushed over the API.
    Push,
}

impl Venue {
    /// Every venue.
    pub const ALL: [Venue; 7] = [
        Venue::Binance,
        Venue::Coinbase,
        Venue::Kraken,
        Venue::Uphold,
        Venue::Coingecko,
        Venue::Ebay,
        Venue::Push,
    ];
    const NAMES: &'static str = "binance, coinbase, kraken, uphold, coingecko, ebay, push";

    /// The venue's name as it stands before the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Venue::Binance => "binance",
            Venue::Coinbase => "coinbase",
            Venue::Kraken => "kraken",
            Venue::Uphold => "uphold",
            Venue::Coingecko => "coingecko",
            Venue::Ebay => "ebay",
            Venue::Push => "push",
        }
    }

    /// Whether its prices are asked for now and then: between two answers nobody knows what happened.
    #[must_use]
    pub const fn is_polled(self) -> bool {
        match self {
            Venue::Uphold | Venue::Coingecko | Venue::Ebay => true,
            Venue::Binance | Venue::Coinbase | Venue::Kraken | Venue::Push => false,
        }
    }

    /// The venue's name as people write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Venue::Binance => "Binance",
            Venue::Coinbase => "Coinbase",
            Venue::Kraken => "Kraken",
            Venue::Uphold => "Uphold",
            Venue::Coingecko => "CoinGecko",
            Venue::Ebay => "eBay",
            Venue::Push => "pushed feed",
        }
    }
}

impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Venue {
    type Err = InstrumentError;

    fn from_str(name: &str) -> Result<Self, InstrumentError> {
        Venue::ALL.into_iter().find(|venue| venue.name() == name).ok_or(InstrumentError::UnknownVenue)
    }
}

/// Parts that instruments fall into, by their names alone.
pub const SHARDS: u16 = 4_096;

/// One thing with a price: a venue and that venue's symbol. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instrument {
    text: Arc<str>,
    venue: Venue,
}

impl Instrument {
    /// The instrument of a venue with a symbol.
    ///
    /// # Errors
    /// Where the symbol is empty, too long, or has characters that no venue uses.
    pub fn new(venue: Venue, symbol: &str) -> Result<Self, InstrumentError> {
        format!("{venue}:{symbol}").parse()
    }

    /// The venue.
    #[must_use]
    pub fn venue(&self) -> Venue {
        self.venue
    }

    /// The venue's own symbol, case as the venue writes it.
    #[must_use]
    pub fn symbol(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, symbol)| symbol)
    }

    /// Into which of [`SHARDS`] parts it falls. The same for ever and everywhere: it is stored, and processes
    /// divide their work by it.
    #[must_use]
    pub fn shard(&self) -> u16 {
        // FNV-1a: short texts, no dependency, and nobody's to change.
        let hash = self.text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        u16::try_from((hash ^ (hash >> 32)) % u64::from(SHARDS)).unwrap_or_default()
    }

    /// `venue:symbol`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Instrument {
    type Err = InstrumentError;

    fn from_str(text: &str) -> Result<Self, InstrumentError> {
        if text.len() > limits::INSTRUMENT_BYTES {
            return Err(InstrumentError::TooLong);
        }
        let (venue, symbol) = text.split_once(':').ok_or(InstrumentError::Form)?;
        if venue.is_empty() || symbol.is_empty() {
            return Err(InstrumentError::Form);
        }
        let venue = venue.parse()?;
        let unusable = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '\\');
        if symbol.contains(unusable) {
            return Err(InstrumentError::Character);
        }
        Ok(Self { text: text.into(), venue })
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Instrument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Instrument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format_args!("'{text}' {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruments_shard_never_changes_and_shards_are_even() {
        let shard = |text: &str| text.parse::<Instrument>().map(|instrument| instrument.shard());
        assert_eq!(shard("binance:BTCUSDT"), Ok(3002));
        let mut counts = [0_u32; 8];
        for number in 0..8_000 {
            let shard = shard(&format!("binance:COIN{number}USDT")).unwrap_or(SHARDS);
            counts[usize::from(shard / (SHARDS / 8))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn an_instrument_is_a_venue_and_a_symbol() {
        let read = |text: &str| text.parse::<Instrument>().map(|i| (i.venue(), i.symbol().to_owned()));
        assert_eq!(read("binance:BTCUSDT"), Ok((Venue::Binance, "BTCUSDT".into())));
        assert_eq!(read("uphold:BTC-USD@bid"), Ok((Venue::Uphold, "BTC-USD@bid".into())));
        assert_eq!(read("push:my-feed/GOLD:x"), Ok((Venue::Push, "my-feed/GOLD:x".into())));
        assert_eq!(read("binance:币安USDT"), Ok((Venue::Binance, "币安USDT".into())));
        assert_eq!(read("BTCUSDT"), Err(InstrumentError::Form));
        assert_eq!(read("binance:"), Err(InstrumentError::Form));
        assert_eq!(read(":BTC"), Err(InstrumentError::Form));
        assert_eq!(read("mtgox:BTC"), Err(InstrumentError::UnknownVenue));
        assert_eq!(read("binance:BTC USDT"), Err(InstrumentError::Character));
        assert_eq!(read("binance:BTC\r\nUSDT"), Err(InstrumentError::Character));
        assert_eq!(read(&format!("binance:{}", "A".repeat(200))), Err(InstrumentError::TooLong));
    }
}
