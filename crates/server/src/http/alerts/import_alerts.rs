//! `POST /api/alerts/import`: many alerts at once, all of them or none.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use bellwether_model::{AlertId, Fault, Spec, UserId};
use bellwether_store::alert::{Creation, NewAlert};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::changing::{arm, next_at};
use super::checking::{check, check_malformed};
use crate::evaluate::Patience;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::read_body;
use crate::json::read_node;

/// Bytes of an import; alerts are a few hundred each.
const BYTES_MAX: usize = 16 << 20;
/// Alerts of an import.
const ALERTS_MAX: usize = 10_000;
/// Faults that are told; whoever has more has a file of another kind.
const FAULTS_TOLD: usize = 100;
/// Alerts that are made in one transaction.
const CHUNK: usize = 500;

/// What an import made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Imported {
    /// How many alerts were made.
    created: usize,
    /// Each alert, in the order of the lines.
    items: Vec<ImportedAlert>,
}

/// One line of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ImportedAlert {
    /// The line's number, from 1.
    line: usize,
    id: Uuid,
}

/// Make many alerts.
///
/// JSON lines, one alert each, in the shape of `POST /api/alerts` and of an export; empty lines are passed
/// over. If anything is wrong with one, none is made, and the faults name it as `lines[3].condition.price`.
#[utoipa::path(post, path = "/api/alerts/import", tag = "alerts",
    request_body(content = String, content_type = "application/x-ndjson", description = "At most 10,000 alerts and 16 MiB"),
    responses(
        (status = 201, description = "All of them were made", body = Imported),
        (status = 409, description = "There would be more than a user may have"),
    ))]
pub(in crate::http) async fn import_alerts(
    State(api): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let body = read_body(request, BYTES_MAX).await?;
    let wishes = read(&api, caller.user, &body).await?;
    let room = room(&api, caller.user).await?;
    if u64::try_from(wishes.len()).map_or(true, |wanted| wanted > room) {
        return Err(ApiError::Conflict(Conflict::TooManyAlerts));
    }
    let mut items = Vec::with_capacity(wishes.len());
    let mut wishes = wishes.into_iter().peekable();
    while wishes.peek().is_some() {
        items.extend(create(&api, caller.user, wishes.by_ref().take(CHUNK)).await?);
    }
    Ok((StatusCode::CREATED, Json(Imported { created: items.len(), items })))
}

/// How many more alerts a user may have.
async fn room(api: &ApiState, user: UserId) -> Result<u64, ApiError> {
    let one = bellwether_store::page::Page { number: 1, size: 1 };
    let kept = api.store().list_alerts(user, &Default::default(), one).await?.total;
    Ok(api.limits().alerts_per_user.saturating_sub(kept))
}

/// The alerts of a body, each with the number of its line; or everything that is wrong with them.
async fn read(api: &ApiState, user: UserId, body: &[u8]) -> Result<Vec<(usize, Spec)>, ApiError> {
    let (mut wishes, mut faults) = (Vec::new(), Vec::new());
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        match read_line(api, user, line).await? {
            Ok(spec) => wishes.push((index + 1, spec)),
            Err(found) => faults.extend(found.into_iter().map(|fault| of_line(index + 1, fault))),
        }
        if faults.len() >= FAULTS_TOLD {
            break;
        }
        if wishes.len() > ALERTS_MAX {
            let message = format!("must be at most {ALERTS_MAX}; import the rest with another request");
            return Err(ApiError::field("lines", "too_long", message));
        }
    }
    if !faults.is_empty() {
        Err(ApiError::Input(faults))
    } else if wishes.is_empty() {
        Err(ApiError::field("lines", "required", "must hold an alert as JSON, one each"))
    } else {
        Ok(wishes)
    }
}

async fn read_line(api: &ApiState, user: UserId, line: &[u8]) -> Result<Result<Spec, Vec<Fault>>, ApiError> {
    let now = api.now();
    let node = match read_node(line) {
        Ok(node) => node,
        Err(error) => {
            let fault = Fault { field: String::new(), code: "malformed_json", message: error.to_string() };
            return Ok(Err(vec![fault]));
        }
    };
    let mut spec = match Spec::from_input(&node) {
        Ok(spec) => spec,
        Err(faults) => return Ok(Err(check_malformed(api, user, &node, faults, now).await?)),
    };
    let faults = check(api, user, &mut spec, now).await?;
    Ok(if faults.is_empty() { Ok(spec) } else { Err(faults) })
}

fn of_line(line: usize, fault: Fault) -> Fault {
    let Fault { field, code, message } = fault;
    let field = if field.is_empty() { format!("lines[{line}]") } else { format!("lines[{line}].{field}") };
    Fault { field, code, message }
}

/// Makes some alerts, in force from where the evaluator stands now.
async fn create(
    api: &ApiState,
    user: UserId,
    wishes: impl Iterator<Item = (usize, Spec)>,
) -> Result<Vec<ImportedAlert>, ApiError> {
    let now = api.now();
    let wished: Vec<_> = wishes.map(|(line, spec)| (line, AlertId(Uuid::now_v7()), spec)).collect();
    let items = wished.iter().map(|(line, id, _)| ImportedAlert { line: *line, id: id.0 }).collect();
    let mut left: Vec<_> = wished.into_iter().map(|(_, id, spec)| (id, spec)).collect();
    let mut patience = Patience::new();
    loop {
        let new = left.iter().map(|(id, spec)| {
            let ((state, _), next_at) = (arm(api.positions(), spec, now), next_at(spec, now, now));
            NewAlert { id: *id, user, spec: spec.clone(), state, next_at, idempotency: None }
        });
        let created = api.store().create_alerts(new.collect(), api.limits().alerts_per_user, now).await?;
        api.generations().bump(user);
        // There was room for all; where another request took it meanwhile, the first ones are made.
        let is_well = |creation: &Creation| matches!(creation, Creation::Created(_) | Creation::Passed);
        if !created.iter().all(is_well) {
            return Err(ApiError::Conflict(Conflict::TooManyAlerts));
        }
        let is_left = |creation: &Creation| matches!(creation, Creation::Passed);
        left =
            left.into_iter().zip(&created).filter(|(_, made)| is_left(made)).map(|(wish, _)| wish).collect();
        if left.is_empty() {
            return Ok(items);
        }
        patience.wait().await?;
    }
}
