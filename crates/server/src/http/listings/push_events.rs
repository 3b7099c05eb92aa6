//! `POST /api/listings/events`: what a marketplace, or whoever watches it, tells of single listings.
//!
//! Signed after the Standard Webhooks specification with the secret `ebay.events_secret`. Events may come in any
//! order and again: of each listing the newest counts, by the time that the event says.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::input::{Faults, Fields};
use bellwether_model::product::{Availability, Card, Currency, ListingId, Money, Offer, Site};
use bellwether_model::{Fault, Timestamp};
use bellwether_notify::WebhookSecret;
use bellwether_store::listing::ListingNews;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::http::ApiState;
use crate::http::error::{ApiError, Unauthenticated};
use crate::http::input::read_body;
use crate::json::read_node;
use crate::products::Applied;

/// Bytes of a request.
const BYTES_MAX: usize = 4 << 20;
/// Lines of a request.
const LINES_MAX: usize = 10_000;
/// Lines that an answer names at most.
const NAMED_MAX: usize = 1_000;
/// How far a request's time may be from now, in microseconds, so that an old one is not sent again by others.
const TOLERANCE_US: i64 = 300_000_000;
/// Characters of a title, and bytes of an address.
const TITLE_CHARS: usize = 500;
const URL_BYTES: usize = 2_000;

/// What became of events.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::http) struct EventsTaken {
    /// Events that were taken in.
    applied: u64,
    /// Events of which something newer is known: repetitions, and what comes out of order.
    stale: u64,
    /// Events of listings that no watched search finds. They are not kept.
    unwatched: u64,
    /// Lines that changed nothing, since they are wrong.
    refused: u64,
    /// The refused lines, the first 1,000 of them.
    lines: Vec<RefusedEvent>,
}

/// A line that changed nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RefusedEvent {
    /// Its number, from 1.
    line: usize,
    /// What is wrong, with the field.
    #[schema(example = "listing.price.value must be greater than zero")]
    message: String,
}

/// Tell of listings.
///
/// The body is JSON lines, each `{"type": "created", "time": "2026-11-21T10:00:00Z", "listing": {"id": "v1|110553|0",
/// "marketplace": "EBAY_US", "title": "...", "price": {"value": "84.90", "currency": "USD"}, "url": "...", "image":
/// "...", "condition": "Used", "availability": "available"}}`; `type` is `created`, `updated` or `deleted`, for which
/// `id` and `marketplace` are enough. Signed with the headers `webhook-id`, `webhook-timestamp` and
/// `webhook-signature` of the Standard Webhooks specification.
#[utoipa::path(post, path = "/api/listings/events", tag = "products",
    request_body(content = String, content_type = "application/x-ndjson"),
    params(("webhook-id" = String, Header), ("webhook-timestamp" = String, Header), ("webhook-signature" = String, Header)),
    responses(
        (status = 200, body = EventsTaken, description = "What is not named as refused is taken in"),
        (status = 401, description = "No signature, one of another secret, or one that is too old"),
        (status = 503, description = "Not all could be taken in: send them again, no harm is done"),
    ))]
pub(in crate::http) async fn push_events(
    State(api): State<ApiState>,
    request: Request,
) -> Result<(StatusCode, Json<EventsTaken>), ApiError> {
    let headers = request.headers().clone();
    let body = read_body(request, BYTES_MAX).await?;
    let body = std::str::from_utf8(&body).map_err(|_| ApiError::field("", "invalid", "must be UTF-8"))?;
    let now = api.now();
    let unsigned = || ApiError::Unauthenticated(Unauthenticated::WrongSignature);
    // Without a secret nothing is signed with it.
    let (products, secret) = api.products().zip(api.events_secret()).ok_or_else(unsigned)?;
    if !is_signed(&headers, body, secret, now) {
        return Err(unsigned());
    }
    let mut taken = EventsTaken::default();
    let lines = body.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines {
        if index >= LINES_MAX {
            let message = format!("must be at most {LINES_MAX}; send the rest with another request");
            return Err(ApiError::field("lines", "too_long", message));
        }
        match read(line.as_bytes(), now) {
            Ok((news, time)) => match products.event(news, time).await? {
                Applied::Taken { .. } => taken.applied += 1,
                Applied::Stale => taken.stale += 1,
                Applied::Unwatched => taken.unwatched += 1,
            },
            Err(faults) => {
                taken.refused += 1;
                if taken.lines.len() < NAMED_MAX {
                    let message = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                    taken.lines.push(RefusedEvent { line: index + 1, message });
                }
            }
        }
    }
    Ok((StatusCode::OK, Json(taken)))
}

