//! The instruments that CoinGecko offers: the coins that are worth most, each in a few currencies.

use bellwether_model::{Instrument, Venue};

use super::parse::Market;
use super::rest::Rest;
use super::{limits, symbol};
use crate::{Catalogue, CatalogueError, InstrumentInfo, Listing, PageError};

pub(super) async fn fetch(rest: &Rest) -> Result<Catalogue, CatalogueError> {
    let mut infos = Vec::new();
    for page in 1..=limits::PAGES {
        let markets = rest.page(page).await.map_err(|error| match error {
            PageError::Refused(reason) => CatalogueError::Refused(reason),
            PageError::Unavailable(reason) => CatalogueError::Unavailable(reason),
        })?;
        infos.extend(markets.iter().flat_map(describe));
        if markets.len() < limits::PAGE_MARKETS {
            break;
        }
    }
    Ok(Catalogue::new(infos))
}

/// A coin in each currency. What it is called is not its own alone, so its id stands in what people read.
fn describe(market: &Market) -> Vec<InstrumentInfo> {
    let of = |currency: &&str| {
        let symbol = symbol::symbol(&market.coin, currency)?;
        Some(InstrumentInfo {
            instrument: Instrument::new(Venue::Coingecko, &symbol).ok()?,
            base: market.ticker.to_uppercase(),
            quote: currency.to_uppercase(),
            listing: Listing::Trading,
            tick_size: None,
            display_name: format!("{}/{}", market.coin, currency.to_uppercase()),
        })
    };
    limits::CURRENCIES.iter().filter_map(of).collect()
}
