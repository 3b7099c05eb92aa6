//! The REST interface: public market data, and what every request goes through before.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Request, State};

use axum::Json;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::error::ApiError;
use self::products::{describe, describe_asset};
use super::payload;
use crate::market::interval::SECOND_US;
use crate::market::ledger::Ledger;
use crate::market::quote::Book;
use crate::rfc3339::rfc3339;
use crate::venue;
use crate::venue::inbound::Inbound;
use crate::venue::stage::Stage;

mod candles;
mod error;
mod products;
mod trades;

#[derive(Clone)]
struct Counter {
    stage: Arc<Stage>,
    /// The requests of the one address that there is on loopback.
    recent: Arc<Mutex<Inbound>>,
}

/// The routes.
pub(super) fn routes(stage: Arc<Stage>, requests_per_second: usize) -> Router {
    let recent = Arc::new(Mutex::new(Inbound::new(requests_per_second)));
    let counter = Counter { stage: Arc::clone(&stage), recent };
    Router::new()
        .route("/products", get(get_products))
        .route("/products/{id}", get(get_product))
        .route("/products/{id}/trades", get(trades::get_trades))
        .route("/products/{id}/candles", get(candles::get_candles))
        .route("/products/{id}/ticker", get(get_ticker))
        .route("/currencies", get(get_currencies))
        .route("/time", get(get_time))
        .route_layer(middleware::from_fn_with_state(counter, admit))
        .with_state(stage)
}

async fn admit(State(counter): State<Counter>, request: Request, next: Next) -> Response {
    let Counter { stage, recent } = counter;
    if let Some(refusal) = venue::rest::receive(&stage, request.uri().path()).await {
        return ApiError::ordered(refusal).into_response();
    }
    let admitted = recent.lock().unwrap_or_else(PoisonError::into_inner).admits(Instant::now());
    if !admitted {
        stage.tally.note(|counters| counters.rest_refused += 1);
        return ApiError::too_many_requests().into_response();
    }
    next.run(request).await
}

fn ledger<'a>(stage: &'a Stage, product: &str) -> Result<&'a Ledger, ApiError> {
    let pair = stage.exchange.find(product).ok_or_else(ApiError::not_found)?;
    Ok(&stage.exchange.ledgers[pair])
}

async fn get_products(State(stage): State<Arc<Stage>>) -> Json<Value> {
    Json(stage.exchange.ledgers.iter().map(|ledger| describe(&ledger.symbol)).collect())
}

async fn get_product(
    State(stage): State<Arc<Stage>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(describe(&ledger(&stage, &id)?.symbol)))
}

async fn get_ticker(
    State(stage): State<Arc<Stage>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let pair = stage.exchange.find(&id).ok_or_else(ApiError::not_found)?;
    let ledger = &stage.exchange.ledgers[pair];
    let last = ledger.last().ok_or_else(ApiError::not_found)?;
    let book = Book::around(&last, ledger, 1);
    let best = |side: &[crate::market::quote::Level]| {
        side.first().map(|level| payload::price(&ledger.symbol, level.price))
    };
    Ok(Json(json!({
        "trade_id": last.id,
        "price": payload::price(&ledger.symbol, last.price),
        "size": last.quantity,
        "time": rfc3339(last.time_us),
        "bid": best(&book.bids),
        "ask": best(&book.asks),
        "volume": stage.day(pair).map(|day| day.sum.volume),
    })))
}

async fn get_currencies(State(stage): State<Arc<Stage>>) -> Json<Value> {
    let symbols = stage.exchange.ledgers.iter().map(|ledger| &ledger.symbol);
    let mut assets: Vec<_> = symbols.flat_map(|symbol| [&symbol.base, &symbol.quote]).collect();
    assets.sort_unstable();
    assets.dedup();
    Json(assets.into_iter().map(|asset| describe_asset(asset)).collect())
}

async fn get_time(State(stage): State<Arc<Stage>>) -> Json<Value> {
    let now_us = stage.now_us();
    // Seconds with three decimals, a number.
    let (seconds, millis) = (now_us.div_euclid(SECOND_US), now_us.rem_euclid(SECOND_US) / 1_000);
    let epoch: Value = serde_json::from_str(&format!("{seconds}.{millis:03}")).unwrap_or_default();
    Json(json!({"iso": rfc3339(now_us), "epoch": epoch}))
}
