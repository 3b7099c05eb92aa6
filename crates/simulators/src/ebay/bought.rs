//! Where tokens are sold: strict about id and secret, lenient about how scopes are written.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::error::oauth;
use super::serving::{Desk, parameters};

const SCOPE: &str = "https://api.ebay.com/oauth/api_scope";
const BULK_SCOPE: &str = "https://api.ebay.com/oauth/api_scope/buy.item.bulk";

/// Sells an application token.
pub(super) async fn sell_token(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let sold = sell(&desk, &headers, &body);
    desk.tally.note(|counters| match sold {
        Ok(_) => counters.tokens += 1,
        Err(_) => counters.tokens_refused += 1,
    });
    sold.unwrap_or_else(|refusal| refusal)
}

#[expect(clippy::result_large_err, reason = "both are answers, made once per token")]
fn sell(desk: &Desk, headers: &HeaderMap, body: &[u8]) -> Result<Response, Response> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(oauth(StatusCode::BAD_REQUEST, "invalid_request", "the content type is not supported"));
    }
    let credentials = &desk.config.credentials;
    let expected = BASE64_STANDARD.encode(format!("{}:{}", credentials.id, credentials.secret));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|given| given.strip_prefix("Basic ")) != Some(&expected) {
        return Err(oauth(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed"));
    }
    let form = parameters(Some(&String::from_utf8_lossy(body)));
    let field = |name: &str| form.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    if field("grant_type") != Some("client_credentials") {
        let text = "grant type in request is not supported by the authorization server";
        return Err(oauth(StatusCode::BAD_REQUEST, "unsupported_grant_type", text));
    }
    let scopes = field("scope").unwrap_or(SCOPE).replace("%20", " ");
    let mut bulk = false;
    for scope in scopes.split_whitespace() {
        bulk |= scope == BULK_SCOPE;
        if !scope.starts_with(SCOPE) {
            let text = "The requested scope is invalid, unknown, malformed, or exceeds the scope granted to the client";
            return Err(oauth(StatusCode::BAD_REQUEST, "invalid_scope", text));
        }
    }
    let now_us = desk.now_us();
    if !desk.token_quota.take(now_us) {
        return Err(oauth(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many tokens were sold today"));
    }
    let life = desk.config.token_life;
    let until_us = now_us.saturating_add(i64::try_from(life.as_micros()).unwrap_or(i64::MAX));
    Ok(Json(json!({
        "access_token": desk.tokens.sell(now_us, until_us, bulk),
        "expires_in": life.as_secs(),
        "token_type": "Application Access Token",
    }))
    .into_response())
}
