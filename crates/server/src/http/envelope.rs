//! What happens around every request, whatever answers it: a name, a limit, a time, a log line, headers.
//!
//! One layer does all of it, so that the order is plain to see: a request is named, refused where too
//! many are being worked on, given up after its time, and a handler that panics becomes an answer like
//! any other. Then the answer gets its headers, and what went wrong inside is logged, once.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::ApiState;
use super::auth::Client;
use super::error::{ApiError, Cause};
use super::here::refuse_elsewhere;
use super::rates::Told;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A caller's own request id is kept up to this length.
const REQUEST_ID_BYTES: usize = 128;

/// The layer.
pub(super) async fn envelope(State(api): State<ApiState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let told = Told::default();
    let traced = api.traces().requested(request.headers(), || api.now());
    let mut response = match admit(&api, &mut request, &told) {
        Ok(()) => answer(&api, request, next).await,
        Err(refused) => refused.into_response(),
    };
    told.write(response.headers_mut());
    finish(response.headers_mut(), id, api.limits().https);
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    report(&method, route, &response, started);
    if let Some(traced) = traced {
        let (method, status) = (method_label(&method).to_owned(), response.status().as_u16());
        api.traces().answered(&traced, &method, route, status, started.elapsed());
    }
    response
}

/// Lets a request in, unless its client asks too often. What is not the API is files, which cost nothing.
fn admit(api: &ApiState, request: &mut Request, told: &Told) -> Result<(), ApiError> {
    if api.owner().is_some() {
        refuse_elsewhere(request.uri(), request.headers())?;
    }
    if request.uri().path().starts_with("/api/") {
        let Client(client) = Client::of(request.extensions(), request.headers(), api);
        api.rates().client(client, api.now())?;
        request.extensions_mut().insert(told.clone());
    }
    Ok(())
}

async fn answer(api: &ApiState, request: Request, next: Next) -> Response {
    let Ok(_permit) = api.permits().try_acquire() else {
        let detail = "Too many requests are being worked on.";
        return ApiError::Unavailable { detail, cause: None }.into_response();
    };
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(api.limits().request_timeout, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => ApiError::internal(Panicked(text_of(&*panic))).into_response(),
        Err(_) => ApiError::TimedOut.into_response(),
    }
}

/// The caller's id for the request where it is a plain word, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=REQUEST_ID_BYTES).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    };
    match headers.get(REQUEST_ID).filter(plain) {
        Some(given) => given.clone(),
        None => {
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            let text = Uuid::now_v7().hyphenated().encode_lower(&mut text);
            HeaderValue::from_str(text).expect("a UUID is a header value")
        }
    }
}

/// The headers of every answer. What a handler set itself stays: pages need another content policy, and
/// files may be cached.
fn finish(headers: &mut HeaderMap, id: HeaderValue, https: bool) {
    const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// Counts the answer and logs it, by route and never by address: an address may hold a token.
fn report(method: &Method, route: &str, response: &Response, started: Instant) {
    let took = started.elapsed();
    let status = response.status();
    let labels = [
        ("method", method_label(method).to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("bellwether_http_requests_total", &labels).increment(1);
    metrics::histogram!("bellwether_http_request_seconds", "route" => route.to_owned())
        .record(took.as_secs_f64());
    let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match response.extensions().get::<Cause>() {
        Some(cause) => {
            let cause = cause.chain();
            tracing::error!(%method, route, status = status.as_u16(), took_us, id, cause, "request failed");
        }
        None => tracing::debug!(%method, route, status = status.as_u16(), took_us, id, "request"),
    }
}

/// The method, where it is one that anything here takes: made-up ones must not make labels.
fn method_label(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::PATCH | Method::DELETE | Method::HEAD | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use bellwether_notify::{HttpClient, HttpSettings};
    use bellwether_store::{Store, StoreOptions};
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    use super::*;
    use crate::channels::{Guard, Sealer};
    use crate::config::{Config, EncryptionKeys, SigningKey, Sources};
    use crate::evaluate::{Inquiries, Positions};
    use crate::feed_states::FeedStates;
    use crate::http::{Api, ApiParts, Generations, Readiness};
    use crate::journal::Journal;
    use crate::pictures::Pictures;
    use crate::traces::Traces;

    /// Routes of a test, inside the envelope.
    async fn enveloped(routes: Router, settings: &[(&str, &str)]) -> Router {
        let flags = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let parts = ApiParts {
            store: Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap(),
            clock: crate::clock::system(),
            positions: Positions::default(),
            inquiries: Inquiries::of_nobody(),
            generations: Generations::default(),
            readiness: Readiness::default(),
            feed_states: FeedStates::default(),
            signing_key: SigningKey::new("k".repeat(32)).unwrap(),
            sealer: Sealer::new(&EncryptionKeys::new("e".repeat(32), None).unwrap()),
            guard: Guard::new(config.outgoing.allow.clone()),
            journal: Journal::of_nobody(),
            pictures: Pictures::new(HttpClient::new(&HttpSettings::default()).unwrap()),
            products: None,
            venues: Vec::new(),
            owner: None,
            traces: Traces::default(),
        };
        routes.layer(from_fn_with_state(Api::new(parts, &config), envelope))
    }

    async fn send(router: Router, path: &str) -> (u16, String, HeaderMap) {
        let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        (parts.status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned(), parts.headers)
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_without_its_words() {
        async fn panics() -> &'static str {
            panic!("the password is hunter2")
        }
        let router = enveloped(Router::new().route("/", get(panics)), &[]).await;
        let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert!(response.headers().contains_key(REQUEST_ID));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains("\"code\":\"internal\"") && !text.contains("hunter2"), "{text}");
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_given_up() {
        let forever = || async { std::future::pending::<()>().await };
        let settings = [("server.request_timeout", "30s")];
        let router = enveloped(Router::new().route("/", get(forever)), &settings).await;
        tokio::time::pause();
        let (status, code, _) = send(router, "/").await;
        assert_eq!((status, code.as_str()), (503, "timed_out"));
    }

    #[tokio::test]
    async fn more_requests_than_allowed_are_refused_and_not_queued() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begins, goes_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        let waits = move || async move {
            begins.notify_one();
            goes_on.notified().await;
        };
        let routes = Router::new().route("/waits", get(waits)).route("/", get(|| async {}));
        let router = enveloped(routes, &[("server.concurrent_requests", "1")]).await;
        let first = tokio::spawn(send(router.clone(), "/waits"));
        begun.notified().await;
        let (status, code, headers) = send(router.clone(), "/").await;
        assert_eq!(
            (status, code.as_str(), &headers["retry-after"]),
            (503, "unavailable", &HeaderValue::from(1))
        );
        go_on.notify_one();
        assert_eq!(first.await.unwrap().0, 200);
        assert_eq!(send(router, "/").await.0, 200);
    }
}
