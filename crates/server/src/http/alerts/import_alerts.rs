//! `POST /api/alerts/import`: many alerts at once, all of them or none.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::{AlertId, Fault, Spec, Status, Timestamp, UserId};
use bellwether_store::alert::{CreatedTogether, Creation, Idempotency, NewAlert};
use bellwether_store::request::Before;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::changing::{arm, next_at};
use super::checking::{PAST, check_imported, check_malformed, deleted_channels};
use crate::evaluate::Patience;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict, Unauthenticated};
use crate::http::idempotency;
use crate::http::input::read_body;
use crate::json::read_node;

/// This call, among those whose requests may be sent again.
const CALL: &str = "POST /api/alerts/import";
/// Bytes of an import; alerts are a few hundred each.
const BYTES_MAX: usize = 16 << 20;
/// Alerts of an import.
const ALERTS_MAX: usize = 10_000;
/// Faults that are told; whoever has more has a file of another kind.
const FAULTS_TOLD: usize = 100;
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
    /// `active`, or `expired`: its time was over before it was imported, so it watches nothing until it is given a
    /// later `expires_at`.
    #[schema(example = "active")]
    status: &'static str,
    /// Channels that it names and that you have deleted: nothing goes over them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deleted_channels: Vec<Uuid>,
}

/// An alert that a line asks for.
struct Wish {
    /// The line's number, from 1.
    line: usize,
    spec: Spec,
}

/// Make many alerts.
///
/// JSON lines, one alert each, in the shape of `POST /api/alerts` and of an export; empty lines are passed
/// over. If anything is wrong with one, or watches a search that another alert of the same kind watches, none is
/// made, and the errors name it as `lines[3].condition.price`.
///
/// An export may hold alerts whose time is over, and channels that were deleted since. They are made as they are, and
/// the answer says so of each.
#[utoipa::path(post, path = "/api/alerts/import", tag = "alerts",
    request_body(content = String, content_type = "application/x-ndjson", description = "At most 10,000 alerts and 16 MiB"),
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, description = "All of them were made, now or before under the same key", body = Imported),
        (status = 409, description = "There would be more than a user may have, or two of a kind on one search"),
    ))]
pub(in crate::http) async fn import_alerts(
    State(api): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, HeaderMap, Json<Imported>), ApiError> {
    let headers = request.headers().clone();
    let body = read_body(request, BYTES_MAX).await?;
    let idempotency = idempotency::key_of_call(&headers, CALL, &body)?;
    if let Some(before) = idempotency::before(&api, caller.user, idempotency.as_ref()).await? {
        return repeated(&api, caller.user, &body, before).await;
    }
    let wishes = read(&api, caller.user, &body).await?;
    let (first, now) = (first_id(), api.now());
    if !create(&api, caller.user, &wishes, first, idempotency.clone(), now).await? {
        let before = idempotency::before(&api, caller.user, idempotency.as_ref()).await?;
        return repeated(&api, caller.user, &body, before.ok_or(ApiError::KeyReused)?).await;
    }
    let imported = imported(&api, caller.user, &wishes, first, now).await?;
    Ok((StatusCode::CREATED, HeaderMap::new(), Json(imported)))
}

/// What the same request was answered before: its lines are those that were imported.
async fn repeated(
    api: &ApiState,
    user: UserId,
    body: &[u8],
    before: Before,
) -> Result<(StatusCode, HeaderMap, Json<Imported>), ApiError> {
    let mut wishes = Vec::new();
    for (line, text) in lines(body) {
        let node = read_node(text).map_err(ApiError::NotJson)?;
        let spec = Spec::from_input(&node).map_err(ApiError::Input)?;
        wishes.push(Wish { line, spec });
    }
    let mut headers = HeaderMap::new();
    idempotency::mark_replayed(&mut headers);
    let imported = imported(api, user, &wishes, before.made, before.at).await?;
    Ok((StatusCode::CREATED, headers, Json(imported)))
}

/// The lines of a body that hold something, each with its number from 1.
fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    lines.map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_ascii().is_empty())
}

/// The id of the first alert of an import. The others are numbered from it, so that all are known by it.
fn first_id() -> Uuid {
    Uuid::from_u128(Uuid::now_v7().as_u128() & !u128::from(u16::MAX))
}

/// The id of the alert at a place of an import, from 0.
fn id_at(first: Uuid, place: usize) -> AlertId {
    AlertId(Uuid::from_u128(first.as_u128() + place as u128))
}

