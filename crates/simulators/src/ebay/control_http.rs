//! The control over HTTP, under `/control`. It is for tests and demonstrations on this machine.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Control, ControlError, ItemInput, ItemView};
use super::counters::Counters;
use super::events::{EventFlaw, Receiver};
use super::fault::Fault;
use super::item::Oddity;

/// Items in one list at most.
const LISTED: usize = 200;

/// The routes.
pub(super) fn routes(control: Control) -> Router {
    Router::new()
        .route("/control", get(get_state))
        .route("/control/counters", get(get_counters))
        .route("/control/items", get(list_items).post(list_item))
        .route("/control/items/{id}", get(get_item).patch(change_item).delete(end_item))
        .route("/control/step", post(step))
        .route("/control/pause", post(pause))
        .route("/control/resume", post(resume))
        .route("/control/tokens/revoke", post(revoke_tokens))
        .route("/control/quota", post(set_quota))
        .route("/control/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/control/receiver", put(tell_events_to).delete(tell_no_events))
        .route("/control/events/flaw", put(spoil_events))
        .route("/control/accounts/{name}", delete(delete_account))
        .with_state(control)
}

async fn get_state(State(control): State<Control>) -> Json<Value> {
    Json(json!({
        "paused": control.is_paused(),
        "steps": control.steps(),
        "replay_remaining": control.remaining(),
        "items": control.items().len(),
    }))
}

async fn get_counters(State(control): State<Control>) -> Json<Counters> {
    Json(control.counters())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Part of a title, in any letters.
    q: Option<String>,
}

async fn list_items(State(control): State<Control>, Query(part): Query<Part>) -> Json<Vec<ItemView>> {
    let part = part.q.unwrap_or_default().to_lowercase();
    let mut items = control.items();
    items.retain(|item| item.title.to_lowercase().contains(&part));
    items.truncate(LISTED);
    Json(items)
}

async fn list_item(
    State(control): State<Control>,
    Json(input): Json<ItemInput>,
) -> Result<Response, ControlError> {
    let id = control.list(&input)?;
    Ok((StatusCode::CREATED, Json(control.item(&id))).into_response())
}

async fn get_item(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<Json<ItemView>, ControlError> {
    control.item(&id).map(Json).ok_or(ControlError::UnknownItem(id))
}

/// What is to become of an item: any of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    price: Option<String>,
    percent: Option<i32>,
    stock: Option<u32>,
    oddity: Option<Oddity>,
    ended: Option<bool>,
}

async fn change_item(
    State(control): State<Control>,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Result<Json<ItemView>, ControlError> {
    if let Some(price) = change.price {
        control.set_price(&id, &price)?;
    }
    if let Some(percent) = change.percent {
        control.move_price(&id, percent)?;
    }
    if let Some(stock) = change.stock {
        control.restock(&id, stock)?;
    }
    if change.oddity.is_some() {
        control.spoil(&id, change.oddity)?;
    }
    match change.ended {
        Some(true) => control.expire(&id)?,
        Some(false) => control.relist(&id)?,
        None => {}
    }
    get_item(State(control), Path(id)).await
}

async fn end_item(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<StatusCode, ControlError> {
    control.end(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    steps: u32,
}

async fn step(State(control): State<Control>, Json(steps): Json<Steps>) -> Json<Value> {
    control.step(steps.steps.min(100_000));
    Json(json!({"steps": control.steps()}))
}

async fn pause(State(control): State<Control>) -> StatusCode {
    control.pause();
    StatusCode::NO_CONTENT
}

async fn resume(State(control): State<Control>) -> StatusCode {
    control.resume();
    StatusCode::NO_CONTENT
}

async fn revoke_tokens(State(control): State<Control>) -> StatusCode {
    control.revoke_tokens();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaInput {
    limit: Option<u32>,
    used: Option<u32>,
}

async fn set_quota(State(control): State<Control>, Json(quota): Json<QuotaInput>) -> StatusCode {
    control.set_quota(quota.limit, quota.used);
    StatusCode::NO_CONTENT
}

async fn list_faults(State(control): State<Control>) -> Json<Vec<Fault>> {
    Json(control.faults())
}

async fn add_fault(
    State(control): State<Control>,
    Json(fault): Json<Fault>,
) -> Result<StatusCode, ControlError> {
    control.inject(fault)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.heal();
    StatusCode::NO_CONTENT
}

async fn tell_events_to(
    State(control): State<Control>,
    Json(receiver): Json<Receiver>,
) -> Result<StatusCode, ControlError> {
    control.tell_events_to(receiver).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn tell_no_events(State(control): State<Control>) -> StatusCode {
    control.tell_no_events();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlawInput {
    flaw: Option<EventFlaw>,
}

async fn spoil_events(State(control): State<Control>, Json(input): Json<FlawInput>) -> StatusCode {
    control.spoil_events(input.flaw);
    StatusCode::NO_CONTENT
}

async fn delete_account(State(control): State<Control>, Path(name): Path<String>) -> StatusCode {
    control.delete_account(&name);
    StatusCode::NO_CONTENT
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::UnknownItem(_) => StatusCode::NOT_FOUND,
            Self::BadPrice(_) | Self::Fault(_) | Self::Receiver(_) => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}
