//! The REST interface: tickers and assets, and what every request goes through before.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::Limits;
use super::quotes::Quotes;
use super::ticker::Ticker;
use crate::market::exchange::GARBLED;
use crate::venue;
use crate::venue::asked;
use crate::venue::fault::Malformed;
use crate::venue::malformed::{self, Specimen};
use crate::venue::stage::Stage;

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    stage: Arc<Stage>,
    quotes: Quotes,
    limits: Limits,
    asked: asked::Desk,
}

/// The routes.
pub(super) fn routes(stage: Arc<Stage>, quotes: Quotes, limits: Limits) -> Router {
    let asked = asked::Desk::new(Arc::clone(&stage), limits.requests_per_minute);
    let desk = Desk { stage, quotes, limits, asked };
    let control = Router::new().route("/control/quotes", post(set_quote)).with_state(desk.clone());
    Router::new()
        .route("/v0/ticker", get(get_default))
        .route("/v0/ticker/{of}", get(get_ticker))
        .route("/v0/assets", get(get_assets))
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
    let Some(remaining) = allowance.remaining else {
        return refused(StatusCode::TOO_MANY_REQUESTS, Some(allowance.wait_s));
    };
    let mut response = match desk.asked.spoilt() {
        Some(kind) => spoil(kind),
        None => next.run(request).await,
    };
    let numbers = [
        ("x-ratelimit-limit", desk.limits.requests_per_minute.into()),
        ("x-ratelimit-remaining", remaining.into()),
        ("x-ratelimit-reset", HeaderValue::from(allowance.reset_s)),
    ];
    for (name, value) in numbers {
        response.headers_mut().insert(name, value);
    }
    response
}

impl Desk {
    /// The pairs that an answer tells, garbled where that was ordered. Once in each answer.
    fn told(&self) -> Vec<Ticker> {
        self.tickers(if self.stage.exchange.garbles() { GARBLED } else { 1 })
    }

    /// Every pair in every direction that it is quoted in, those by hand in the place of the market's; the market's
    /// prices so many times as high.
    fn tickers(&self, times: i64) -> Vec<Ticker> {
        let by_hand = self.quotes.all();
        let is_by_hand =
            |ticker: &Ticker| by_hand.contains_key(&format!("{}-{}", ticker.base, ticker.currency));
        let mut tickers: Vec<_> =
            self.stage.exchange.ledgers.iter().flat_map(|ledger| Ticker::both(ledger, times)).collect();
        tickers.retain(|ticker| !is_by_hand(ticker));
        tickers.extend(by_hand.iter().filter_map(|(pair, quote)| {
            let (base, currency) = pair.split_once('-')?;
            Some(Ticker { base: base.to_owned(), currency: currency.to_owned(), quote: quote.clone() })
        }));
        tickers
    }

    /// Every currency that is in a pair, quoted or not.
    fn currencies(&self) -> BTreeSet<String> {
        let symbols = self.stage.exchange.ledgers.iter().map(|ledger| &ledger.symbol);
        let listed = symbols.flat_map(|symbol| [symbol.base.clone(), symbol.quote.clone()]);
        let quoted = self.tickers(1).into_iter().flat_map(|ticker| [ticker.base, ticker.currency]);
        listed.chain(quoted).collect()
    }

    fn of_currency(&self, currency: &str, tickers: &[Ticker]) -> Response {
        if !self.currencies().contains(currency) {
            return not_found();
        }
        let of = tickers.iter().filter(|ticker| ticker.base == currency || ticker.currency == currency);
        Json(of.map(Ticker::listed).collect::<Value>()).into_response()
    }
}

async fn get_default(State(desk): State<Desk>) -> Response {
    desk.of_currency("USD", &desk.told())
}

/// A currency's pairs, or one pair, written `BTC-USD` or `BTCUSD`.
async fn get_ticker(State(desk): State<Desk>, Path(of): Path<String>) -> Response {
    let letters = of.replace('-', "");
    let tickers = desk.told();
    match tickers.iter().find(|ticker| format!("{}{}", ticker.base, ticker.currency) == letters) {
        Some(ticker) => Json(ticker.single()).into_response(),
        None => desk.of_currency(&of, &tickers),
    }
}

async fn get_assets(State(desk): State<Desk>) -> Json<Value> {
    let asset = |code: &String| {
        let kind = if matches!(code.as_str(), "USD" | "EUR") { "fiat" } else { "cryptocurrency" };
        json!({
            "code": code, "name": code, "status": "open", "type": kind,
            "formatting": {"decimal": ".", "format": "%s", "grouping": ",", "precision": "2"},
        })
    };
    Json(desk.currencies().iter().map(asset).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    pair: String,
    bid: String,
    ask: String,
}

async fn set_quote(State(desk): State<Desk>, Json(by_hand): Json<ByHand>) -> StatusCode {
    desk.quotes.set(&by_hand.pair, &by_hand.bid, &by_hand.ask);
    StatusCode::NO_CONTENT
}

fn not_found() -> Response {
    let body = json!({"code": "not_found", "message": "Object not found"});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn refused(status: StatusCode, retry_after_s: Option<u32>) -> Response {
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_exceeded",
        StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
        _ => "internal_server_error",
    };
    let mut headers = HeaderMap::new();
    if let Some(seconds) = retry_after_s {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    (status, headers, Json(json!({"code": code}))).into_response()
}

/// A list that is wrong.
fn spoil(kind: Malformed) -> Response {
    let specimen = Specimen {
        whole: json!({"ask": "2.00", "bid": "1.00", "currency": "USD", "pair": "BTCUSD"}),
        id: "/pair",
        price: "/bid",
        unknown: json!({"something": "new"}),
    };
    let list = |ticker: &Value| json!([ticker]).to_string();
    malformed::frame(kind, &specimen, list).into_data().into_response()
}
