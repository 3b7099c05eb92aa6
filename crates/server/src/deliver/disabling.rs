//! Switching off a channel whose receiver is gone.

use bellwether_model::DeliveryId;
use bellwether_store::delivery::Via;
use uuid::Uuid;

use super::Sending;

/// Disables a channel and queues the mail that tells its owner. Where the store does not answer, the next
/// message over the channel will meet with the same.
pub(super) async fn disable(sending: &Sending, via: &Via, reason: &str) {
    let notice = DeliveryId(Uuid::now_v7());
    let (target, reason) = (via.target.clone(), reason.to_owned());
    match sending.store.disable_channel(via.id, target, reason, notice, sending.clock.now()).await {
        Ok(true) => {
            metrics::counter!("bellwether_channels_disabled_total", "kind" => via.kind.name()).increment(1);
            tracing::info!(channel = %via.id, kind = %via.kind, "a channel was switched off: its receiver is gone");
        }
        Ok(false) => {}
        Err(error) => tracing::error!(%error, channel = %via.id, "a channel could not be switched off"),
    }
}
