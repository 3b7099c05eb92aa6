//! What the links in messages do to an alert.

use bellwether_model::{AlertId, Span, Status, UserId};
use bellwether_store::alert::Action;

use super::changing::{Decided, Expected, change};
use crate::http::ApiState;
use crate::http::error::{ApiError, Conflict};

/// How long an alert is quiet that is snoozed from a message.
const SNOOZED_S: u64 = 24 * 3_600;

/// Pauses an alert. One that watches nothing any more is left as it is, so doing it again is fine.
pub(in crate::http) async fn stop(api: &ApiState, user: UserId, id: AlertId) -> Result<(), ApiError> {
    let stopped = change(api, user, id, Expected::Any, |alert, _| match alert.status {
        Status::Active => {
            Ok(Some(Decided { status: Status::Paused, ..Decided::keeping(alert, Action::Paused) }))
        }
        Status::Paused | Status::Triggered | Status::Expired | Status::Deleted => Ok(None),
    });
    gone_is_fine(stopped.await)
}

/// Keeps an alert quiet for a day.
pub(in crate::http) async fn snooze(api: &ApiState, user: UserId, id: AlertId) -> Result<(), ApiError> {
    let snoozed = change(api, user, id, Expected::Any, |alert, now| {
        let until = Span::from_seconds(SNOOZED_S).map_or(now, |day| now.saturating_add(day));
        match alert.status {
            Status::Active if alert.snoozed_until < Some(until) => {
                let snoozed_until = Some(until);
                Ok(Some(Decided { snoozed_until, ..Decided::keeping(alert, Action::Snoozed) }))
            }
            _ => Ok(None),
        }
    });
    gone_is_fine(snoozed.await)
}

fn gone_is_fine<T>(changed: Result<T, ApiError>) -> Result<(), ApiError> {
    match changed {
        Ok(_) | Err(ApiError::NotFound(_) | ApiError::Conflict(Conflict::AlertDeleted)) => Ok(()),
        Err(error) => Err(error),
    }
}
