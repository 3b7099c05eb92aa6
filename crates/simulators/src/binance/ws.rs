//! The WebSocket streams: where connections come in.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connection::Connection;
use self::seat::Seat;
use super::rest::too_many_connects;
use super::unit::TimeUnit;
use super::world::World;
use crate::tasks::Tasks;

mod connection;
mod inbound;
mod malformed;
mod outbox;
mod payload;
mod pings;
mod request;
mod seat;
mod stream;
mod subscriptions;
mod tickers;

/// The largest frame that a client may send. A request for 1,024 streams needs some 40 kB.
const LARGEST_FRAME: usize = 256 * 1_024;

#[derive(Clone)]
struct Entrance {
    world: Arc<World>,
    cancelled: CancellationToken,
    tracker: TaskTracker,
}

/// The routes: raw streams under `/ws`, combined ones under `/stream`.
pub(super) fn routes(world: Arc<World>, tasks: &Tasks) -> Router {
    let entrance = Entrance { world, cancelled: tasks.cancelled(), tracker: tasks.tracker() };
    Router::new()
        .route("/ws", get(open_raw))
        .route("/ws/", get(open_raw))
        .route("/ws/{*streams}", get(open_raw))
        .route("/stream", get(open_combined))
        .route("/stream/", get(open_combined))
        .with_state(entrance)
}

async fn open_raw(
    State(entrance): State<Entrance>,
    OriginalUri(uri): OriginalUri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let names = names_in(uri.path().strip_prefix("/ws").unwrap_or_default());
    entrance.open(upgrade, names, false, time_unit(uri.query()))
}

async fn open_combined(
    State(entrance): State<Entrance>,
    OriginalUri(uri): OriginalUri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let names = parameter(uri.query(), "streams").map(names_in).unwrap_or_default();
    entrance.open(upgrade, names, true, time_unit(uri.query()))
}

impl Entrance {
    fn open(self, upgrade: WebSocketUpgrade, names: Vec<String>, combined: bool, unit: TimeUnit) -> Response {
        let Self { world, cancelled, tracker } = self;
        if !world.admits_connect() {
            return too_many_connects(world.limits.connects).into_response();
        }
        // Seated before the handshake is answered: what happens from then on reaches the client.
        let seat = Seat::take(&world);
        let token = tracker.token();
        upgrade.max_message_size(LARGEST_FRAME).max_frame_size(LARGEST_FRAME).on_upgrade(
            move |socket| async move {
                let _token = token;
                let connection = Connection::new(seat, socket, names, combined, unit);
                cancelled.run_until_cancelled(Box::pin(connection.run())).await;
            },
        )
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
