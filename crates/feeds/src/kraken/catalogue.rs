//! The instruments that Kraken offers: `GET /0/public/AssetPairs`.

use std::borrow::Cow;
use std::collections::HashMap;

use bellwether_model::{Instrument, Venue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits;
use super::rest::Rest;
use crate::{Catalogue, CatalogueError, InstrumentInfo, Listing};

pub(super) async fn fetch(rest: &Rest) -> Result<Catalogue, CatalogueError> {
    rest.get("/0/public/AssetPairs", limits::CATALOGUE_BYTES, read).await?
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    wsname: Cow<'a, str>,
    #[serde(borrow, default)]
    tick_size: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
}

/// A pair that cannot be read is left out; it harms no other.
fn read(result: &str) -> Result<Catalogue, CatalogueError> {
    let pairs: HashMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(result).map_err(|error| CatalogueError::Malformed(error.to_string()))?;
    let described = pairs.values().filter_map(|raw| {
        let described = serde_json::from_str::<Pair<'_>>(raw.get()).ok().and_then(describe);
        if described.is_none() {
            tracing::debug!(bytes = raw.get().len(), "a pair that cannot be read");
        }
        described
    });
    Ok(Catalogue::new(described))
}

fn describe(pair: Pair<'_>) -> Option<InstrumentInfo> {
    let (base, quote) = pair.wsname.split_once('/')?;
    let (base, quote) = (present_name(base), present_name(quote));
    Some(InstrumentInfo {
        instrument: Instrument::new(Venue::Kraken, &format!("{base}/{quote}")).ok()?,
        listing: listing(pair.status.as_deref()),
        tick_size: pair.tick_size.as_deref().and_then(|step| step.parse().ok()),
        display_name: format!("{base}/{quote}"),
        base: base.to_owned(),
        quote: quote.to_owned(),
    })
}

/// An asset as version 2 of the streams calls it; the list keeps two older names.
fn present_name(asset: &str) -> &str {
    match asset {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        other => other,
    }
}

/// Trades happen where new orders may meet older ones. A status that is not documented is taken for a halt,
/// and none for trading, as it was before there were any.
fn listing(status: Option<&str>) -> Listing {
    match status {
        None | Some("online" | "limit_only" | "reduce_only") => Listing::Trading,
        Some(_) => Listing::Halted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: &str = r#"{
      "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",
        "quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,"fees":[[0,0.4]],
        "ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online"},
      "XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","tick_size":"0.0000001","status":"limit_only"},
      "AAPLxUSD":{"altname":"AAPLxUSD","wsname":"AAPLx/USD"},
      "OLDUSD":{"altname":"OLDUSD","wsname":"OLD/USD","status":"cancel_only"},
      "NONAME":{"altname":"NONAME","status":"online"},
      "BAD":{"wsname":"BAD NAME/USD","status":"online"},
      "SEVENTEEN":17}"#;

    #[test]
    fn every_readable_pair_is_listed_under_its_present_name() {
        let catalogue = read(PAIRS).unwrap();
        let listed: Vec<_> = catalogue.iter().map(|info| (info.instrument.symbol(), info.listing)).collect();
        assert_eq!(
            listed,
            [
                ("AAPLx/USD", Listing::Trading),
                ("BTC/USD", Listing::Trading),
                ("DOGE/USD", Listing::Trading),
                ("OLD/USD", Listing::Halted),
            ]
        );
        let bitcoin = catalogue.get(&"kraken:BTC/USD".parse().unwrap()).unwrap();
        assert_eq!((bitcoin.base.as_str(), bitcoin.quote.as_str()), ("BTC", "USD"));
        assert_eq!(bitcoin.tick_size.map(|step| step.to_string()), Some("0.1".to_owned()));
    }

    #[test]
    fn what_is_no_catalogue_is_an_error() {
        for result in ["", "[]", "17", &PAIRS[..PAIRS.len() / 2]] {
            assert!(matches!(read(result), Err(CatalogueError::Malformed(_))), "{result:.40}");
        }
    }
}
