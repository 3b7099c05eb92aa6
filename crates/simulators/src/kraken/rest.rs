//! The REST interface under `/0/public`. What is refused is refused with HTTP 200 and a word in `error`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::catalogue::{altname, key, wsname};
use crate::market::interval::SECOND_US;
use crate::market::ledger::Ledger;
use crate::rfc3339::rfc3339;
use crate::venue;
use crate::venue::fault::Refusal;
use crate::venue::inbound::Inbound;
use crate::venue::stage::Stage;

mod ohlc;
mod pairs;
mod trades;

#[derive(Clone)]
struct Counter {
    stage: Arc<Stage>,
    /// The requests of the one address that there is on loopback.
    recent: Arc<Mutex<Inbound>>,
}

/// What a request comes to: a result, or the venue's word for why there is none.
type Answer = Result<Value, &'static str>;

/// The routes.
pub(super) fn routes(stage: Arc<Stage>, requests_per_second: usize) -> Router {
    let recent = Arc::new(Mutex::new(Inbound::new(requests_per_second)));
    let counter = Counter { stage: Arc::clone(&stage), recent };
    Router::new()
        .route("/0/public/Time", get(get_time))
        .route("/0/public/SystemStatus", get(get_status))
        .route("/0/public/AssetPairs", get(pairs::get_asset_pairs))
        .route("/0/public/Assets", get(pairs::get_assets))
        .route("/0/public/Ticker", get(pairs::get_ticker))
        .route("/0/public/OHLC", get(ohlc::get_ohlc))
        .route("/0/public/Trades", get(trades::get_trades))
        .route_layer(middleware::from_fn_with_state(counter, admit))
        .with_state(stage)
}

async fn admit(State(counter): State<Counter>, request: Request, next: Next) -> Response {
    let Counter { stage, recent } = counter;
    if let Some(refusal) = venue::rest::receive(&stage, request.uri().path()).await {
        return ordered(refusal);
    }
    let admitted = recent.lock().unwrap_or_else(PoisonError::into_inner).admits(Instant::now());
    if !admitted {
        stage.tally.note(|counters| counters.rest_refused += 1);
        return say(Err("EGeneral:Too many requests"));
    }
    next.run(request).await
}

/// The refusal that a fault ordered; with 429 in the venue's own form, the others as what stands before it
/// would say it.
fn ordered(refusal: Refusal) -> Response {
    if refusal.status == 429 && refusal.retry_after_s.is_none() {
        return say(Err("EAPI:Rate limit exceeded"));
    }
    if refusal.status == 400 {
        return say(Err("EGeneral:Invalid arguments"));
    }
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, "<html><body>error</body></html>").into_response();
    if let Some(seconds) = refusal.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn say(answer: Answer) -> Response {
    match answer {
        Ok(result) => Json(json!({"error": [], "result": result})).into_response(),
        Err(error) => Json(json!({"error": [error]})).into_response(),
    }
}

/// Which pairs are meant; all, where none is named.
#[derive(Debug, Deserialize)]
struct Named {
    pair: Option<String>,
}

impl Named {
    fn ledgers<'a>(&self, stage: &'a Stage) -> Result<Vec<&'a Ledger>, &'static str> {
        match &self.pair {
            None => Ok(stage.exchange.ledgers.iter().collect()),
            Some(names) => names.split(',').map(|name| find(stage, name)).collect(),
        }
    }
}

/// A pair by any of the names that the venue knows it by.
fn find<'a>(stage: &'a Stage, name: &str) -> Result<&'a Ledger, &'static str> {
    let mut ledgers = stage.exchange.ledgers.iter();
    let known = |ledger: &&Ledger| {
        let symbol = &ledger.symbol;
        [key(symbol), altname(symbol), wsname(symbol), symbol.name.clone(), symbol.name.replace('/', "")]
            .iter()
            .any(|known| known == name)
    };
    ledgers.find(known).ok_or("EQuery:Unknown asset pair")
}

async fn get_time(State(stage): State<Arc<Stage>>) -> Response {
    let now_us = stage.now_us();
    say(Ok(json!({"unixtime": now_us.div_euclid(SECOND_US), "rfc1123": rfc3339(now_us)})))
}

async fn get_status(State(stage): State<Arc<Stage>>) -> Response {
    say(Ok(json!({"status": "online", "timestamp": rfc3339(stage.now_us())})))
}

fn by_key<'a>(ledgers: Vec<&'a Ledger>, describe: impl Fn(&'a Ledger) -> Option<Value>) -> Answer {
    let entries = ledgers.into_iter().filter_map(|ledger| Some((key(&ledger.symbol), describe(ledger)?)));
    Ok(Value::Object(entries.collect::<Map<_, _>>()))
}

/// Unreadable parameters are invalid arguments.
fn named<T>(query: Result<Query<T>, impl Sized>) -> Result<T, &'static str> {
    query.map(|Query(query)| query).map_err(|_| "EGeneral:Invalid arguments")
}
