//! What is read now and then because nobody counts it as it happens: queues and coverage.

use std::time::Duration;

use bellwether_model::{Timestamp, Venue};
use bellwether_store::Store;
use bellwether_store::delivery::LaneState;
use bellwether_store::replica::ReplicaState;
use metrics::gauge;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::evaluate::Positions;

/// How often. Prometheus usually asks every 15 s.
const EVERY: Duration = Duration::from_secs(10);

/// Reads how the queues stand, until cancelled.
pub(crate) async fn queues(store: Store, clock: Clock, cancel: CancellationToken) {
    loop {
        let now = clock.now();
        match store.lane_states(now).await {
            Ok(lanes) => lanes.iter().for_each(|lane| show_lane(lane, now)),
            Err(error) => tracing::warn!(%error, "the queues could not be counted; it is tried again"),
        }
        if cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

fn show_lane(state: &LaneState, now: Timestamp) {
    let LaneState { lane, waiting, due_since, sending, held, dead } = *state;
    let lane = lane.name();
    for (status, count) in [("waiting", waiting), ("sending", sending), ("held", held), ("dead", dead)] {
        gauge!("bellwether_deliveries", "lane" => lane, "status" => status).set(count as f64);
    }
    let due_us = due_since.map_or(0, |since| now.micros_since(since).max(0));
    gauge!("bellwether_deliveries_due_seconds", "lane" => lane).set(due_us as f64 / 1e6);
}

/// Reads how far the server is behind that follows the database, until cancelled; nothing where there is none.
pub(crate) async fn follower(store: Store, cancel: CancellationToken) {
    while let Some(state) = store.replica() {
        let lag = if let ReplicaState::Behind(lag) = state { lag.as_secs_f64() } else { f64::NAN };
        gauge!("bellwether_store_replica_lag_seconds").set(lag);
        gauge!("bellwether_store_replica_used").set(f64::from(u8::from(state.is_used())));
        if cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// Reads how the venues' instruments are watched, until cancelled.
pub(crate) async fn coverage(positions: Positions, venues: Vec<Venue>, cancel: CancellationToken) {
    loop {
        for &venue in &venues {
            let counts = positions.counts(venue);
            for coverage in Positions::COVERAGES {
                let count = counts.get(coverage).copied().unwrap_or_default();
                gauge!("bellwether_instruments", "venue" => venue.name(), "coverage" => coverage)
                    .set(count as f64);
            }
        }
        if cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}
