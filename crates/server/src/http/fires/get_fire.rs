//! `GET /api/fires/{id}`: one fire with its evidence.

use axum::Json;
use axum::extract::State;
use bellwether_model::{FireId, Timestamp};
use bellwether_store::fire::Cause;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::FireView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::coverage::{Coverage, StretchView};
use crate::http::error::ApiError;
use crate::http::input::InPath;

const DAY_US: i64 = 86_400_000_000;

/// A fire, and what was not seen before it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct FireWithCoverage {
    #[serde(flatten)]
    fire: FireView,
    /// When nobody knows what the price did between the arming of the alert and this fire, or in the day before
    /// where the alert was armed anew since: the condition may have been met there. Absent where that is never.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blind: Vec<StretchView>,
}

/// One fire.
#[utoipa::path(get, path = "/api/fires/{id}", tag = "fires", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = FireWithCoverage),
    (status = 404, description = "No such fire, or somebody else's"),
))]
pub(in crate::http) async fn get_fire(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<FireId>,
) -> Result<Json<FireWithCoverage>, ApiError> {
    let fire = api.store().fire(caller.user, id).await?.ok_or(ApiError::NotFound("fire"))?;
    let Cause::Tick { evidence, .. } = &fire.cause else {
        // What polls of a search did not see is not kept as coverage: their times are the search's own.
        return Ok(Json(FireWithCoverage { fire: fire.into(), blind: Vec::new() }));
    };
    let time = evidence.time;
    let armed_at = api.store().alert(caller.user, fire.alert).await?.map(|alert| alert.armed_at);
    let day_before = Timestamp::from_micros(time.micros().saturating_sub(DAY_US));
    let from = armed_at.filter(|armed_at| *armed_at <= time).unwrap_or(day_before);
    let coverage = Coverage::read(&api, &evidence.instrument, from, time).await?;
    let blind = if coverage.is_known() { coverage.blind() } else { Vec::new() };
    Ok(Json(FireWithCoverage { fire: fire.into(), blind }))
}
