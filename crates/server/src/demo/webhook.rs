//! The first user's webhook, which leads to the receivers in the box.

use anyhow::Context as _;
use bellwether_model::{ChannelId, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_simulators::receivers;
use bellwether_store::Store;
use bellwether_store::channel::{ChannelCreation, ChannelKind, ChannelStatus, NewChannel};
use uuid::Uuid;

use crate::channels::{Address, Sealer};
use crate::config::{Config, EncryptionKeys};

/// Where it is taken.
const PATH: &str = "/hooks/demo";
/// Channels that the first user may have; one is made.
const CHANNELS_MAX: u64 = 10;

/// Makes it; its receiver knows its secret.
pub(super) async fn make(
    config: &Config,
    store: &Store,
    user: UserId,
    receivers: &receivers::Running,
) -> anyhow::Result<ChannelId> {
    let sealer = Sealer::new(&EncryptionKeys::of(config)?);
    let id = ChannelId(Uuid::now_v7());
    let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
    receivers.add_webhook_secret(PATH, &secret);
    let url = format!("{}{PATH}", receivers.url());
    let address = Address::Webhook { url, secret, former: Vec::new() };
    let new = NewChannel {
        id,
        user,
        kind: ChannelKind::Webhook,
        name: "the demo's webhook".to_owned(),
        status: ChannelStatus::Active,
        target: sealer.seal(id, &address),
        idempotency: None,
    };
    let made = store.create_channel(new, CHANNELS_MAX, crate::clock::system().now()).await;
    match made.context("the demo's webhook")? {
        ChannelCreation::Created(_) => Ok(id),
        other => anyhow::bail!("the demo's webhook was not made: {other:?}"),
    }
}
