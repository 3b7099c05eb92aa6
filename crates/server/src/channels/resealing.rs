//! After the encryption key was changed, everything comes under the new one, so that the former can go.

use bellwether_model::ChannelId;
use bellwether_store::channel::Sealed;
use bellwether_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use super::Sealer;
use crate::clock::Clock;

/// Channels that are read at a time.
const PAGE: u32 = 500;
/// How long a failed round waits before the next.
const AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(60);

/// What became of the channels.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Sealed anew.
    resealed: u64,
    /// Sealed with neither key.
    unreadable: u64,
}

/// Seals everything anew that is sealed with the former key. Ends when that is done, or cancelled.
pub(crate) async fn reseal_all(store: Store, sealer: Sealer, clock: Clock, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        match round(&store, &sealer).await {
            Ok(Tally { resealed, unreadable: 0 }) => {
                tracing::info!(
                    resealed,
                    "every channel is sealed with the key in force; accounts.former_encryption_key is of no more use"
                );
                return;
            }
            Ok(Tally { resealed, unreadable }) => {
                tracing::warn!(
                    resealed,
                    unreadable,
                    "some channels are sealed with neither key: their targets are needed anew"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "channels could not be sealed anew; it is tried again");
                let _ = cancel.run_until_cancelled(clock.sleep(AGAIN_AFTER)).await;
            }
        }
    }
}

async fn round(store: &Store, sealer: &Sealer) -> Result<Tally, StoreError> {
    let (mut tally, mut after): (Tally, Option<ChannelId>) = (Tally::default(), None);
    loop {
        let page = store.sealed_channels(after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(tally) };
        after = Some(*last);
        for (id, sealed) in page.into_iter().filter(|(_, sealed)| !sealer.is_current(sealed)) {
            match anew(sealer, id, &sealed) {
                // Where its owner was faster, it is sealed with the new one by that.
                Some(new) => tally.resealed += u64::from(store.reseal_channel(id, sealed, new).await?),
                None => tally.unreadable += 1,
            }
        }
    }
}

fn anew(sealer: &Sealer, id: ChannelId, sealed: &Sealed) -> Option<Sealed> {
    let address = sealer.open(id, sealed).ok()?;
    Some(sealer.seal(id, &address))
}

#[cfg(test)]
mod tests {
    use bellwether_model::Timestamp;
    use bellwether_store::StoreOptions;
    use bellwether_store::channel::{ChannelStatus, NewChannel};
    use bellwether_store::testing::samples;
    use uuid::Uuid;

    use super::*;
    use crate::channels::Address;
    use crate::config::EncryptionKeys;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn sealer(current: &str, former: Option<&str>) -> Sealer {
        let former = former.map(|former| former.repeat(32));
        Sealer::new(&EncryptionKeys::new(current.repeat(32), former).unwrap())
    }

    fn address(number: usize) -> Address {
        Address::Slack { url: format!("https://hooks.slack.com/services/T0/B{number}/s3cret") }
    }

    #[tokio::test]
    async fn everything_comes_under_the_new_key_and_the_former_can_go() {
        let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let user = store.create_user(samples::person("a@example.org"), NOW).await.unwrap().unwrap().id;
        let mut ids = Vec::new();
        for (number, key) in ["a", "b", "a", "c"].into_iter().enumerate() {
            let (id, address) = (ChannelId(Uuid::now_v7()), address(number));
            let channel = NewChannel {
                id,
                user,
                kind: address.kind(),
                name: String::new(),
                status: ChannelStatus::Active,
                target: sealer(key, None).seal(id, &address),
                idempotency: None,
            };
            store.create_channel(channel, 10, NOW).await.unwrap();
            ids.push(id);
        }
        let rotated = sealer("b", Some("a"));
        assert_eq!(round(&store, &rotated).await.unwrap(), Tally { resealed: 2, unreadable: 1 });
        let alone = sealer("b", None);
        for (number, id) in ids.iter().enumerate().take(3) {
            let channel = store.channel(user, *id).await.unwrap().unwrap();
            assert_eq!(alone.open(*id, &channel.target), Ok(address(number)));
        }
        assert_eq!(round(&store, &rotated).await.unwrap(), Tally { resealed: 0, unreadable: 1 });
    }
}
