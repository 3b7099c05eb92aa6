//! The cookie of a login (RFC 6265).

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use bellwether_model::Span;

const NAME: &str = "bellwether_refresh";
/// The only calls that the cookie is sent to.
const PATH: &str = "/api/session";

/// Has the browser keep a refresh token, sent over TLS alone where users reach the service that way.
pub(super) fn keeping(token: &str, lasts: Span, https: bool) -> HeaderValue {
    set(token, lasts.seconds(), https)
}

/// Has the browser forget it.
pub(super) fn forgetting(https: bool) -> HeaderValue {
    set("", 0, https)
}

fn set(token: &str, max_age: u64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let cookie = format!("{NAME}={token}; Path={PATH}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(cookie).expect("a token is base64 and a span is digits");
    value.set_sensitive(true);
    value
}

/// The refresh token that a request shows.
pub(super) fn shown(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value).filter(|value| !value.is_empty())
}
