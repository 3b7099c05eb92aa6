//! `POST /api/password/reset`: a mail with a link that replaces a forgotten password.
//!
//! The answer is the same whether the address has an account, and comes before anybody has looked: neither what
//! it says nor how long it takes tells anything. What is asked for is queued just after it, so the process's death
//! at that moment loses it, and whoever waits for the mail asks again.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{DeliveryId, Timestamp};
use bellwether_store::StoreError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hash_of;
use crate::accounts::Email;
use crate::http::ApiState;
use crate::http::auth::Client;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// How long a link works: an hour.
const LASTS_US: i64 = 3_600_000_000;

/// Who forgot their password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct ForgottenPassword {
    /// The address of the account.
    #[schema(example = "a@example.org")]
    email: String,
}

/// Ask for a mail with a link that replaces one's password.
///
/// The link works once, for an hour. An address gets at most three such mails in an hour; it is not told here
/// whether it has an account, or got one.
#[utoipa::path(post, path = "/api/password/reset", tag = "accounts", request_body = ForgottenPassword,
    security(()), responses(
        (status = 202, description = "If the address has an account, a mail is on its way"),
        (status = 429, description = "Too many requests from this network"),
    ))]
pub(in crate::http) async fn ask_for_link(
    State(api): State<ApiState>,
    Client(client): Client,
    body: JsonBody,
) -> Result<StatusCode, ApiError> {
    let email = body.read(read)?;
    let now = api.now();
    let of_client = api.throttles().password_links_of_client.take(&client, now);
    of_client.map_err(|retry_after| ApiError::TooMany { retry_after })?;
    let permit = api.password_links().clone().try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::Unavailable {
        detail: "Too many have forgotten their passwords at once.",
        cause: None,
    })?;
    // Nobody is told that an address has had enough: that would be an answer about the address.
    if api.throttles().password_links_of_account.take(&email.as_str().to_lowercase(), now).is_ok() {
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = queue(&api, &email).await {
                tracing::error!(%error, "a link for a forgotten password could not be queued");
            }
        });
    }
    Ok(StatusCode::ACCEPTED)
}

async fn queue(api: &ApiState, email: &Email) -> Result<bool, StoreError> {
    let (delivery, now) = (DeliveryId(Uuid::now_v7()), api.now());
    let hash = hash_of(&api.links().password_token(delivery));
    let expires_at = Timestamp::from_micros(now.micros().saturating_add(LASTS_US));
    api.store().queue_password_link(email.as_str(), delivery, hash, expires_at, now).await
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Email> {
    if !fields.has("email") {
        faults.add("email", "required", "is required");
    }
    fields.parsed(faults, "email")
}
