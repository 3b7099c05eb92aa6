//! Switching off what leads to nobody: a channel whose receiver is gone, an account's own address without a mailbox.

use bellwether_model::DeliveryId;
use bellwether_store::delivery::{Claim, Suppression, Via};
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

/// Counts an account's own address as not verified, so that nothing more goes there, and tells its owner over
/// another channel: as where the mail had come back later. An address that was not verified has nothing to lose.
pub(super) async fn suppress(sending: &Sending, claim: &Claim, reason: &str) {
    let suppression = Suppression {
        user: claim.user,
        email: claim.email.clone(),
        reason: format!("mail was refused: {reason}"),
        notice: DeliveryId(Uuid::now_v7()),
    };
    match sending.store.suppress_address(suppression, sending.clock.now()).await {
        Ok(true) => {
            metrics::counter!("bellwether_addresses_suppressed_total").increment(1);
            tracing::info!(user = %claim.user, "an address was suppressed: it has no mailbox");
        }
        Ok(false) => {}
        Err(error) => tracing::error!(%error, user = %claim.user, "an address could not be suppressed"),
    }
}
