//! `GET /products` and `GET /currencies`: what is traded, by what steps.

use serde_json::{Value, json};

use crate::coinbase::catalogue;
use crate::coinbase::payload::price;
use crate::market::fixed::Fixed;
use crate::market::symbol::{Status, Symbol};

/// A product as the venue describes it.
pub(super) fn describe(symbol: &Symbol) -> Value {
    let halted = symbol.status == Status::Break;
    json!({
        "id": symbol.name,
        "base_currency": symbol.base,
        "quote_currency": symbol.quote,
        "quote_increment": price(symbol, symbol.tick),
        "base_increment": symbol.step.with_decimals_of(symbol.step),
        "display_name": symbol.name,
        "min_market_funds": "1",
        "margin_enabled": false,
        "post_only": false,
        "limit_only": false,
        "cancel_only": halted,
        "status": catalogue::status(symbol.status),
        "status_message": "",
        "trading_disabled": halted,
        "fx_stablecoin": false,
        "max_slippage_percentage": "0.03000000",
        "auction_mode": false,
        "high_bid_limit_percentage": "",
    })
}

/// A currency as the venue describes it.
pub(super) fn describe_asset(asset: &str) -> Value {
    let fiat = matches!(asset, "USD" | "EUR");
    let precision: Fixed = Fixed::from_units(if fiat { 1_000_000 } else { 1 });
    let precision = precision.with_decimals_of(precision);
    json!({
        "id": asset,
        "name": asset,
        "min_size": precision,
        "status": "online",
        "message": "",
        "max_precision": precision,
        "convertible_to": [],
        "details": {"type": if fiat { "fiat" } else { "crypto" }},
        "default_network": "",
        "supported_networks": [],
    })
}
