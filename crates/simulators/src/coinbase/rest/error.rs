//! Coinbase's error bodies: `{"message":"NotFound"}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::venue::fault::Refusal;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    message: &'static str,
    retry_after_s: Option<u32>,
}

impl ApiError {
    const fn new(status: StatusCode, message: &'static str) -> Self {
        Self { status, message, retry_after_s: None }
    }

    /// No such product.
    pub(super) const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound")
    }

    /// A parameter that cannot be read.
    pub(super) const fn bad_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Too many requests within a second.
    pub(super) const fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Public rate limit exceeded")
    }

    /// The refusal that a fault ordered.
    pub(super) fn ordered(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = match status {
            StatusCode::TOO_MANY_REQUESTS => "Public rate limit exceeded",
            StatusCode::SERVICE_UNAVAILABLE => "Service Unavailable",
            _ => "Internal Server Error",
        };
        Self { retry_after_s: refusal.retry_after_s, ..Self::new(status, message) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({"message": self.message}))).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
