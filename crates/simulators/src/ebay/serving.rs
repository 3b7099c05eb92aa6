//! What the handlers share, and what a request goes through before it is answered: faults first, then the
//! token, then the day's calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;

use super::config::Config;
use super::counters::Tally;
use super::error::Complaint;
use super::events::{self, Events};
use super::fault::{Action, FaultList, Garbage, Place};
use super::goods::Goods;
use super::quota::Quota;
use super::site::Site;
use super::tokens::{Tokens, Worth};
use super::{bought, items, rate_limit, search};

/// How long half an answer takes to leave.
const FLUSH: Duration = Duration::from_millis(50);

/// One simulator.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) config: Config,
    /// The base of its own address, without a slash at its end.
    pub(super) base: String,
    /// Locked for one look or one change, never across a wait.
    goods: Mutex<Goods>,
    pub(super) tokens: Tokens,
    /// Tokens of the day.
    pub(super) token_quota: Quota,
    /// Calls of the day.
    pub(super) quota: Quota,
    pub(super) faults: FaultList,
    pub(super) tally: Arc<Tally>,
    pub(super) events: Events,
    /// Whether nothing happens by itself.
    pub(super) paused: std::sync::atomic::AtomicBool,
}

impl Desk {
    pub(super) fn new(config: Config, base: String, goods: Goods, events: Events, tally: Arc<Tally>) -> Self {
        Self {
            base,
            goods: Mutex::new(goods),
            tokens: Tokens::default(),
            token_quota: Quota::of(config.tokens_per_day),
            quota: Quota::of(config.calls_per_day),
            faults: FaultList::default(),
            tally,
            events,
            paused: false.into(),
            config,
        }
    }

    pub(super) fn goods(&self) -> MutexGuard<'_, Goods> {
        self.goods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one step happen, and tells what came of it.
    pub(super) fn step(&self) {
        let now_us = self.now_us();
        let mut goods = self.goods();
        goods.step(now_us);
        self.events.publish(&mut goods.shelf, now_us);
    }

    pub(super) fn now_us(&self) -> i64 {
        self.config.clock.now_us()
    }

    /// Whether the request's token is good, and whether for many items at once.
    fn worth(&self, headers: &HeaderMap) -> Result<bool, Complaint> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Err(Complaint::token(StatusCode::BAD_REQUEST, 1_002, "Missing access token."));
        };
        let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = token else {
            return Err(Complaint::token(
                StatusCode::BAD_REQUEST,
                1_003,
                "Token type in the request is incorrect.",
            ));
        };
        match self.tokens.worth(token.trim(), self.now_us()) {
            Worth::Good { bulk } => Ok(bulk),
            Worth::Nothing => Err(dead_token()),
        }
    }
}

/// Whether a token is for many items at once, as the request goes on with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bulk(pub(super) bool);

/// The routes of eBay itself.
pub(super) fn routes(desk: Arc<Desk>) -> Router {
    let calls = Router::new()
        .route("/buy/browse/v1/item_summary/search", get(search::search))
        .route("/buy/browse/v1/item/", get(items::get_items))
        .route("/buy/browse/v1/item/{id}", get(items::get_item))
        .route("/developer/analytics/v1_beta/rate_limit/", get(rate_limit::get_rate_limits))
        .route("/commerce/notification/v1/public_key/{kid}", get(events::get_public_key))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&desk), admit));
    Router::new()
        .route("/identity/v1/oauth2/token", post(bought::sell_token))
        .merge(calls)
        .route_layer(middleware::from_fn_with_state(Arc::clone(&desk), strike))
        .with_state(desk)
}

/// The site that a request is for.
pub(super) fn site(headers: &HeaderMap) -> Result<Site, Complaint> {
    let Some(name) = headers.get("x-ebay-c-marketplace-id") else { return Ok(Site::EbayUs) };
    let name = name.to_str().unwrap_or_default().trim();
    Site::named(name).ok_or_else(|| {
        let message = "The marketplace is not supported.";
        Complaint::conflict(12_019, message).with("X-EBAY-C-MARKETPLACE-ID", name)
    })
}

