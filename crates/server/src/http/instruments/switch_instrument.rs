//! `PATCH /api/admin/instruments`: switches an instrument off or on.

use axum::Json;
use axum::extract::State;
use bellwether_model::Instrument;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{InstrumentView, may_be_switched};
use crate::http::auth::Administrator;
use crate::http::catalogue::canonical;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;
use crate::http::{ApiState, schema};

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(in crate::http) struct InstrumentSwitch {
    /// Which, in any spelling.
    #[schema(value_type = schema::Instrument)]
    instrument: String,
    /// Whether it may be watched. What is switched off is not asked for at its venue; alerts on it stay and wait, and
    /// new ones are refused. What it did meanwhile is not evaluated when it is switched on again.
    enabled: bool,
}

/// Switch an instrument off or on. It is stored, and every process follows it, also one that starts later.
#[utoipa::path(patch, path = "/api/admin/instruments", tag = "operation",
    request_body = InstrumentSwitch,
    responses(
        (status = 200, body = InstrumentView),
        (status = 403, description = "You are no administrator"),
        (status = 404, description = "Its venue has no such instrument"),
    ))]
pub(in crate::http) async fn switch_instrument(
    State(api): State<ApiState>,
    _: Administrator,
    body: JsonBody,
) -> Result<Json<InstrumentView>, ApiError> {
    let (asked, enabled) = body.read(|fields, faults| {
        for field in ["instrument", "enabled"] {
            if !fields.has(field) {
                faults.add(field, "required", "is required");
            }
        }
        let asked = fields.parsed::<Instrument>(faults, "instrument");
        let enabled = fields.flag(faults, "enabled");
        let asked = asked.filter(|asked| may_be_switched(asked, faults));
        Some((asked?, enabled?))
    })?;
    let instrument = canonical(&asked).ok_or(ApiError::NotFound("instrument"))?;
    let changed = api.store().enable_instrument(&instrument, enabled, api.now()).await?;
    api.catalogue().forget(&instrument);
    let changed = changed.ok_or(ApiError::NotFound("instrument"))?;
    tracing::info!(%instrument, enabled, "an instrument was switched");
    Ok(Json(InstrumentView::of(changed, api.positions())))
}
