//! `GET /api/listings/{id}/picture`: what a listing looks like.

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bellwether_model::product::ListingId;

use super::site_of;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;

/// Should a browser take the answer for a document all the same, it may do nothing.
const PICTURE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a listing looks like.
///
/// The picture that the marketplace names, fetched from there and kept here for a while: JPEG, PNG, WebP or GIF of at
/// most 2 MiB.
#[utoipa::path(get, path = "/api/listings/{id}/picture", tag = "products",
    params(
        ("id" = String, Path, example = "v1|110553|0"),
        ("marketplace" = Option<String>, Query, example = "EBAY_US",
            description = "Where; the site that told of it last, where absent"),
    ),
    responses(
        (status = 200, content_type = "image/*", body = Vec<u8>),
        (status = 304, description = "It is the one of `If-None-Match`"),
        (status = 404, description = "None of your alerts' searches has found it, or it has no picture"),
        (status = 502, description = "The picture cannot be had from where the marketplace keeps it"),
    ))]
pub(in crate::http) async fn get_picture(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ListingId>,
    request: HeaderMap,
    mut query: Query,
) -> Result<Response, ApiError> {
    let site = site_of(&mut query);
    query.finish()?;
    let address = api.store().listing_picture(caller.user, &id, site).await?;
    let address = address.ok_or(ApiError::NotFound("picture"))?;
    let picture = api.pictures().get(&address, api.now()).await.ok_or(ApiError::NoPicture)?;
    let tag = format!("\"{}\"", picture.tag);
    let known = request.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut headers = HeaderMap::new();
    // Whose it is depends on who asks.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    headers.insert(VARY, HeaderValue::from_static("authorization"));
    headers.insert(ETAG, HeaderValue::try_from(tag).map_err(ApiError::internal)?);
    headers.insert(CONTENT_SECURITY_POLICY, PICTURE_POLICY);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(picture.kind.content_type()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"picture\""));
    Ok((headers, picture.bytes.clone()).into_response())
}
