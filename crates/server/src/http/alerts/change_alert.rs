//! `PATCH /api/alerts/{id}`: other fields.
//!
//! Another instrument or condition arms the alert anew, and makes a triggered one active again. A new
//! expiry that lies ahead makes an expired alert active again, armed anew: nobody watched meanwhile.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bellwether_model::input::Faults;
use bellwether_model::{AlertId, Node, Spec, Status, Timestamp};
use bellwether_store::alert::{Action, Alert};

use super::changing::{Decided, Expected, change, expected_version};
use super::checking::{check_changed, check_malformed};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::{InPath, JsonBody};
use crate::http::schema;

/// Change an alert.
#[utoipa::path(patch, path = "/api/alerts/{id}", tag = "alerts", request_body = schema::AlertChanges,
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag it was read with")),
    responses(
        (status = 200, body = super::AlertAnswer),
        (status = 404, description = "No such alert, or somebody else's"),
        (status = 409, description = "It was deleted"),
        (status = 412, description = "It is at another version"),
    ))]
pub(in crate::http) async fn change_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let now = api.now();
    let (version, rest) = split_version(&body.node)?;
    let expected = match (expected_version(&headers)?, version) {
        (Expected::Any, Some(version)) => Expected::OneOf(vec![version]),
        (expected, _) => expected,
    };
    // What is checked is the alert as it would be, so that only what is sent can be at fault.
    let present = api.store().alert(caller.user, id).await?.ok_or(ApiError::NotFound("alert"))?;
    let mut wanted = match present.spec.changed_by(&rest) {
        Ok(wanted) => wanted,
        Err(faults) => {
            return Err(ApiError::Input(check_malformed(&api, caller.user, &rest, faults, now).await?));
        }
    };
    let faults = check_changed(&api, caller.user, &present.spec, &mut wanted, now).await?;
    if !faults.is_empty() {
        return Err(ApiError::Input(faults));
    }
    change(&api, caller.user, id, expected, |alert, now| decide(alert, &rest, &wanted, now)).await
}

/// What is sent, made to the alert as it is; instruments as `wanted` spells them.
fn decide(alert: &Alert, sent: &Node, wanted: &Spec, now: Timestamp) -> Result<Option<Decided>, ApiError> {
    let mut spec = alert.spec.changed_by(sent).map_err(ApiError::Input)?;
    let names =
        |field| matches!(sent, Node::Object(entries) if entries.iter().any(|(name, _)| name == field));
    if let (Spec::Price(spec), Spec::Price(wanted)) = (&mut spec, wanted) {
        if names("instrument") {
            spec.instrument = wanted.instrument.clone();
        }
        if names("condition") {
            spec.condition = wanted.condition.clone();
        }
    }
    if spec == alert.spec {
        return Ok(None);
    }
    let judged_anew = watches_another(&alert.spec, &spec);
    let has_time = spec.expires_at().is_none_or(|expires_at| expires_at > now);
    let status = match alert.status {
        Status::Triggered if judged_anew && !has_time => {
            return Err(ApiError::Conflict(Conflict::AlertExpired));
        }
        Status::Triggered if judged_anew => Status::Active,
        Status::Expired if has_time => Status::Active,
        status => status,
    };
    let arms = judged_anew || (status == Status::Active && alert.status != Status::Active);
    Ok(Some(Decided { spec, status, arms, ..Decided::keeping(alert, Action::Updated) }))
}

/// Whether an alert watches something else from now on, or for something else.
fn watches_another(old: &Spec, new: &Spec) -> bool {
    match (old, new) {
        (Spec::Price(old), Spec::Price(new)) => {
            old.instrument != new.instrument || old.condition != new.condition
        }
        (Spec::Product(old), Spec::Product(new)) => old.watch != new.watch,
        _ => true,
    }
}

/// The version that the body names, and the rest of it.
fn split_version(node: &Node) -> Result<(Option<u64>, Node), ApiError> {
    let Node::Object(entries) = node else { return Ok((None, node.clone())) };
    let (version, rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(name, _)| name == "version");
    let mut faults = Faults::new();
    let named = Node::Object(version);
    let version = faults.object(&named).and_then(|mut f| f.whole(&mut faults, "version", 0, u64::MAX));
    faults.finish(Some(())).map_err(ApiError::Input)?;
    Ok((version, Node::Object(rest)))
}