/// Whether a body carries a signature of this secret that is not too old.
fn is_signed(headers: &HeaderMap, body: &str, secret: &WebhookSecret, now: Timestamp) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(time), Some(signatures)) =
        (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"))
    else {
        return false;
    };
    let Ok(seconds) = time.parse::<i64>() else { return false };
    let sent_at = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    if id.contains('.') || now.micros_since(sent_at).abs() > TOLERANCE_US {
        return false;
    }
    // Hashes are compared, so that how long it takes says nothing of the signature.
    let expected = Sha256::digest(secret.sign(id, seconds, body));
    signatures.split(' ').any(|signature| Sha256::digest(signature) == expected)
}

/// One event, and its time.
fn read(line: &[u8], now: Timestamp) -> Result<(ListingNews, Timestamp), Vec<Fault>> {
    let malformed = |message: String| vec![Fault { field: String::new(), code: "malformed_json", message }];
    let node = read_node(line).map_err(|error| malformed(error.to_string()))?;
    let mut faults = Faults::new();
    let event = faults.object(&node).and_then(|mut fields| {
        let kind = fields.word(&mut faults, "type", &["created", "updated", "deleted"]);
        let time = fields.parsed::<Timestamp>(&mut faults, "time");
        if !fields.has("time") {
            faults.add("time", "required", "is required");
        }
        if time.is_some_and(|time| time.micros_since(now) > TOLERANCE_US) {
            faults.add("time", "range", "must not lie in the future");
        }
        let listing = fields.given("listing");
        if listing.is_none() {
            faults.add("listing", "required", "is required");
        }
        let listing = listing.and_then(|node| {
            faults.within("listing", |faults| {
                let mut fields = faults.object(node)?;
                let news = match kind? {
                    "deleted" => deleted(&mut fields, faults),
                    _ => put(&mut fields, faults),
                };
                fields.finish(faults);
                news
            })
        });
        fields.finish(&mut faults);
        Some((listing?, time?))
    });
    faults.finish(event)
}

fn names(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Site, ListingId)> {
    for name in ["id", "marketplace"] {
        if !fields.has(name) {
            faults.add(name, "required", "is required");
        }
    }
    let id = fields.parsed::<ListingId>(faults, "id");
    let site = fields.parsed::<Site>(faults, "marketplace");
    Some((site?, id?))
}

fn deleted(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<ListingNews> {
    // What else is told of it does not matter any more.
    for name in ["title", "price", "shipping", "url", "image", "condition", "availability"] {
        fields.take(name);
    }
    names(fields, faults).map(|(site, id)| ListingNews::Deleted { site, id })
}

fn put(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<ListingNews> {
    let names = names(fields, faults);
    if !fields.has("title") {
        faults.add("title", "required", "is required");
    }
    let title = fields.bounded_text(faults, "title", TITLE_CHARS).map(str::to_owned);
    let condition = fields.bounded_text(faults, "condition", TITLE_CHARS).map(str::to_owned);
    let (url, image) = (address(fields, faults, "url"), address(fields, faults, "image"));
    let price = money(fields, faults, "price");
    let shipping = money(fields, faults, "shipping");
    let availability = match fields.has("availability") {
        true => fields.word(faults, "availability", &["available", "out_of_stock", "ended"]),
        false => Some("available"),
    };
    let (site, id) = names?;
    Some(ListingNews::Put(Box::new(Offer {
        card: Card { id, title: title?, url, image, condition },
        site,
        price,
        shipping,
        availability: match availability? {
            "available" => Availability::Available,
            "out_of_stock" => Availability::OutOfStock,
            _ => Availability::Ended,
        },
        listed_at: None,
        ends_at: None,
    })))
}

/// An address that a browser may be led to.
fn address(fields: &mut Fields<'_>, faults: &mut Faults, name: &str) -> Option<String> {
    let text = fields.bounded_text(faults, name, URL_BYTES)?;
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if !is_web || text.contains(char::is_whitespace) {
        faults.add(name, "invalid", "must be an address that begins with https:// or http://");
        return None;
    }
    Some(text.to_owned())
}

fn money(fields: &mut Fields<'_>, faults: &mut Faults, name: &str) -> Option<Money> {
    let node = fields.given(name)?;
    faults.within(name, |faults| {
        let mut fields = faults.object(node)?;
        for name in ["value", "currency"] {
            if !fields.has(name) {
                faults.add(name, "required", "is required");
            }
        }
        let (value, currency) =
            (fields.price(faults, "value"), fields.parsed::<Currency>(faults, "currency"));
        fields.finish(faults);
        Some(Money { value: value?, currency: currency? })
    })
}
