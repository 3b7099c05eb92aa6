//! Whether an instrument may be watched: its venue is watched here, and the venue trades it.
//!
//! People write symbols in any case; what is kept is the venue's own spelling. What the store's
//! catalogue said is believed for a minute, so that creating alerts does not cost a query each. Of an instrument that
//! was switched off in another process, this one may take alerts for so long; they wait until it is switched on.

use bellwether_model::{Instrument, Timestamp, UserId, Venue};
use bellwether_store::instrument::InstrumentInfo;
use bellwether_store::{Store, StoreError};
use quick_cache::sync::Cache;

use super::ticks::is_seen_by;

/// How long the catalogue's word is believed: a minute.
const BELIEVED_FOR_US: i64 = 60_000_000;
/// Instruments that are remembered.
const INSTRUMENTS: usize = 16_384;

/// Looks instruments up.
pub(super) struct Catalogue {
    venues: Vec<Venue>,
    known: Cache<Instrument, Timestamp>,
}

/// Why an instrument cannot be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody watches that venue here.
    VenueNotWatched,
    /// The venue is a marketplace: its listings have prices, it has no instruments.
    Marketplace,
    /// The venue has no such instrument.
    Unknown,
    /// The venue does not trade it at the moment.
    NotTrading,
    /// An administrator has switched it off.
    Disabled,
    /// The venue's list has not arrived yet.
    NotLoaded,
}

impl Refusal {
    /// Code and message of the fault.
    pub(super) fn text(self) -> (&'static str, &'static str) {
        match self {
            Refusal::VenueNotWatched => ("venue_not_watched", "is of a venue that is not watched here"),
            Refusal::Marketplace => {
                ("venue_not_watched", "is of a marketplace, whose listings alerts of the kind search watch")
            }
            Refusal::Unknown => ("unknown_instrument", "is not known to its venue; see /api/instruments"),
            Refusal::NotTrading => ("not_trading", "is not traded at the moment"),
            Refusal::Disabled => ("instrument_disabled", "is switched off by an administrator"),
            Refusal::NotLoaded => ("not_loaded", "cannot be checked yet"),
        }
    }
}

impl Catalogue {
    pub(super) fn new(venues: Vec<Venue>) -> Self {
        Self { venues, known: Cache::new(INSTRUMENTS) }
    }

    /// The instrument in its venue's spelling, where it may be watched.
    pub(super) async fn find(
        &self,
        store: &Store,
        asked: &Instrument,
        user: UserId,
        now: Timestamp,
    ) -> Result<Result<Instrument, Refusal>, StoreError> {
        if asked.venue() == Venue::Push {
            // Whether it exists depends on who asks, so nothing is remembered.
            let known = is_seen_by(store, asked, user).await? && store.instrument(asked).await?.is_some();
            return Ok(if known { Ok(asked.clone()) } else { Err(Refusal::Unknown) });
        }
        if asked.venue() == Venue::Ebay {
            return Ok(Err(Refusal::Marketplace));
        }
        if !self.venues.contains(&asked.venue()) {
            return Ok(Err(Refusal::VenueNotWatched));
        }
        let Some(instrument) = canonical(asked) else { return Ok(Err(Refusal::Unknown)) };
        let fresh = |seen_at: Timestamp| (0..BELIEVED_FOR_US).contains(&now.micros_since(seen_at));
        if self.known.get(&instrument).is_some_and(fresh) {
            return Ok(Ok(instrument));
        }
        let refusal = match store.instrument(&instrument).await? {
            Some(InstrumentInfo { enabled: false, .. }) => Refusal::Disabled,
            Some(InstrumentInfo { trading: true, .. }) => {
                self.known.insert(instrument.clone(), now);
                return Ok(Ok(instrument));
            }
            Some(InstrumentInfo { trading: false, .. }) => Refusal::NotTrading,
            None if store.instrument_count(asked.venue()).await? == 0 => Refusal::NotLoaded,
            None => Refusal::Unknown,
        };
        Ok(Err(refusal))
    }

    /// Believes nothing of an instrument any more: it was switched on or off just now.
    pub(super) fn forget(&self, instrument: &Instrument) {
        self.known.remove(instrument);
    }
}

/// The venue's own spelling of its symbol.
pub(crate) fn canonical(instrument: &Instrument) -> Option<Instrument> {
    match instrument.venue() {
        Venue::Binance | Venue::Coinbase => {
            Instrument::new(instrument.venue(), &instrument.symbol().to_uppercase()).ok()
        }
        Venue::Uphold => {
            let symbol = instrument.symbol();
            let (pair, side) = symbol.split_at(symbol.find('@').unwrap_or(symbol.len()));
            let symbol = format!("{}{}", pair.to_uppercase(), side.to_lowercase());
            Instrument::new(instrument.venue(), &symbol).ok()
        }
        Venue::Coingecko => Instrument::new(instrument.venue(), &instrument.symbol().to_lowercase()).ok(),
        Venue::Kraken | Venue::Ebay | Venue::Push => Some(instrument.clone()),
    }
}
