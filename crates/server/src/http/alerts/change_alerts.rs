//! `POST /api/alerts/bulk`: the same for many alerts.

use axum::Json;
use axum::extract::State;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{AlertId, Node, Status, Timestamp};
use bellwether_store::alert::Alert;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::changing::{Decision, Expected, apply};
use super::delete_alert::delete;
use super::{pause_alert, resume_alert};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;
use crate::http::schema;

/// Alerts that one request may change.
const ALERTS_MAX: usize = 1_000;
const ACTIONS: [&str; 3] = ["pause", "resume", "delete"];

/// What is to be done with which alerts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct Bulk {
    /// At most 1,000.
    ids: Vec<Uuid>,
    /// `pause`, `resume` or `delete`.
    #[schema(example = "pause")]
    action: String,
}

/// What became of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct BulkDone {
    items: Vec<BulkItem>,
}

/// What became of one alert.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct BulkItem {
    id: Uuid,
    /// Its status now, where it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Status>)]
    status: Option<Status>,
    /// The code of the problem, where it was not: `not_found`, `alert_ended`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "alert_ended")]
    problem: Option<&'static str>,
}

/// Pause, resume or delete many alerts.
///
/// Each is done by itself: one that cannot be is told, and the others are done.
#[utoipa::path(post, path = "/api/alerts/bulk", tag = "alerts", request_body = Bulk,
    responses((status = 200, description = "Done where it could be", body = BulkDone)))]
pub(in crate::http) async fn change_alerts(
    State(api): State<ApiState>,
    caller: Caller,
    body: JsonBody,
) -> Result<Json<BulkDone>, ApiError> {
    let (ids, action) = body.read(read)?;
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        let done = match action {
            "pause" => change(&api, caller, id, pause_alert::decide).await,
            "resume" => change(&api, caller, id, resume_alert::decide).await,
            _ => delete(&api, caller.user, id).await.map(|_| Status::Deleted),
        };
        let (status, problem) = match done {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error.refusal()?)),
        };
        items.push(BulkItem { id: id.0, status, problem });
    }
    Ok(Json(BulkDone { items }))
}

async fn change(
    api: &ApiState,
    caller: Caller,
    id: AlertId,
    decide: fn(&Alert, Timestamp) -> Decision,
) -> Result<Status, ApiError> {
    Ok(apply(api, caller.user, id, Expected::Any, decide).await?.alert.status)
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Vec<AlertId>, &'static str)> {
    let ids = match fields.given("ids") {
        Some(Node::List(nodes)) if (1..=ALERTS_MAX).contains(&nodes.len()) => {
            faults.within("ids", |faults| read_ids(nodes, faults))
        }
        _ => {
            faults.add("ids", "required", format!("must be a list of 1 to {ALERTS_MAX} ids"));
            None
        }
    };
    let action = fields.word(faults, "action", &ACTIONS);
    ids.zip(action)
}

/// Every id, or none where one of them is wrong; all that are wrong are told.
fn read_ids(nodes: &[Node], faults: &mut Faults) -> Option<Vec<AlertId>> {
    let read = |(index, node)| faults.within_index(index, |faults| read_id(node, faults));
    let ids: Vec<Option<AlertId>> = nodes.iter().enumerate().map(read).collect();
    ids.into_iter().collect()
}

fn read_id(node: &Node, faults: &mut Faults) -> Option<AlertId> {
    let id = match node {
        Node::Text(text) => text.parse().ok(),
        _ => None,
    };
    if id.is_none() {
        faults.add("", "invalid", "must be an alert's id");
    }
    id
}
