//! `GET /api/ebay/notices`: the challenge by which eBay finds out that an address is the application's own.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::ApiState;
use crate::http::error::ApiError;

/// Characters that a challenge may have.
const CODE_CHARS: usize = 500;

/// The answer to a challenge.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ChallengeAnswer {
    /// SHA-256 of the challenge, `ebay.verification_token` and `ebay.notification_url`, in hexadecimal digits.
    challenge_response: String,
}

/// Answer eBay's challenge.
///
/// eBay asks this before it sends notices to the address that is set as `ebay.notification_url`.
#[utoipa::path(get, path = "/api/ebay/notices", tag = "products", security(()),
    params(("challenge_code" = String, Query, description = "What eBay made up")),
    responses(
        (status = 200, body = ChallengeAnswer),
        (status = 404, description = "No notices of eBay are taken here"),
    ))]
pub(in crate::http) async fn answer_challenge(
    State(api): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Json<ChallengeAnswer>, ApiError> {
    let notices = api.notices().ok_or(ApiError::NotFound("notice"))?;
    // eBay may send more than this some day, which is no fault.
    let query = query.unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "challenge_code");
    let Some((_, code)) = code.filter(|(_, code)| !code.is_empty()) else {
        return Err(ApiError::field("challenge_code", "required", "is required"));
    };
    if code.chars().count() > CODE_CHARS {
        let message = format!("must have at most {CODE_CHARS} characters");
        return Err(ApiError::field("challenge_code", "too_long", message));
    }
    Ok(Json(ChallengeAnswer { challenge_response: notices.answer(&code) }))
}