/// What is told of alerts that an import made at `made_at`.
async fn imported(
    api: &ApiState,
    user: UserId,
    wishes: &[Wish],
    first: Uuid,
    made_at: Timestamp,
) -> Result<Imported, ApiError> {
    let mut items = Vec::with_capacity(wishes.len());
    for (place, Wish { line, spec }) in wishes.iter().enumerate() {
        let is_over = spec.expires_at().is_some_and(|expires_at| expires_at <= made_at);
        let status = if is_over { Status::Expired } else { Status::Active };
        let deleted = deleted_channels(api, user, spec.channels()).await?;
        items.push(ImportedAlert {
            line: *line,
            id: id_at(first, place).0,
            status: status.name(),
            deleted_channels: deleted.into_iter().map(|channel| channel.0).collect(),
        });
    }
    Ok(Imported { created: items.len(), items })
}

/// The alerts of a body, each with the number of its line; or everything that is wrong with them.
async fn read(api: &ApiState, user: UserId, body: &[u8]) -> Result<Vec<Wish>, ApiError> {
    let (mut wishes, mut faults) = (Vec::new(), Vec::new());
    for (line, text) in lines(body) {
        match read_line(api, user, text).await? {
            Ok(spec) => wishes.push(Wish { line, spec }),
            Err(found) => faults.extend(found.into_iter().map(|fault| of_line(line, fault))),
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
        Err(faults) => {
            let mut faults = check_malformed(api, user, &node, faults, now).await?;
            faults.retain(|fault| fault.code != PAST);
            return Ok(Err(faults));
        }
    };
    let faults = check_imported(api, user, &mut spec, now).await?;
    Ok(if faults.is_empty() { Ok(spec) } else { Err(faults) })
}

fn of_line(line: usize, fault: Fault) -> Fault {
    let Fault { field, code, message } = fault;
    let field = if field.is_empty() { format!("lines[{line}]") } else { format!("lines[{line}].{field}") };
    Fault { field, code, message }
}

/// Makes all of them, in force from where the evaluator stands now, or none. Whether they are made: the same request
/// may have been quicker.
async fn create(
    api: &ApiState,
    user: UserId,
    wishes: &[Wish],
    first: Uuid,
    idempotency: Option<Idempotency>,
    now: Timestamp,
) -> Result<bool, ApiError> {
    let mut patience = Patience::new();
    loop {
        let new = wishes.iter().enumerate().map(|(place, Wish { spec, .. })| {
            let ((state, _), next_at) = (arm(api.positions(), spec, now), next_at(spec, now, now));
            // The first one stands for all of them.
            let idempotency = idempotency.clone().filter(|_| place == 0);
            NewAlert { id: id_at(first, place), user, spec: spec.clone(), state, next_at, idempotency }
        });
        let limit = api.limits().alerts_per_user;
        let refused = match api.store().create_alerts_together(new.collect(), limit, now).await? {
            CreatedTogether::Created => {
                api.generations().bump(user);
                return Ok(true);
            }
            CreatedTogether::Repeated(_) => return Ok(false),
            CreatedTogether::Refused(refused) => refused,
        };
        if !refused.iter().all(|(_, creation)| *creation == Creation::Passed) {
            return Err(refusal(wishes, first, &refused));
        }
        patience.wait().await?;
    }
}

/// Why none was made.
fn refusal(wishes: &[Wish], first: Uuid, refused: &[(usize, Creation)]) -> ApiError {
    let is = |wanted: &Creation| refused.iter().any(|(_, creation)| creation == wanted);
    if is(&Creation::NoUser) {
        return ApiError::Unauthenticated(Unauthenticated::InvalidToken);
    }
    if is(&Creation::KeyConflict) {
        return ApiError::KeyReused;
    }
    let line_of = |alert: AlertId| {
        let place = usize::try_from(alert.0.as_u128().checked_sub(first.as_u128())?).ok()?;
        wishes.get(place).map(|wish| wish.line)
    };
    let same = |(place, creation): &(usize, Creation)| {
        let Creation::SameSearch(same) = creation else { return None };
        let whose = match line_of(*same) {
            Some(line) => format!("lines[{line}]"),
            None => format!("your alert {same}"),
        };
        let message = format!("is watched by {whose} already, which is of the same kind");
        let fault = Fault { field: "search".to_owned(), code: "same_search", message };
        Some(of_line(wishes.get(*place)?.line, fault))
    };
    let same: Vec<Fault> = refused.iter().filter_map(same).take(FAULTS_TOLD).collect();
    if same.is_empty() { ApiError::Conflict(Conflict::TooManyAlerts) } else { ApiError::SameSearches(same) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_of_an_import_are_numbered_from_the_first() {
        let first = first_id();
        let last = id_at(first, ALERTS_MAX);
        assert_eq!(id_at(first, 0).0, first);
        assert!(id_at(first, 1).0 < last.0, "in the order of the lines");
        for id in [first, last.0] {
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        }
        assert!(last.0 < first_id(), "the next import has others");
    }
}
