//! The REST interface: markets, simple prices and lists, and what every request goes through before.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::Limits;
use super::market::Market;
use super::prices::Prices;
use crate::market::exchange::GARBLED;
use crate::venue;
use crate::venue::asked;
use crate::venue::fault::Malformed;
use crate::venue::malformed::{self, Specimen};
use crate::venue::stage::Stage;

/// The longest page, and the usual one.
const PAGE_MOST: usize = 250;
const PAGE_USUAL: usize = 100;

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    stage: Arc<Stage>,
    prices: Prices,
    asked: asked::Desk,
}

/// The routes.
pub(super) fn routes(stage: Arc<Stage>, prices: Prices, limits: Limits) -> Router {
    let asked = asked::Desk::new(Arc::clone(&stage), limits.requests_per_minute);
    let desk = Desk { stage, prices, asked };
    let control = Router::new().route("/control/prices", post(set_price)).with_state(desk.clone());
    Router::new()
        .route("/api/v3/ping", get(get_ping))
        .route("/api/v3/coins/markets", get(get_markets))
        .route("/api/v3/coins/list", get(get_list))
        .route("/api/v3/simple/price", get(get_simple_price))
        .route("/api/v3/simple/supported_vs_currencies", get(get_currencies))
        .route_layer(middleware::from_fn_with_state(desk.clone(), admit))
        .with_state(desk)
        .merge(control)
}

async fn admit(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if let Some(refusal) = venue::rest::receive(&desk.stage, request.uri().path()).await {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return refused(status, refusal.retry_after_s);
    }
    let allowance = desk.asked.count();
    if allowance.remaining.is_none() {
        return refused(StatusCode::TOO_MANY_REQUESTS, Some(allowance.wait_s));
    }
    match desk.asked.spoilt() {
        Some(kind) => spoil(kind),
        None => next.run(request).await,
    }
}

impl Desk {
    /// Every coin in every currency that it has a price in, those by hand in the place of the market's.
    fn markets(&self) -> Vec<Market> {
        let by_hand = self.prices.all();
        let times = if self.stage.exchange.garbles() { GARBLED } else { 1 };
        let ledgers = self.stage.exchange.ledgers.iter().map(|ledger| Market::of(ledger, times));
        let mut markets: Vec<_> = ledgers.filter(|market| !by_hand.contains_key(&market.symbol())).collect();
        markets.extend(by_hand.into_iter().filter_map(|(symbol, price)| Market::by_hand(&symbol, price)));
        markets
    }
}

async fn get_ping() -> Json<Value> {
    Json(json!({"gecko_says": "(V3) To the Moon!"}))
}

#[derive(Debug, Deserialize)]
struct Asked {
    vs_currency: Option<String>,
    ids: Option<String>,
    per_page: Option<usize>,
    page: Option<usize>,
}

async fn get_markets(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    let Some(currency) = asked.vs_currency else {
        let said = json!({"error": "Missing parameter vs_currency"});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(said)).into_response();
    };
    let mut markets = desk.markets();
    if !markets.iter().any(|market| market.currency == currency) {
        let said = json!({"error": "invalid vs_currency"});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(said)).into_response();
    }
    markets.retain(|market| market.currency == currency);
    if let Some(ids) = &asked.ids {
        markets.retain(|market| ids.split(',').any(|id| id == market.id));
    }
    let size = asked.per_page.unwrap_or(PAGE_USUAL).clamp(1, PAGE_MOST);
    let skipped = asked.page.unwrap_or(1).saturating_sub(1).saturating_mul(size);
    let now_us = desk.stage.now_us();
    let rows = markets.iter().enumerate().skip(skipped).take(size);
    let rows: Vec<_> = rows.map(|(at, market)| market.row(at + 1, now_us)).collect();
    as_json(format!("[{}]", rows.join(",")))
}

async fn get_list(State(desk): State<Desk>) -> Json<Value> {
    let markets = desk.markets().into_iter().map(|market| (market.id, market.ticker));
    let coins: BTreeMap<String, String> = markets.collect();
    Json(coins.iter().map(|(id, ticker)| json!({"id": id, "symbol": ticker, "name": id})).collect())
}

#[derive(Debug, Deserialize)]
struct Simple {
    #[serde(default)]
    ids: String,
    #[serde(default)]
    vs_currencies: String,
}

async fn get_simple_price(State(desk): State<Desk>, Query(asked): Query<Simple>) -> Response {
    let is_asked = |list: &str, one: &str| list.split(',').any(|asked| asked.trim() == one);
    let mut coins: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for market in desk.markets() {
        if is_asked(&asked.ids, &market.id) && is_asked(&asked.vs_currencies, &market.currency) {
            let price = market.price.as_deref().unwrap_or("null");
            coins.entry(market.id).or_default().push(format!("{}:{price}", json!(market.currency)));
        }
    }
    let coin = |(id, prices): (&String, &Vec<String>)| format!("{}:{{{}}}", json!(id), prices.join(","));
    as_json(format!("{{{}}}", coins.iter().map(coin).collect::<Vec<_>>().join(",")))
}

async fn get_currencies(State(desk): State<Desk>) -> Json<Value> {
    let mut currencies: Vec<_> = desk.markets().into_iter().map(|market| market.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    Json(json!(currencies))
}

fn as_json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    symbol: String,
    price: String,
}

async fn set_price(State(desk): State<Desk>, Json(by_hand): Json<ByHand>) -> StatusCode {
    desk.prices.set(&by_hand.symbol, &by_hand.price);
    StatusCode::NO_CONTENT
}

fn refused(status: StatusCode, retry_after_s: Option<u32>) -> Response {
    let said = match status {
        StatusCode::TOO_MANY_REQUESTS => {
            "You've exceeded the Rate Limit. Please visit the pricing page to subscribe to a plan."
        }
        _ => "Something went wrong.",
    };
    let mut headers = HeaderMap::new();
    if let Some(seconds) = retry_after_s {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let body = json!({"status": {"error_code": status.as_u16(), "error_message": said}});
    (status, headers, Json(body)).into_response()
}

/// A list that is wrong.
fn spoil(kind: Malformed) -> Response {
    let specimen = Specimen {
        whole: json!({"id": "bitcoin", "symbol": "btc", "current_price": 2, "last_updated": null}),
        id: "/id",
        price: "/current_price",
        unknown: json!({"something": "new"}),
    };
    let list = |market: &Value| json!([market]).to_string();
    malformed::frame(kind, &specimen, list).into_data().into_response()
}
