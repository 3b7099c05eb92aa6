//! `/` and `/app/`: the interface, from files inside the binary, and a page in its place where it was left out.
//!
//! Every address under `/app/` answers, since the interface finds its way by itself and messages link there.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bellwether_interface::{File, file, index};

use super::{framed, page};
use crate::http::error::ApiError;

/// What the interface may do: its own scripts and styles from its own files, and calls home. Pictures of listings are
/// among these calls: it makes `blob:` addresses of what they bring.
const APP_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// Leads to the interface.
pub(in crate::http) async fn root() -> Redirect {
    Redirect::temporary("/app/")
}

/// The interface.
pub(in crate::http) async fn app(headers: HeaderMap) -> Response {
    match index() {
        Some(index) => serve(index, &headers),
        None => page(framed("Running", include_str!("app.html"))),
    }
}

/// A file of the interface, or the interface itself where the path is one of its pages.
pub(in crate::http) async fn app_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match file(&path) {
        Some(file) => serve(file, &headers),
        // A file that is gone, of another version of the interface: a page in its place would be a broken script.
        None if path.starts_with("assets/") => ApiError::NoRoute.into_response(),
        None => app(headers).await,
    }
}

fn serve(file: &'static File, request: &HeaderMap) -> Response {
    let (bytes, encoding) = form(file, request);
    // Each form of a file is an answer of its own, so each has a tag of its own.
    let tag =
        format!("\"{}{}\"", file.tag, encoding.map_or(String::new(), |encoding| format!("-{encoding}")));
    let is_known = values(request, IF_NONE_MATCH).any(|known| known.trim_start_matches("W/") == tag);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, if file.is_immutable() { FOR_EVER } else { ASK_FIRST });
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CONTENT_SECURITY_POLICY, APP_POLICY);
    headers.insert(ETAG, HeaderValue::try_from(tag).expect("digits and letters are a header value"));
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type()));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, bytes).into_response()
}

/// The smallest form of the file that the client takes.
fn form(file: &'static File, request: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let takes = |coding: &str| values(request, ACCEPT_ENCODING).any(|taken| is_taken(taken, coding));
    match (file.brotli, file.gzip) {
        (Some(bytes), _) if takes("br") => (bytes, Some("br")),
        (_, Some(bytes)) if takes("gzip") => (bytes, Some("gzip")),
        _ => (file.plain, None),
    }
}

/// Whether `gzip;q=0.5` takes a coding: it names it, and its weight is not zero.
fn is_taken(taken: &str, coding: &str) -> bool {
    let (name, weight) = taken.split_once(';').unwrap_or((taken, ""));
    let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
    name.trim().eq_ignore_ascii_case(coding) && weight.is_none_or(|weight| weight > 0.0)
}

/// The values of a header that is a list.
fn values(headers: &HeaderMap, name: axum::http::HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_where_it_is_named_and_not_refused() {
        let check = |taken: &str, expected: bool| assert_eq!(is_taken(taken, "br"), expected, "{taken}");
        check("br", true);
        check("BR", true);
        check("br;q=0.5", true);
        check("br;q=1.0", true);
        check("br;q=0", false);
        check("br;q=0.000", false);
        check("gzip", false);
        check("brotli", false);
    }
}
