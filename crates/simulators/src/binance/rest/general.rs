//! `ping`, `time` and `avgPrice`.

use serde::Serialize;
use serde_json::json;

use super::endpoint::{Answer, json};
use super::params::Params;
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::Fixed;
use crate::market::interval::MINUTE_US;

pub(super) fn get_ping(_world: &World, _params: &Params, _unit: TimeUnit) -> Answer {
    Ok("{}".to_owned())
}

pub(super) fn get_time(world: &World, _params: &Params, unit: TimeUnit) -> Answer {
    json(&json!({"serverTime": unit.of(world.stage.now_us())}))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AveragePrice {
    mins: i64,
    price: Fixed,
    close_time: i64,
}

/// Over the last five minutes, weighted by quantity.
pub(super) fn get_average_price(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    const MINS: i64 = 5;
    let ledger = params.ledger(world)?;
    let now_us = world.stage.now_us();
    let from_us = (now_us.div_euclid(MINUTE_US) + 1 - MINS) * MINUTE_US;
    let sum = ledger.sum(from_us, from_us + MINS * MINUTE_US);
    let last = ledger.last();
    let price = sum.map(|sum| sum.quote_volume.per(sum.volume)).or_else(|| last.map(|last| last.price));
    let close_time = unit.of(last.map_or(now_us, |last| last.time_us));
    json(&AveragePrice { mins: MINS, price: price.unwrap_or_default(), close_time })
}
