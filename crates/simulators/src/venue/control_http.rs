//! The control over HTTP, under `/control`. It is for tests and demonstrations on this machine.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Control, ControlError};
use super::fault::Fault;

/// The routes.
pub(super) fn routes(control: Control) -> Router {
    Router::new()
        .route("/control", get(get_state))
        .route("/control/counters", get(get_counters))
        .route("/control/trades", post(push_trade))
        .route("/control/nudge", post(nudge_price))
        .route("/control/pause", post(pause_market))
        .route("/control/resume", post(resume_market))
        .route("/control/faults", post(inject_fault))
        .with_state(control)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    symbol: String,
    price: String,
    quantity: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nudge {
    symbol: String,
    target: String,
    #[serde(default)]
    over_s: u32,
}

async fn get_state(State(control): State<Control>) -> Json<Value> {
    Json(json!({"paused": control.is_paused(), "replay_remaining": control.replay_remaining()}))
}

async fn get_counters(State(control): State<Control>) -> Response {
    Json(control.counters()).into_response()
}

async fn push_trade(
    State(control): State<Control>,
    Json(push): Json<Push>,
) -> Result<Json<Value>, ControlError> {
    let trade = match &push.quantity {
        Some(quantity) => control.push_quantity(&push.symbol, &push.price, quantity)?,
        None => control.push(&push.symbol, &push.price)?,
    };
    Ok(Json(json!({"id": trade.id, "price": trade.price, "time_us": trade.time_us})))
}

async fn nudge_price(
    State(control): State<Control>,
    Json(nudge): Json<Nudge>,
) -> Result<StatusCode, ControlError> {
    control.nudge(&nudge.symbol, &nudge.target, nudge.over_s)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn pause_market(State(control): State<Control>) -> StatusCode {
    control.pause();
    StatusCode::NO_CONTENT
}

async fn resume_market(State(control): State<Control>) -> StatusCode {
    control.resume();
    StatusCode::NO_CONTENT
}

async fn inject_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> StatusCode {
    control.inject(fault);
    StatusCode::NO_CONTENT
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::UnknownSymbol(_) => StatusCode::NOT_FOUND,
            Self::BadNumber(_) => StatusCode::BAD_REQUEST,
            Self::InVain => StatusCode::REQUEST_TIMEOUT,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}
