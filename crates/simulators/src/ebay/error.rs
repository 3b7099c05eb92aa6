//! What eBay says when it does not do what was asked, or not all of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error, or a warning where the rest was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    status: StatusCode,
    id: u32,
    domain: &'static str,
    category: &'static str,
    message: String,
    parameters: Vec<(&'static str, String)>,
}

impl Complaint {
    /// The request is wrong.
    pub(super) fn request(id: u32, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, id, "API_BROWSE", message)
    }

    /// There is no such thing.
    pub(super) fn missing(id: u32, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, id, "API_BROWSE", message)
    }

    /// It collides with what eBay offers.
    pub(super) fn conflict(id: u32, message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, id, "API_BROWSE", message)
    }

    /// The token is wrong or absent.
    pub(super) fn token(status: StatusCode, id: u32, message: &str) -> Self {
        Self::new(status, id, "OAuth", message)
    }

    /// The token is not for this.
    pub(super) fn scope() -> Self {
        Self::new(StatusCode::FORBIDDEN, 1_100, "ACCESS", "Insufficient permissions to fulfill the request.")
    }

    /// The day's calls are used up.
    pub(super) fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, 2_001, "ACCESS", "Too many requests.")
    }

    /// eBay itself is at fault.
    pub(super) fn internal(status: StatusCode) -> Self {
        let complaint = Self::new(status, 12_000, "API_BROWSE", "There was a problem with an eBay system.");
        Self { category: "APPLICATION", ..complaint }
    }

    fn new(status: StatusCode, id: u32, domain: &'static str, message: &str) -> Self {
        let (category, message) = ("REQUEST", message.to_owned());
        Self { status, id, domain, category, message, parameters: Vec::new() }
    }

    /// The same with something that it is about.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    /// As it stands in a list of errors or warnings.
    pub(super) fn told(&self) -> Value {
        let parameter = |(name, value): &(&str, String)| json!({"name": name, "value": value});
        let mut told = json!({
            "errorId": self.id,
            "domain": self.domain,
            "category": self.category,
            "message": self.message,
        });
        if self.id == 2_001 {
            told["longMessage"] = json!("The request limit has been reached for the resource.");
        } else if !self.parameters.is_empty() {
            told["longMessage"] = json!(self.message);
            told["parameters"] = self.parameters.iter().map(parameter).collect();
        }
        told
    }
}

impl IntoResponse for Complaint {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"errors": [self.told()]}))).into_response()
    }
}

/// An error of the token's seller, in the words of OAuth.
pub(super) fn oauth(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}
