//! What a venue offers: its instruments, and whether one is fit to be watched.

use std::collections::BTreeMap;

use bellwether_model::{Instrument, Price};

/// Whether a venue trades an instrument at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listing {
    /// Trades happen.
    Trading,
    /// Listed, and halted for now: no trades until the venue resumes it.
    Halted,
    /// Listed, and closed for good or for long.
    Closed,
}

/// One instrument as its venue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentInfo {
    /// The instrument.
    pub instrument: Instrument,
    /// What is bought and sold, for example `BTC`.
    pub base: String,
    /// What it is paid with, for example `USDT`.
    pub quote: String,
    /// Whether it is traded.
    pub listing: Listing,
    /// The smallest step of its price, where the venue names one.
    pub tick_size: Option<Price>,
    /// How people read it, for example `BTC/USDT`.
    pub display_name: String,
}

/// Why an instrument cannot be watched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotListed {
    /// The venue does not know it.
    #[error("is not known to its venue{}", nearest.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown {
        /// The instrument that was probably meant: the same but for case and separators.
        nearest: Option<Instrument>,
    },
    /// The venue has closed it.
    #[error("is no longer traded at its venue")]
    Closed,
}

/// Why a venue's catalogue is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The venue did not answer, or asks to be left alone for now.
    #[error("the venue is not available: {0}")]
    Unavailable(String),
    /// The venue refuses the request itself; asking again is of no use.
    #[error("the venue refuses: {0}")]
    Refused(String),
    /// The answer is not what the venue documents.
    #[error("the venue's answer is malformed: {0}")]
    Malformed(String),
}

/// A venue's instruments, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    by_instrument: BTreeMap<Instrument, InstrumentInfo>,
    /// From the symbol in capitals without separators, for suggestions.
    by_letters: BTreeMap<String, Instrument>,
}

impl Catalogue {
    /// The catalogue of these instruments; the last of several with one name stands.
    #[must_use]
    pub fn new(infos: impl IntoIterator<Item = InstrumentInfo>) -> Self {
        let mut catalogue = Self::default();
        for info in infos {
            catalogue.by_letters.insert(letters(info.instrument.symbol()), info.instrument.clone());
            catalogue.by_instrument.insert(info.instrument.clone(), info);
        }
        catalogue
    }

    /// What the venue says of an instrument.
    #[must_use]
    pub fn get(&self, instrument: &Instrument) -> Option<&InstrumentInfo> {
        self.by_instrument.get(instrument)
    }

    /// The instrument's entry, if it can be watched. A halted one can: it may resume.
    ///
    /// # Errors
    /// Where the venue does not know it, or has closed it.
    pub fn check(&self, instrument: &Instrument) -> Result<&InstrumentInfo, NotListed> {
        match self.get(instrument) {
            Some(info) if info.listing == Listing::Closed => Err(NotListed::Closed),
            Some(info) => Ok(info),
            None => Err(NotListed::Unknown {
                nearest: self.by_letters.get(&letters(instrument.symbol())).cloned(),
            }),
        }
    }

    /// Every instrument, by name.
    pub fn iter(&self) -> impl Iterator<Item = &InstrumentInfo> {
        self.by_instrument.values()
    }

    /// How many instruments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_instrument.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_instrument.is_empty()
    }
}

fn letters(symbol: &str) -> String {
    symbol.chars().filter(|c| !matches!(c, '-' | '/' | '_')).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(symbol: &str, listing: Listing) -> InstrumentInfo {
        InstrumentInfo {
            instrument: symbol.parse().unwrap(),
            base: "B".into(),
            quote: "Q".into(),
            listing,
            tick_size: None,
            display_name: "B/Q".into(),
        }
    }

    #[test]
    fn an_instrument_is_watched_only_where_its_venue_trades_it() {
        let catalogue = Catalogue::new([
            info("binance:BTCUSDT", Listing::Trading),
            info("binance:HALTED", Listing::Halted),
            info("binance:GONE", Listing::Closed),
        ]);
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = catalogue.check(&text.parse().unwrap());
            let found = found.map(|info| info.instrument.as_str()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check("binance:BTCUSDT", Ok("binance:BTCUSDT"));
        check("binance:HALTED", Ok("binance:HALTED"));
        check("binance:GONE", Err("is no longer traded at its venue"));
        check("binance:btc-usdt", Err("is not known to its venue; did you mean binance:BTCUSDT?"));
        check("binance:NOPE", Err("is not known to its venue"));
    }
}
