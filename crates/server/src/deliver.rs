//! Deliveries: claimed, sent, recorded.
//!
//! Any number of workers may run, in this process or others: a delivery is claimed under a lease by one
//! of them, and its attempt is recorded under the claim's token. No lock or transaction is held while
//! something is sent. What was sent but not recorded when a process died is sent once more by whoever
//! claims it next, under the same id.

mod attempt;
mod carrier;
mod chance;
mod charts;
mod disabling;
mod flights;
mod leases;
mod message;
mod outgoing;
mod pacing;
mod parcel;
mod places;
mod quiet;
mod recorder;
mod route;
#[cfg(test)]
pub(crate) mod samples;
mod sorting;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::UserId;
use bellwether_store::Store;
use bellwether_store::channel::Medium;
use bellwether_store::delivery::Lane;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::carrier::Carrier;
pub use self::chance::Chance;
pub use self::charts::Charts;
pub use self::message::Addresses;
pub use self::pacing::Pacing;
use self::places::{Allotment, Places};
use self::worker::Worker;
use crate::channels::Sealer;
use crate::clock::Clock;
use crate::traces::Traces;

/// What the workers send with.
#[derive(Clone)]
pub struct Sending {
    /// Where deliveries are claimed and recorded.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Carries messages over every channel: the service's is a [`Sender`](bellwether_notify::Sender).
    pub sender: Arc<dyn Carrier>,
    /// Spreads what is tried again.
    pub chance: Chance,
    /// Opens where channels lead.
    pub sealer: Sealer,
    /// Where links in messages lead.
    pub addresses: Addresses,
    /// Draws the prices in mails.
    pub charts: Charts,
    /// How much each receiver may get now.
    pub pacing: Pacing,
    /// Messages of the urgent lane that are sent at the same time: so many posts, and as many mails where there are
    /// connections for them.
    pub at_once: usize,
    /// Told of every attempt at a delivery of a fire.
    pub traces: Traces,
    /// Called with the owner of each delivery that its receiver accepted, after that is recorded.
    pub on_delivered: Arc<dyn Fn(UserId) + Send + Sync>,
}

/// How long nobody delivers in a lane after its worker stopped by itself.
const ANEW_AFTER: Duration = Duration::from_secs(1);

/// Starts one worker per lane and medium; each ends after cancellation, when everything that it was sending is
/// sent and recorded.
pub fn start(sending: &Sending, cancel: &CancellationToken) -> Vec<JoinHandle<()>> {
    let allotment = Allotment::new(sending.at_once, sending.sender.mail_connections());
    let lanes = [Lane::Urgent, Lane::Digest, Lane::Insights].into_iter();
    lanes
        .flat_map(|lane| [Medium::Mail, Medium::Post].map(|medium| (lane, medium)))
        .map(|(lane, medium)| {
            tokio::spawn(work(sending.clone(), lane, medium, allotment.of(lane, medium), cancel.clone()))
        })
        .collect()
}

/// Has one worker until cancelled; another one in its place, where one stopped because a part of it panicked.
async fn work(sending: Sending, lane: Lane, medium: Medium, places: Places, cancel: CancellationToken) {
    loop {
        let worker = Worker::new(sending.clone(), lane, medium, places.clone());
        // An error means that it panicked itself, which was reported where it happened.
        let _ = tokio::spawn(worker.run(cancel.clone())).await;
        if cancel.is_cancelled() {
            return;
        }
        tracing::error!(
            ?lane,
            ?medium,
            "a deliverer has stopped, since a part of it panicked; another one begins"
        );
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(ANEW_AFTER) => {}
        }
    }
}
