//! Accounts: signing up, and what one does with one's own.

pub(super) mod change_me;
pub(super) mod create_user;
pub(super) mod delete_me;
pub(super) mod get_me;
pub(super) mod resend_verification;

use bellwether_model::{DeliveryId, Timestamp};
use bellwether_store::user::{QuietHours, User};
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
    /// Why nothing goes to the address any more, where mail came back from there. Verified again, it does.
    email_problem: Option<String>,
    username: Option<String>,
    /// The IANA name of the zone that times in messages are told in.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// When messages to people are held, unless their alert is tagged `urgent`.
    quiet_hours: Option<QuietView>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// `user`, or `administrator`: may look after the service.
    #[schema(example = "user")]
    role: &'static str,
    /// Whether this is the owner of a service that runs for its owner alone, who needs no login on this machine.
    single_user: bool,
}

/// Hours of the day in which messages are held, after the clocks of one's time zone. They may go over midnight.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuietHours)]
pub(super) struct QuietView {
    #[schema(example = "22:00")]
    from: String,
    #[schema(example = "07:00")]
    to: String,
}

impl From<QuietHours> for QuietView {
    fn from(quiet: QuietHours) -> Self {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self { from: clock(quiet.from), to: clock(quiet.to) }
    }
}

impl Me {
    fn of(user: User, api: &ApiState) -> Self {
        Self {
            single_user: api.owner() == Some(user.id),
            id: user.id.0,
            email: user.email,
            verified: user.verified,
            email_problem: user.email_problem,
            username: user.username,
            time_zone: user.time_zone,
            quiet_hours: user.quiet.map(QuietView::from),
            created_at: user.created_at,
            role: user.role.name(),
        }
    }
}

/// What a token says whose account is gone: that nobody is logged in.
pub(super) fn gone() -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::InvalidToken)
}

/// Queues the mail that asks whether the address is theirs.
async fn queue_verification(api: &ApiState, user: &User, now: Timestamp) -> Result<(), ApiError> {
    let lasts = api.accounts().verification_lasts;
    let token = api.tokens().verification(user.id, &user.email, now, lasts);
    api.store().queue_verification(user.id, DeliveryId(Uuid::now_v7()), token, now).await?;
    Ok(())
}
