//! `POST /api/alerts`: an alert that is in force from the position that the answer names.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bellwether_model::{AlertId, Spec, UserId};
use bellwether_store::alert::{Alert, Creation, Idempotency, NewAlert};
use uuid::Uuid;

use super::changing::{arm, next_at};
use super::checking::{check, check_malformed};
use super::view::{ArmedFrom, answer};
use crate::evaluate::Patience;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict, Unauthenticated};
use crate::http::idempotency;
use crate::http::input::JsonBody;
use crate::http::schema;

/// A wish to create an alert, well formed.
pub(in crate::http) struct Wish {
    pub(in crate::http) user: UserId,
    pub(in crate::http) spec: Spec,
    pub(in crate::http) idempotency: Option<Idempotency>,
}

/// An alert that was asked for: made now, or by the same request before.
pub(in crate::http) struct Made {
    pub(in crate::http) alert: Alert,
    /// Whether the same request had made it before.
    pub(in crate::http) repeated: bool,
    /// From where it is in force, where it was made now and watches a price.
    pub(super) armed_from: Option<ArmedFrom>,
}

/// Make an alert.
#[utoipa::path(post, path = "/api/alerts", tag = "alerts", request_body = schema::NewAlert,
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, description = "Made, or made before under the same key", body = super::AlertAnswer),
        (status = 409, description = "The user has as many alerts as allowed"),
        (status = 422, description = "The idempotency key was used for another body"),
    ))]
pub(in crate::http) async fn create_alert(
    State(api): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let idempotency = idempotency::key(&headers, &body)?;
    let spec = match Spec::from_input(&body.node) {
        Ok(spec) => spec,
        Err(faults) => {
            return Err(ApiError::Input(
                check_malformed(&api, caller.user, &body.node, faults, api.now()).await?,
            ));
        }
    };
    let made = create(&api, Wish { user: caller.user, spec, idempotency }).await?;
    let replayed = made.repeated;
    let mut response = answer(StatusCode::CREATED, made.alert, &api, made.armed_from);
    if replayed {
        idempotency::mark_replayed(response.headers_mut());
    }
    Ok(response)
}

/// Creates the alert that somebody wishes for, if nothing is wrong with it.
pub(in crate::http) async fn create(api: &ApiState, wish: Wish) -> Result<Made, ApiError> {
    let Wish { user, mut spec, idempotency } = wish;
    if let Some(before) = idempotency::before(api, user, idempotency.as_ref()).await?
        && let Some(alert) = api.store().alert(user, AlertId(before.made)).await?
    {
        return Ok(Made { alert, repeated: true, armed_from: None });
    }
    let now = api.now();
    let faults = check(api, user, &mut spec, now).await?;
    if !faults.is_empty() {
        return Err(ApiError::Input(faults));
    }
    let (id, next_at, limit) =
        (AlertId(Uuid::now_v7()), next_at(&spec, now, now), api.limits().alerts_per_user);
    let mut patience = Patience::new();
    loop {
        let (state, armed_from) = arm(api.positions(), &spec, now);
        let (spec, idempotency) = (spec.clone(), idempotency.clone());
        let new = NewAlert { id, user, spec, state, next_at, idempotency };
        return match api.store().create_alert(new, limit, now).await? {
            Creation::Created(alert) => {
                api.generations().bump(user);
                Ok(Made { alert: *alert, repeated: false, armed_from })
            }
            Creation::Repeated(alert) => Ok(Made { alert: *alert, repeated: true, armed_from: None }),
            Creation::KeyConflict => Err(ApiError::KeyReused),
            Creation::SameSearch(same) => Err(ApiError::Conflict(Conflict::SameSearch(same))),
            Creation::LimitReached => Err(ApiError::Conflict(Conflict::TooManyAlerts)),
            Creation::NoUser => Err(ApiError::Unauthenticated(Unauthenticated::InvalidToken)),
            Creation::Passed => {
                patience.wait().await?;
                continue;
            }
        };
    }
}
