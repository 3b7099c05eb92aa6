//! `POST /api/ebay/notices`: what eBay tells by itself. See [`crate::products::Notices`] for what comes of it.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::http::ApiState;
use crate::http::error::{ApiError, Cause};
use crate::http::input::read_body;
use crate::products::NoticeRefusal;

/// Bytes of a notice.
const BYTES_MAX: usize = 64 << 10;

/// Take eBay's notice that an account was deleted.
///
/// Signed by eBay, with the header `x-ebay-signature`. Nothing of a person at eBay is kept here, sellers of listings
/// neither, so there is nothing to delete: the notice is acknowledged and counted.
#[utoipa::path(post, path = "/api/ebay/notices", tag = "products", security(()),
    request_body(content = String, content_type = "application/json"),
    params(("x-ebay-signature" = String, Header)),
    responses(
        (status = 204, description = "Acknowledged"),
        (status = 404, description = "No notices of eBay are taken here"),
        (status = 412, description = "It is not signed by eBay, was taken already, or is too old"),
        (status = 503, description = "eBay's key cannot be had at the moment: send it again"),
    ))]
pub(in crate::http) async fn take_notice(
    State(api): State<ApiState>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let missing = || ApiError::NotFound("notice");
    let (notices, products) = api.notices().zip(api.products()).ok_or_else(missing)?;
    let header = request.headers().get("x-ebay-signature").and_then(|value| value.to_str().ok());
    let signature = header.map(str::to_owned).unwrap_or_default();
    let body = read_body(request, BYTES_MAX).await?;
    match notices.take(&products.market, &signature, &body, api.now()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(NoticeRefusal::Refused(why)) => Err(ApiError::NotGenuine(why)),
        Err(NoticeRefusal::NoKey(error)) => Err(ApiError::Unavailable {
            detail: "The key of the signature cannot be had at the moment. Send the notice again.",
            cause: Some(Cause::of(error)),
        }),
    }
}
