//! Where connections come in.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::dialect::{Dialect, Manners};
use super::seat::Seat;
use super::stage::Stage;
use crate::tasks::Tasks;

/// The largest frame that a client may send. A request for 1,024 streams needs some 40 kB.
const LARGEST_FRAME: usize = 256 * 1_024;

/// Lets connections in, and owns them until they end.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    cancelled: CancellationToken,
    tracker: TaskTracker,
}

impl Entrance {
    pub(crate) fn new(tasks: &Tasks) -> Self {
        Self { cancelled: tasks.cancelled(), tracker: tasks.tracker() }
    }

    /// Takes a connection in.
    pub(crate) fn open<D: Dialect>(
        &self,
        upgrade: WebSocketUpgrade,
        stage: &Arc<Stage>,
        manners: Manners,
        dialect: D,
    ) -> Response {
        // Seated before the handshake is answered: what happens from then on reaches the client.
        let seat = Seat::take(stage);
        let (token, cancelled) = (self.tracker.token(), self.cancelled.clone());
        upgrade.max_message_size(LARGEST_FRAME).max_frame_size(LARGEST_FRAME).on_upgrade(
            move |socket| async move {
                let _token = token;
                let connection = Connection::new(seat, socket, manners, dialect);
                cancelled.run_until_cancelled(Box::pin(connection.run())).await;
            },
        )
    }
}
