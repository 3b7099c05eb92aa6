//! WebSocket version 2: where connections come in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::dialect::Kraken;
use super::limits::Limits;
use crate::tasks::Tasks;
use crate::venue::entrance::Entrance;
use crate::venue::stage::Stage;

mod dialect;
mod malformed;
mod request;

/// The stretch over which connection attempts are counted.
const CONNECT_WINDOW: Duration = Duration::from_mins(10);

#[derive(Clone)]
struct Doorway {
    stage: Arc<Stage>,
    limits: Limits,
    entrance: Entrance,
}

/// The public interface, under `/v2`.
pub(super) fn routes(stage: Arc<Stage>, limits: Limits, tasks: &Tasks) -> Router {
    let doorway = Doorway { stage, limits, entrance: Entrance::new(tasks) };
    Router::new().route("/v2", get(open)).with_state(doorway)
}

async fn open(State(doorway): State<Doorway>, upgrade: WebSocketUpgrade) -> Response {
    let Doorway { stage, limits, entrance } = doorway;
    if !stage.admits_connect(limits.connects, CONNECT_WINDOW) {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    let dialect = Kraken::new(Arc::clone(&stage));
    entrance.open(upgrade, &stage, limits.manners(), dialect)
}
