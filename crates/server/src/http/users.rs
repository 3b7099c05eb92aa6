//! Accounts: signing up, and what one does with one's own.

pub(super) mod change_me;
pub(super) mod create_user;
pub(super) mod delete_me;
pub(super) mod get_me;
pub(super) mod resend_verification;

use bellwether_model::{DeliveryId, Timestamp};
use bellwether_store::user::User;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ApiState;
use super::error::{ApiError, Unauthenticated};

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(super) struct Me {
    id: Uuid,
    email: String,
    /// Whether the address was shown to be theirs. Until then messages wait.
    verified: bool,
    username: Option<String>,
    /// The IANA name of the zone that times in messages are told in.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            verified: user.verified,
            username: user.username,
            time_zone: user.time_zone,
            created_at: user.created_at,
        }
    }
}

/// What a token says whose account is gone: that nobody is logged in.
fn gone() -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::InvalidToken)
}

/// Queues the mail that asks whether the address is theirs.
async fn queue_verification(api: &ApiState, user: &User, now: Timestamp) -> Result<(), ApiError> {
    let lasts = api.accounts().verification_lasts;
    let token = api.tokens().verification(user.id, &user.email, now, lasts);
    api.store().queue_verification(user.id, DeliveryId(Uuid::now_v7()), token, now).await?;
    Ok(())
}
