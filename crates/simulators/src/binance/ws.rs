//! The WebSocket streams: where connections come in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;

use self::dialect::Binance;
use super::rest::too_many_connects;
use super::unit::TimeUnit;
use super::world::World;
use crate::tasks::Tasks;
use crate::venue::entrance::Entrance;

mod dialect;
mod malformed;
mod payload;
mod request;
mod stream;
mod subscriptions;
mod tickers;

/// The stretch over which connection attempts are counted.
const CONNECT_WINDOW: Duration = Duration::from_mins(5);

#[derive(Clone)]
struct Doorway {
    world: Arc<World>,
    entrance: Entrance,
}

/// The routes: raw streams under `/ws`, combined ones under `/stream`.
pub(super) fn routes(world: Arc<World>, tasks: &Tasks) -> Router {
    let doorway = Doorway { world, entrance: Entrance::new(tasks) };
    Router::new()
        .route("/ws", get(open_raw))
        .route("/ws/", get(open_raw))
        .route("/ws/{*streams}", get(open_raw))
        .route("/stream", get(open_combined))
        .route("/stream/", get(open_combined))
        .with_state(doorway)
}

async fn open_raw(
    State(doorway): State<Doorway>,
    OriginalUri(uri): OriginalUri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let names = names_in(uri.path().strip_prefix("/ws").unwrap_or_default());
    doorway.open(upgrade, names, false, time_unit(uri.query()))
}

async fn open_combined(
    State(doorway): State<Doorway>,
    OriginalUri(uri): OriginalUri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let names = parameter(uri.query(), "streams").map(names_in).unwrap_or_default();
    doorway.open(upgrade, names, true, time_unit(uri.query()))
}

impl Doorway {
    fn open(self, upgrade: WebSocketUpgrade, names: Vec<String>, combined: bool, unit: TimeUnit) -> Response {
        let Self { world, entrance } = self;
        let (stage, limits) = (Arc::clone(&world.stage), world.limits.clone());
        if !stage.admits_connect(limits.connects, CONNECT_WINDOW) {
            return too_many_connects(limits.connects).into_response();
        }
        let dialect = Binance::new(world, names, combined, unit);
        entrance.open(upgrade, &stage, limits.manners(), dialect)
    }
}

/// Names between slashes, decoded. A raw `+`, as in `@+08:00`, stays what it is.
fn names_in(path: &str) -> Vec<String> {
    let decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
    decoded.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn time_unit(query: Option<&str>) -> TimeUnit {
    parameter(query, "timeUnit").and_then(TimeUnit::parse).unwrap_or_default()
}
