//! Pages for people: where `/` leads, the API's documentation, the verification of an address, the links that stop an
//! alert. Each needs nothing from any other host.

pub(super) mod app;
pub(super) mod docs;
pub(super) mod stop;
pub(super) mod verify;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};

/// What a page of ours may do: show its own styles, and send forms home.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A page, never kept by a cache: what it says may be true for one reader only.
fn page(html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HTML),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // The address, which may hold a token, is told to nobody else. Were it told not even to us, a browser would
        // send our own forms home without saying that they are ours.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, html).into_response()
}

/// The frame that every page of ours has.
fn framed(title: &str, main: &str) -> String {
    const FRAME: &str = include_str!("pages/frame.html");
    FRAME.replace("{{title}}", title).replace("{{main}}", main)
}
