//! `exchangeInfo`: what is traded, by what rules, within what limits.

use serde_json::{Value, json};

use super::endpoint::{Answer, json};
use super::error::ApiError;
use super::params::{Asked, Params};
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::Fixed;
use crate::market::symbol::{Status, Symbol};

/// What every pair here may be traded with.
const PERMISSIONS: [&str; 2] = ["SPOT", "MARGIN"];

pub(super) fn get_exchange_info(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    let named = params.get("symbol").or_else(|| params.get("symbols")).is_some();
    if named && (params.get("permissions").is_some() || params.get("symbolStatus").is_some()) {
        return Err(ApiError::bad_combination());
    }
    let permitted = params.get("permissions").map_or(Ok(true), is_permitted)?;
    let show_sets = params.get("showPermissionSets") != Some("false");
    let pairs = match params.asked(&world.stage.exchange)? {
        Asked::One(pair) => vec![pair],
        Asked::Many(pairs) => pairs,
    };
    let symbols = pairs.into_iter().map(|pair| &world.stage.exchange.ledgers[pair].symbol);
    let symbols = symbols.filter(|_| permitted);
    json(&json!({
        "timezone": "UTC",
        "serverTime": unit.of(world.stage.now_us()),
        "rateLimits": [
            rate_limit("REQUEST_WEIGHT", "MINUTE", 1, world.limits.weight_per_minute),
            rate_limit("ORDERS", "SECOND", 10, 100),
            rate_limit("ORDERS", "DAY", 1, 200_000),
            rate_limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
        ],
        "exchangeFilters": [],
        "symbols": symbols.map(|symbol| describe(symbol, show_sets)).collect::<Vec<_>>(),
    }))
}

/// `SPOT`, or `["SPOT","LEVERAGED"]`: any of them will do.
fn is_permitted(asked: &str) -> Result<bool, ApiError> {
    let names: Vec<String> = if asked.starts_with('[') {
        serde_json::from_str(asked).map_err(|_| ApiError::bad_data("permissions"))?
    } else {
        vec![asked.to_owned()]
    };
    Ok(names.iter().any(|name| PERMISSIONS.contains(&name.as_str())))
}

fn rate_limit(kind: &str, interval: &str, count: u32, limit: u32) -> Value {
    json!({"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit})
}

fn describe(symbol: &Symbol, show_sets: bool) -> Value {
    let trading = symbol.status == Status::Trading;
    let mut described = json!({
        "symbol": symbol.name,
        "status": symbol.status.as_str(),
        "baseAsset": symbol.base,
        "baseAssetPrecision": 8,
        "quoteAsset": symbol.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [
            "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
        ],
        "icebergAllowed": true,
        "ocoAllowed": true,
        "otoAllowed": true,
        "opoAllowed": true,
        "quoteOrderQtyMarketAllowed": true,
        "allowTrailingStop": true,
        "cancelReplaceAllowed": true,
        "amendAllowed": true,
        "pegInstructionsAllowed": true,
        "isSpotTradingAllowed": trading,
        "isMarginTradingAllowed": trading,
        "filters": filters(symbol),
        "permissions": [],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
    });
    if show_sets {
        described["permissionSets"] = json!([PERMISSIONS]);
    }
    described
}

/// The price filter comes first: there are clients that read `filters[0].tickSize`.
fn filters(symbol: &Symbol) -> Value {
    let (tick, step) = (symbol.tick, symbol.step);
    let most = |steps: i64, size: Fixed| Fixed::from_units(size.units().saturating_mul(steps));
    json!([
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": most(100_000_000, tick), "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": most(900_000_000, step), "stepSize": step},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": true,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": false,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ])
}
