//! `POST /api/alerts/{id}/snooze`: it goes on watching and keeps quiet until an instant.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{AlertId, Node, Span, Status, Timestamp};
use bellwether_store::alert::Action;
use utoipa::ToSchema;

use super::changing::{Decided, change, expected_version};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::{InPath, JsonBody};
use crate::http::schema;

/// Until when an alert keeps quiet: one of the two.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct Snooze {
    /// An instant; null ends the snooze.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// For so long from now.
    r#for: Option<schema::Duration>,
}

/// As it was asked for.
#[derive(Clone, Copy)]
enum Wish {
    Until(Timestamp),
    For(Span),
    NoLonger,
}

/// Keep an alert quiet for a while.
#[utoipa::path(post, path = "/api/alerts/{id}/snooze", tag = "alerts", request_body = Snooze,
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = super::AlertAnswer),
        (status = 404, description = "No such alert, or somebody else's"),
        (status = 409, description = "It has ended or was deleted"),
    ))]
pub(in crate::http) async fn snooze_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let wish = body.read(read)?;
    let until = match wish {
        Wish::Until(until) if until <= api.now() => {
            return Err(ApiError::field("until", "past", "must lie in the future"));
        }
        Wish::Until(until) => Some(until),
        Wish::For(span) => Some(api.now().saturating_add(span)),
        Wish::NoLonger => None,
    };
    change(&api, caller.user, id, expected_version(&headers)?, |alert, _| match alert.status {
        Status::Active | Status::Paused if alert.snoozed_until == until => Ok(None),
        Status::Active | Status::Paused => {
            Ok(Some(Decided { snoozed_until: until, ..Decided::keeping(alert, Action::Snoozed) }))
        }
        Status::Triggered | Status::Expired => Err(ApiError::Conflict(Conflict::AlertEnded)),
        Status::Deleted => Err(ApiError::Conflict(Conflict::AlertDeleted)),
    })
    .await
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Wish> {
    let ends = fields.take("until") == Some(&Node::Null);
    let until = fields.parsed::<Timestamp>(faults, "until");
    let span = fields.parsed::<Span>(faults, "for");
    match (until, span) {
        (Some(_), Some(_)) => {
            faults.add("for", "not_applicable", "cannot be given beside until");
            None
        }
        (Some(until), None) => Some(Wish::Until(until)),
        (None, Some(Span::ZERO)) => {
            faults.add("for", "range", "must be longer than that");
            None
        }
        (None, Some(span)) => Some(Wish::For(span)),
        (None, None) if ends => Some(Wish::NoLonger),
        (None, None) => {
            if faults.count() == 0 {
                faults.add("until", "required", "or for is required");
            }
            None
        }
    }
}