/// Name and value of each part of a query, decoded.
pub(super) fn parameters(query: Option<&str>) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn place(path: &str) -> Place {
    match path {
        "/identity/v1/oauth2/token" => Place::Token,
        "/buy/browse/v1/item_summary/search" => Place::Search,
        "/developer/analytics/v1_beta/rate_limit/" => Place::RateLimit,
        path if path.starts_with("/commerce/notification/") => Place::PublicKey,
        _ => Place::Item,
    }
}

/// Lets a request through where its token is good and the day has calls left.
async fn admit(State(desk): State<Arc<Desk>>, mut request: Request, next: Next) -> Response {
    match desk.worth(request.headers()) {
        Ok(bulk) => request.extensions_mut().insert(Bulk(bulk)),
        Err(complaint) => {
            desk.tally.note(|counters| counters.unauthorised += 1);
            return complaint.into_response();
        }
    };
    let counts = matches!(place(request.uri().path()), Place::Search | Place::Item);
    if counts && !desk.quota.take(desk.now_us()) {
        desk.tally.note(|counters| counters.over_quota += 1);
        return Complaint::too_many().into_response();
    }
    next.run(request).await
}

/// Does what the faults in force say.
async fn strike(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let place = place(request.uri().path());
    let query: String =
        parameters(request.uri().query()).iter().map(|(name, value)| format!("{name}={value}&")).collect();
    let Some(action) = desk.faults.judge(place, &query) else { return next.run(request).await };
    desk.tally.note(|counters| {
        counters.struck += 1;
        counters.tokens_refused += u64::from(place == Place::Token);
    });
    match action {
        Action::Status { code, retry_after } => status(code, retry_after),
        Action::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Action::Hang => std::future::pending().await,
        Action::Truncate => truncated(next.run(request).await).await,
        Action::Garbage { kind } => garbage(kind),
        Action::Huge { bytes } => huge(next.run(request).await, bytes),
        Action::DeadToken => dead_token().into_response(),
        Action::Redirect { to } => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}

fn dead_token() -> Complaint {
    let message = "Invalid access token. Check the value of the Authorization HTTP request header.";
    Complaint::token(StatusCode::UNAUTHORIZED, 1_001, message)
}

fn status(code: u16, retry_after: Option<String>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let complaint = match code {
        429 => Complaint::too_many(),
        401 => dead_token(),
        _ => Complaint::internal(status),
    };
    let mut response = complaint.into_response();
    if let Some(value) = retry_after.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// The first half of an answer, and then the end of the connection.
async fn truncated(response: Response) -> Response {
    let (head, body) = response.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let cut = async {
        // The half is on its way by then; otherwise nothing at all would leave.
        tokio::time::sleep(FLUSH).await;
        Err(std::io::Error::other("cut on command"))
    };
    let parts = stream::once(async { Ok(half) }).chain(stream::once(cut));
    Response::from_parts(head, Body::from_stream(parts))
}

/// An answer with blanks behind it, one piece after the other.
fn huge(response: Response, bytes: usize) -> Response {
    const PIECE: usize = 64 * 1_024;
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    let blanks = Bytes::from(vec![b' '; PIECE]);
    let pieces = stream::iter((0..bytes.div_ceil(PIECE)).map(move |_| Ok(blanks.clone())));
    let whole = body.into_data_stream().chain(pieces);
    Response::from_parts(head, Body::from_stream(whole))
}

fn garbage(kind: Garbage) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    match kind {
        Garbage::Html => {
            let page = "<html><body><h1>Be right back</h1></body></html>";
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Garbage::Empty => (json, "").into_response(),
        Garbage::CutJson => (json, r#"{"total":2,"itemSummaries":[{"itemId":"v1|1|0","#).into_response(),
        Garbage::OtherShape => (json, r#"[{"itemSummaries":7},"total",null]"#).into_response(),
        Garbage::Deep => (json, "[".repeat(100_000)).into_response(),
        Garbage::Binary => (json, vec![0xFF_u8, 0xFE, 0x00, 0xC3, 0x28]).into_response(),
    }
}
