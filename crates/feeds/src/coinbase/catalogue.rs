//! The instruments that Coinbase offers: `GET /products`.

use std::borrow::Cow;

use bellwether_model::{Instrument, Venue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits;
use super::rest::Rest;
use crate::{Catalogue, CatalogueError, InstrumentInfo, Listing};

pub(super) async fn fetch(rest: &Rest) -> Result<Catalogue, CatalogueError> {
    let body = rest.get("/products", limits::CATALOGUE_BYTES).await?;
    read(&body)
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    base_currency: Cow<'a, str>,
    #[serde(borrow)]
    quote_currency: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    quote_increment: Option<Cow<'a, str>>,
    #[serde(default)]
    trading_disabled: bool,
}

/// A product that cannot be read is left out; it harms no other.
fn read(body: &[u8]) -> Result<Catalogue, CatalogueError> {
    let products: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| CatalogueError::Malformed(error.to_string()))?;
    let described = products.iter().filter_map(|raw| {
        let described = serde_json::from_str::<Product<'_>>(raw.get()).ok().and_then(describe);
        if described.is_none() {
            tracing::debug!(bytes = raw.get().len(), "a product that cannot be read");
        }
        described
    });
    Ok(Catalogue::new(described))
}

fn describe(product: Product<'_>) -> Option<InstrumentInfo> {
    Some(InstrumentInfo {
        instrument: Instrument::new(Venue::Coinbase, &product.id).ok()?,
        listing: listing(&product.status, product.trading_disabled),
        tick_size: product.quote_increment.as_deref().and_then(|step| step.parse().ok()),
        display_name: format!("{}/{}", product.base_currency, product.quote_currency),
        base: product.base_currency.into_owned(),
        quote: product.quote_currency.into_owned(),
    })
}

/// A status that is not documented is taken for a halt.
fn listing(status: &str, trading_disabled: bool) -> Listing {
    match status {
        "online" if !trading_disabled => Listing::Trading,
        "delisted" => Listing::Closed,
        _ => Listing::Halted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCTS: &str = r#"[
      {"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":"0.00000001",
       "display_name":"BTC-USD","min_market_funds":"1","margin_enabled":false,"post_only":false,"limit_only":false,
       "cancel_only":false,"status":"online","status_message":"","trading_disabled":false,"fx_stablecoin":false,
       "max_slippage_percentage":"0.02000000","auction_mode":false,"high_bid_limit_percentage":""},
      {"id":"HAL-USD","base_currency":"HAL","quote_currency":"USD","status":"online","trading_disabled":true},
      {"id":"OFF-USD","base_currency":"OFF","quote_currency":"USD","status":"offline"},
      {"id":"OLD-USD","base_currency":"OLD","quote_currency":"USD","status":"delisted","trading_disabled":true},
      {"id":"NOSTATUS-USD","base_currency":"X","quote_currency":"Y"},
      {"id":"BAD ID","base_currency":"B","quote_currency":"S","status":"online"},
      17]"#;

    #[test]
    fn every_readable_product_is_listed() {
        let catalogue = read(PRODUCTS.as_bytes()).unwrap();
        let listed: Vec<_> = catalogue.iter().map(|info| (info.instrument.symbol(), info.listing)).collect();
        assert_eq!(
            listed,
            [
                ("BTC-USD", Listing::Trading),
                ("HAL-USD", Listing::Halted),
                ("OFF-USD", Listing::Halted),
                ("OLD-USD", Listing::Closed),
            ]
        );
        let bitcoin = catalogue.get(&"coinbase:BTC-USD".parse().unwrap()).unwrap();
        assert_eq!((bitcoin.base.as_str(), bitcoin.quote.as_str()), ("BTC", "USD"));
        assert_eq!(bitcoin.tick_size.map(|step| step.to_string()), Some("0.01".to_owned()));
        assert_eq!(bitcoin.display_name, "BTC/USD");
    }

    #[test]
    fn what_is_no_catalogue_is_an_error() {
        for body in ["", "{}", r#"{"message":"NotFound"}"#, &PRODUCTS[..PRODUCTS.len() / 2]] {
            assert!(matches!(read(body.as_bytes()), Err(CatalogueError::Malformed(_))), "{body:.40}");
        }
    }
}
