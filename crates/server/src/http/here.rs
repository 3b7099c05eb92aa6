//! What is refused in single-user mode, where a request without a token is the owner's: whatever does not come from
//! this machine itself, and whatever another site's page has a browser on it send.
//!
//! * The request must name this machine (`Host`), by an address or a name that nobody else can own. A page of another
//!   site whose name was made to lead here (DNS rebinding) still says that name.
//! * Where a browser says which page sends it (`Origin`), it must be one of this very address, port included.
//! * Calls of the API that a browser sends for another site (`Sec-Fetch-Site`) are refused also where they have no
//!   origin, as those of an image have none. Links to pages may be followed from anywhere: pages show nothing that
//!   they did not ask the API for.
//! * A proxy would have the whole network come from this machine, so what says that it came through one is
//!   refused. One that adds nothing to its requests is not noticed.

use axum::http::header::{FORWARDED, HOST, ORIGIN, VIA};
use axum::http::{HeaderMap, HeaderName, Uri};

use super::error::ApiError;
use crate::loopback::is_loopback;

/// What proxies add, if they add anything.
const BY_PROXIES: [HeaderName; 6] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Refuses what is not from here.
pub(super) fn refuse_elsewhere(uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let host = host(uri, headers).ok_or(ApiError::NotFromHere(
        "In single-user mode the service answers to localhost, 127.0.0.1 and [::1] alone.",
    ))?;
    if BY_PROXIES.iter().any(|name| headers.contains_key(name)) {
        return Err(ApiError::NotFromHere("In single-user mode nothing is taken from a proxy."));
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let is_ours = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host));
        if !is_ours || origins.next().is_some() {
            return Err(ApiError::OtherSite);
        }
    }
    if uri.path().starts_with("/api/") { refuse_other_sites(headers) } else { Ok(()) }
}

/// Refuses what another site's page has the browser send, as far as browsers say so.
pub(super) fn refuse_other_sites(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::OtherSite),
    }
}

/// What the request calls this machine, if that is a name of its own.
fn host<'a>(uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let is_only = hosts.next().is_none();
    let fits = uri.authority().is_none_or(|named| named.as_str().eq_ignore_ascii_case(host));
    (is_only && fits && is_loopback(host)).then_some(host)
}
