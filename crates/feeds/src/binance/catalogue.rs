//! The instruments that Binance offers: `GET /api/v3/exchangeInfo`.

use std::borrow::Cow;

use bellwether_model::{Instrument, Venue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits;
use super::rest::Rest;
use crate::{Catalogue, CatalogueError, InstrumentInfo, Listing};

/// Permission sets are two thirds of the answer, and of no use here.
const QUERY: &str = "/api/v3/exchangeInfo?showPermissionSets=false";

pub(super) async fn fetch(rest: &Rest) -> Result<Catalogue, CatalogueError> {
    let body = rest.get(QUERY, limits::CATALOGUE_WEIGHT, limits::CATALOGUE_BYTES).await?;
    let (catalogue, weight_per_minute) = read(&body)?;
    if let Some(limit) = weight_per_minute {
        rest.lower_budget(limit);
    }
    Ok(catalogue)
}

#[derive(Deserialize)]
struct ExchangeInfo<'a> {
    #[serde(default, rename = "rateLimits", borrow)]
    rate_limits: Vec<RateLimit<'a>>,
    #[serde(borrow)]
    symbols: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RateLimit<'a> {
    #[serde(borrow)]
    rate_limit_type: Cow<'a, str>,
    #[serde(borrow)]
    interval: Cow<'a, str>,
    interval_num: u32,
    limit: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    base_asset: Cow<'a, str>,
    #[serde(borrow)]
    quote_asset: Cow<'a, str>,
    #[serde(borrow, default)]
    filters: Vec<Filter<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    #[serde(borrow)]
    filter_type: Cow<'a, str>,
    #[serde(borrow, default)]
    tick_size: Option<Cow<'a, str>>,
}

/// The catalogue, and the request weight that the venue allows per minute where it says so. A symbol
/// that cannot be read is left out; it harms no other.
fn read(body: &[u8]) -> Result<(Catalogue, Option<u32>), CatalogueError> {
    let info: ExchangeInfo<'_> =
        serde_json::from_slice(body).map_err(|error| CatalogueError::Malformed(error.to_string()))?;
    let weight_per_minute = info
        .rate_limits
        .iter()
        .find(|limit| {
            limit.rate_limit_type == "REQUEST_WEIGHT" && limit.interval == "MINUTE" && limit.interval_num == 1
        })
        .map(|limit| limit.limit);
    let symbols = info.symbols.iter().filter_map(|raw| {
        let described = serde_json::from_str::<Symbol<'_>>(raw.get()).ok().and_then(describe);
        if described.is_none() {
            tracing::debug!(bytes = raw.get().len(), "a symbol that cannot be read");
        }
        described
    });
    Ok((Catalogue::new(symbols), weight_per_minute))
}

fn describe(symbol: Symbol<'_>) -> Option<InstrumentInfo> {
    let tick_size = symbol
        .filters
        .iter()
        .find(|filter| filter.filter_type == "PRICE_FILTER")
        .and_then(|filter| filter.tick_size.as_deref()?.parse().ok());
    Some(InstrumentInfo {
        instrument: Instrument::new(Venue::Binance, &symbol.symbol).ok()?,
        listing: listing(&symbol.status),
        tick_size,
        display_name: format!("{}/{}", symbol.base_asset, symbol.quote_asset),
        base: symbol.base_asset.into_owned(),
        quote: symbol.quote_asset.into_owned(),
    })
}

/// BREAK is where the venue puts a symbol that it delists, and also one that it pauses; only the
/// former lasts, and neither trades. A status that is not documented is taken for a halt.
fn listing(status: &str) -> Listing {
    match status {
        "TRADING" => Listing::Trading,
        "BREAK" => Listing::Closed,
        _ => Listing::Halted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = r#"{"timezone":"UTC","serverTime":1795226512737,
      "rateLimits":[{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":300000},
                    {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}],
      "exchangeFilters":[],
      "symbols":[
        {"symbol":"ETHUSDT","status":"TRADING","baseAsset":"ETH","quoteAsset":"USDT","isSpotTradingAllowed":true,
         "filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
                    {"filterType":"LOT_SIZE","minQty":"0.0001","maxQty":"9000","stepSize":"0.0001"}],
         "permissions":[],"permissionSets":[]},
        {"symbol":"HALTED","status":"CANCEL_ONLY","baseAsset":"HAL","quoteAsset":"TED","filters":[]},
        {"symbol":"OLDCOIN","status":"BREAK","baseAsset":"OLD","quoteAsset":"COIN"},
        {"symbol":"NOSTATUS","baseAsset":"X","quoteAsset":"Y"},
        {"symbol":"BAD SYMBOL","status":"TRADING","baseAsset":"B","quoteAsset":"S"},
        17]}"#;

    #[test]
    fn every_readable_symbol_is_listed() {
        let (catalogue, weight) = read(INFO.as_bytes()).unwrap();
        assert_eq!(weight, Some(6_000));
        let listed: Vec<_> = catalogue.iter().map(|info| (info.instrument.as_str(), info.listing)).collect();
        assert_eq!(
            listed,
            [
                ("binance:ETHUSDT", Listing::Trading),
                ("binance:HALTED", Listing::Halted),
                ("binance:OLDCOIN", Listing::Closed),
            ]
        );
        let eth = catalogue.get(&"binance:ETHUSDT".parse().unwrap()).unwrap();
        assert_eq!((eth.base.as_str(), eth.quote.as_str()), ("ETH", "USDT"));
        assert_eq!(eth.tick_size.map(|step| step.to_string()), Some("0.01".to_owned()));
        assert_eq!(eth.display_name, "ETH/USDT");
    }

    #[test]
    fn what_is_no_catalogue_is_an_error() {
        for body in ["", "[]", "{}", r#"{"symbols":{}}"#, &INFO[..INFO.len() / 2]] {
            assert!(matches!(read(body.as_bytes()), Err(CatalogueError::Malformed(_))), "{body:.40}");
        }
    }
}
