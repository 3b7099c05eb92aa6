//! Binance's error bodies: `{"code":-1121,"msg":"Invalid symbol."}` (`errors.md`, checked 2026-07-21).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::venue::fault::Refusal;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::binance) struct ApiError {
    status: StatusCode,
    code: i32,
    message: String,
    retry_after_s: Option<u32>,
}

impl ApiError {
    fn bad_request(code: i32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into(), retry_after_s: None }
    }

    pub(super) fn internal() -> Self {
        let message = "Internal error; unable to process your request. Please try again.";
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::bad_request(-1001, message) }
    }

    /// Too much weight within the minute.
    pub(super) fn too_much_weight(limit: u32, retry_after_s: u32) -> Self {
        let message = format!(
            "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. \
             Please use WebSocket Streams for live updates to avoid polling the API."
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { status, retry_after_s: Some(retry_after_s), ..Self::bad_request(-1003, message) }
    }

    /// Went on after 429.
    pub(super) fn banned(until_us: i64, retry_after_s: u32) -> Self {
        let message = format!(
            "Way too much request weight used; IP banned until {}. \
             Please use WebSocket Streams for live updates to avoid bans.",
            until_us.div_euclid(1_000)
        );
        let status = StatusCode::IM_A_TEAPOT;
        Self { status, retry_after_s: Some(retry_after_s), ..Self::bad_request(-1003, message) }
    }

    /// Too many connection attempts.
    pub(in crate::binance) fn too_many_connects(limit: usize) -> Self {
        let message = format!("Too many connection attempts; current limit is {limit} per 5 MINUTES.");
        Self { status: StatusCode::TOO_MANY_REQUESTS, ..Self::bad_request(-1034, message) }
    }

    /// The refusal that a fault ordered.
    pub(super) fn ordered(refusal: Refusal, now_us: i64) -> Self {
        let seconds = refusal.retry_after_s;
        match refusal.status {
            429 => Self { retry_after_s: seconds, ..Self::too_much_weight(6_000, 0) },
            418 => {
                let until_us = now_us + i64::from(seconds.unwrap_or(0)) * 1_000_000;
                Self { retry_after_s: seconds, ..Self::banned(until_us, 0) }
            }
            other => Self {
                status: StatusCode::from_u16(other).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                retry_after_s: seconds,
                ..Self::internal()
            },
        }
    }

    pub(super) fn bad_time_unit() -> Self {
        Self::bad_request(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
    }

    /// `legal` is the regular expression that the value does not match.
    pub(super) fn illegal_characters(parameter: &str, legal: &str) -> Self {
        let message =
            format!("Illegal characters found in parameter '{parameter}'; legal range is '{legal}'.");
        Self::bad_request(-1100, message)
    }

    pub(super) fn duplicate_parameter() -> Self {
        Self::bad_request(-1101, "Duplicate values for a parameter detected.")
    }

    pub(super) fn missing(parameter: &str) -> Self {
        let message =
            format!("Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.");
        Self::bad_request(-1102, message)
    }

    pub(super) fn unread(read: usize, sent: usize) -> Self {
        let message =
            format!("Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.");
        Self::bad_request(-1104, message)
    }

    pub(super) fn empty(parameter: &str) -> Self {
        Self::bad_request(-1105, format!("Parameter '{parameter}' was empty."))
    }

    pub(super) fn bad_interval() -> Self {
        Self::bad_request(-1120, "Invalid interval.")
    }

    pub(super) fn bad_symbol() -> Self {
        Self::bad_request(-1121, "Invalid symbol.")
    }

    pub(super) fn bad_symbol_status() -> Self {
        Self::bad_request(-1122, "Invalid symbolStatus.")
    }

    pub(super) fn bad_combination() -> Self {
        Self::bad_request(-1128, "Combination of optional parameters invalid.")
    }

    pub(super) fn bad_data(parameter: &str) -> Self {
        Self::bad_request(-1130, format!("Data sent for parameter '{parameter}' is not valid."))
    }

    pub(super) fn bad_ticker_type() -> Self {
        Self::bad_request(-1139, "Invalid ticker type.")
    }

    pub(super) fn duplicate_symbols() -> Self {
        Self::bad_request(-1151, "Symbol is present multiple times in the list.")
    }

    pub(super) fn other_status(symbol: &str, status: &str) -> Self {
        Self::bad_request(-1220, format!("The symbol {symbol} does not match the status {status}."))
    }

    #[cfg(test)]
    pub(super) const fn code(&self) -> i32 {
        self.code
    }

    #[cfg(test)]
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"code": self.code, "msg": self.message}).to_string();
        let content_type = (header::CONTENT_TYPE, "application/json;charset=UTF-8");
        let mut response = (self.status, [content_type], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
