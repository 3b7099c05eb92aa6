//! Seals where channels lead, so that the database, its copies and its backups do not hold it in plain.
//!
//! AES-256-GCM, with a random nonce, and the channel's id bound to the text: what is sealed for one channel
//! opens for no other. In front stands which key it was, so that a key can be replaced.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the form: 1 |
//! | 8 | which key |
//! | 12 | the nonce |
//! | the rest | the JSON of the address, sealed, and a tag of 16 bytes |

use std::fmt;
use std::sync::Arc;

use bellwether_model::ChannelId;
use bellwether_store::channel::Sealed;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

use super::Address;
use crate::config::EncryptionKeys;

const FORM: u8 = 1;
const KEY_ID_BYTES: usize = 8;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// Seals and opens. Clones share the keys.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<[Key]>,
}

/// Something sealed that does not open: under another key, for another channel, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("where the channel leads cannot be read: accounts.encryption_key is not the one it was sealed with")]
pub(crate) struct Unreadable;

struct Key {
    id: [u8; KEY_ID_BYTES],
    key: LessSafeKey,
}

impl Sealer {
    /// A sealer with these keys.
    #[must_use]
    pub fn new(keys: &EncryptionKeys) -> Self {
        let keys = std::iter::once(keys.reveal()).chain(keys.reveal_former());
        Self { keys: keys.map(Key::of).collect() }
    }

    /// Seals with the key that is in force.
    #[must_use]
    pub fn seal(&self, channel: ChannelId, address: &Address) -> Sealed {
        let key = self.keys.first().expect("a sealer is made with a key");
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut text = serde_json::to_vec(address).expect("an address is text and numbers");
        key.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(channel), &mut text)
            .expect("an address is far shorter than what one nonce seals");
        let mut sealed = Vec::with_capacity(HEAD_BYTES + text.len());
        sealed.push(FORM);
        sealed.extend(key.id);
        sealed.extend(nonce);
        sealed.extend(text);
        Sealed(sealed)
    }

    /// Whether it was sealed with the key that is in force.
    pub(crate) fn is_current(&self, sealed: &Sealed) -> bool {
        let id = sealed.0.get(1..=KEY_ID_BYTES);
        self.keys.first().is_some_and(|key| id == Some(key.id.as_slice()))
    }

    /// Whether there is a key that was in force before.
    pub(crate) fn has_former(&self) -> bool {
        self.keys.len() > 1
    }

    /// Opens what was sealed for this channel, with the key that is in force or the one before it.
    pub(crate) fn open(&self, channel: ChannelId, sealed: &Sealed) -> Result<Address, Unreadable> {
        let (head, text) = sealed.0.split_at_checked(HEAD_BYTES).ok_or(Unreadable)?;
        let (form, rest) = head.split_first().ok_or(Unreadable)?;
        let (id, nonce) = rest.split_at_checked(KEY_ID_BYTES).ok_or(Unreadable)?;
        let key = self.keys.iter().find(|key| *form == FORM && key.id == id).ok_or(Unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unreadable)?;
        let mut text = text.to_vec();
        let opened = key.key.open_in_place(nonce, bound_to(channel), &mut text).map_err(|_| Unreadable)?;
        serde_json::from_slice(opened).map_err(|_| Unreadable)
    }
}

impl Key {
    /// The key made of a configured text, which may have any length and form.
    fn of(text: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(text).expect("HMAC takes keys of any length");
        mac.update(b"bellwether: targets of channels");
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        let mut id = [0; KEY_ID_BYTES];
        for (to, from) in id.iter_mut().zip(Sha256::digest(bytes)) {
            *to = from;
        }
        let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("the key of AES-256 has 32 bytes");
        Self { id, key: LessSafeKey::new(key) }
    }
}

fn bound_to(channel: ChannelId) -> Aad<[u8; 16]> {
    Aad::from(*channel.0.as_bytes())
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sealer(current: &str, former: Option<&str>) -> Sealer {
        let former = former.map(|former| former.repeat(32));
        Sealer::new(&EncryptionKeys::new(current.repeat(32), former).unwrap())
    }

    fn address() -> Address {
        Address::Slack { url: "https://hooks.slack.com/services/s3cret".into() }
    }

    #[test]
    fn what_is_sealed_opens_for_its_channel_alone_and_shows_nothing() {
        let (sealer, channel) = (sealer("a", None), ChannelId(Uuid::now_v7()));
        let sealed = sealer.seal(channel, &address());
        assert_eq!(sealer.open(channel, &sealed), Ok(address()));
        assert_eq!(sealer.open(ChannelId(Uuid::now_v7()), &sealed), Err(Unreadable));
        assert_ne!(sealer.seal(channel, &address()), sealed, "each has a nonce of its own");
        assert!(!String::from_utf8_lossy(&sealed.0).contains("s3cret"));
        assert!(!format!("{sealed:?} {sealer:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_changed_or_cut_anywhere_does_not_open() {
        let (sealer, channel) = (sealer("a", None), ChannelId(Uuid::now_v7()));
        let sealed = sealer.seal(channel, &address());
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert_eq!(sealer.open(channel, &changed), Err(Unreadable), "byte {at}");
            assert_eq!(sealer.open(channel, &Sealed(sealed.0[..at].to_vec())), Err(Unreadable), "{at} bytes");
        }
    }

    #[test]
    fn a_former_key_still_opens_and_no_longer_seals() {
        let channel = ChannelId(Uuid::now_v7());
        let old = sealer("a", None).seal(channel, &address());
        let both = sealer("b", Some("a"));
        assert_eq!(both.open(channel, &old), Ok(address()));
        let new = both.seal(channel, &address());
        assert_eq!(sealer("b", None).open(channel, &new), Ok(address()));
        assert_eq!(sealer("a", None).open(channel, &new), Err(Unreadable));
        assert_eq!(sealer("b", None).open(channel, &old), Err(Unreadable));
    }
}
