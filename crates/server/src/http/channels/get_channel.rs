//! `GET /api/channels/{id}`.

use axum::Json;
use axum::extract::State;
use bellwether_model::ChannelId;

use super::find;
use super::view::ChannelView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One channel.
#[utoipa::path(get, path = "/api/channels/{id}", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = ChannelView),
    (status = 404, description = "No such channel, or somebody else's"),
))]
pub(in crate::http) async fn get_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<Json<ChannelView>, ApiError> {
    Ok(Json(ChannelView::of(find(&api, caller, id).await?, api.sealer())))
}
