//! `GET /api/alerts/{id}/fires`: the fires of one alert, newest first.

use axum::Json;
use axum::extract::State;
use bellwether_model::AlertId;
use bellwether_store::fire::FireFilter;

use super::list_fires::{list, read_filter};
use super::view::FireView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::paging::StretchOf;
use crate::http::query::Query;
use crate::http::schema;

/// The fires of one alert.
#[utoipa::path(get, path = "/api/alerts/{id}/fires", tag = "fires",
    params(
        ("id" = uuid::Uuid, Path),
        ("instrument" = Option<schema::Instrument>, Query),
        ("from" = Option<String>, Query, format = DateTime),
        ("to" = Option<String>, Query, format = DateTime),
        ("after" = Option<uuid::Uuid>, Query, description = "The last fire of the page before"),
        ("page_size" = Option<u32>, Query),
    ),
    responses(
        (status = 200, body = StretchOf<FireView>),
        (status = 404, description = "No such alert, or somebody else's"),
    ))]
pub(in crate::http) async fn list_alert_fires(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    mut query: Query,
) -> Result<Json<StretchOf<FireView>>, ApiError> {
    let filter = FireFilter { alert: Some(id), ..read_filter(&mut query) };
    api.store().alert(caller.user, id).await?.ok_or(ApiError::NotFound("alert"))?;
    list(&api, caller.user, filter, query).await.map(Json)
}
