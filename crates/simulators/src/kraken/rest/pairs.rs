//! `AssetPairs`, `Assets` and `Ticker`.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{Named, by_key, named, say};
use crate::kraken::catalogue::{altname, old_name, status, wsname};
use crate::market::fixed::Fixed;
use crate::market::ledger::Ledger;
use crate::market::quote::Book;
use crate::venue::stage::Stage;

pub(super) async fn get_asset_pairs(
    State(stage): State<Arc<Stage>>,
    query: Result<Query<Named>, QueryRejection>,
) -> Response {
    let ledgers = named(query).and_then(|named: Named| named.ledgers(&stage));
    say(ledgers.and_then(|ledgers| by_key(ledgers, |ledger| Some(describe(ledger)))))
}

fn describe(ledger: &Ledger) -> Value {
    let symbol = &ledger.symbol;
    json!({
        "altname": altname(symbol),
        "wsname": wsname(symbol),
        "aclass_base": "currency",
        "base": old_name(&symbol.base),
        "aclass_quote": "currency",
        "quote": old_name(&symbol.quote),
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": decimals(symbol.tick),
        "lot_decimals": decimals(symbol.step),
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.4], [10_000, 0.35]],
        "fees_maker": [[0, 0.25], [10_000, 0.2]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": "0.0001",
        "costmin": "0.5",
        "tick_size": symbol.tick.with_decimals_of(symbol.tick),
        "status": status(symbol.status),
    })
}

fn decimals(step: Fixed) -> usize {
    step.with_decimals_of(step).split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

pub(super) async fn get_assets(State(stage): State<Arc<Stage>>) -> Response {
    let symbols = stage.exchange.ledgers.iter().map(|ledger| &ledger.symbol);
    let assets = symbols.flat_map(|symbol| [&symbol.base, &symbol.quote]).map(|asset| {
        let described = json!({
            "aclass": "currency", "altname": old_name(asset), "decimals": 10, "display_decimals": 5,
            "status": "enabled",
        });
        (old_name(asset).to_owned(), described)
    });
    say(Ok(Value::Object(assets.collect::<Map<_, _>>())))
}

pub(super) async fn get_ticker(
    State(stage): State<Arc<Stage>>,
    query: Result<Query<Named>, QueryRejection>,
) -> Response {
    let ledgers = named(query).and_then(|named: Named| named.ledgers(&stage));
    say(ledgers.and_then(|ledgers| by_key(ledgers, |ledger| ticker(&stage, ledger))))
}

/// Of today and of the last 24 hours, which are the same here.
fn ticker(stage: &Stage, ledger: &Ledger) -> Option<Value> {
    let last = ledger.last()?;
    let day = stage.day(stage.exchange.find(&ledger.symbol.name)?)?;
    let book = Book::around(&last, ledger, 1);
    let (bid, ask) = (book.bids.first()?, book.asks.first()?);
    let twice = |value: Value| json!([value.clone(), value]);
    Some(json!({
        "a": [ask.price, "1", ask.quantity],
        "b": [bid.price, "1", bid.quantity],
        "c": [last.price, last.quantity],
        "v": twice(json!(day.sum.volume)),
        "p": twice(json!(day.average())),
        "t": twice(json!(day.sum.trades)),
        "l": twice(json!(day.sum.low)),
        "h": twice(json!(day.sum.high)),
        "o": day.sum.open,
    }))
}
