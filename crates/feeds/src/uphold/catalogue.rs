//! The instruments that Uphold offers: every pair of a few currencies that it has a price of, and its sides.

use bellwether_model::{Instrument, Venue};

use super::rest::Rest;
use super::{limits, symbol};
use crate::{Catalogue, CatalogueError, InstrumentInfo, Listing, PageError, Quote};

pub(super) async fn fetch(rest: &Rest) -> Result<Catalogue, CatalogueError> {
    let mut infos = Vec::new();
    for currency in limits::CURRENCIES {
        match rest.tickers(currency).await {
            Ok(quotes) => infos.extend(quotes.iter().filter_map(describe)),
            // One that the venue has given up harms no other.
            Err(PageError::Refused(reason)) => tracing::info!(currency, reason, "a currency without pairs"),
            Err(PageError::Unavailable(reason)) => return Err(CatalogueError::Unavailable(reason)),
        }
    }
    Ok(Catalogue::new(infos))
}

fn describe(quote: &Quote) -> Option<InstrumentInfo> {
    let (base, currency) = symbol::currencies(&quote.symbol)?;
    // A currency in itself is no pair.
    if base == currency {
        return None;
    }
    Some(InstrumentInfo {
        instrument: Instrument::new(Venue::Uphold, &quote.symbol).ok()?,
        base: base.to_owned(),
        quote: currency.to_owned(),
        listing: Listing::Trading,
        tick_size: None,
        display_name: quote.symbol.replacen('-', "/", 1),
    })
}
