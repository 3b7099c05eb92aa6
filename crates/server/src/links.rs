//! The links in messages that stop or snooze one alert: signed, so that no login is needed, and good for
//! nothing else. And those that replace a forgotten password.
//!
//! A link that stops an alert holds:
//!
//! | bytes | what |
//! |---|---|
//! | 16 | whose alert |
//! | 16 | which alert |
//! | 16 | in which delivery the link stood |
//! | 8 | when that was owed, in microseconds since the epoch, big-endian |
//! | 16 | the first half of an HMAC-SHA256 over these |
//!
//! All of it in base64url. The key is made from the signing key for this purpose alone, so no link is a
//! login and no login a link.
//!
//! The token of a password link is the whole HMAC of the delivery that brings it. So it can be made when its mail
//! is sent, and stands nowhere before: the store, which has its hash, cannot make it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bellwether_model::{AlertId, DeliveryId, Timestamp, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::config::SigningKey;

/// How long a link works, in microseconds: 90 days.
const LASTS_US: i64 = 90 * 24 * 3_600 * 1_000_000;
const BODY_BYTES: usize = 56;
const TAG_BYTES: usize = 16;

/// What a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertLink {
    /// Whose alert.
    pub user: UserId,
    /// Which alert.
    pub alert: AlertId,
    /// In which delivery the link stood.
    pub delivery: DeliveryId,
    /// When that was owed.
    pub since: Timestamp,
}

/// Signs links and checks them.
#[derive(Clone)]
pub struct LinkSigner {
    // Keyed once: a clone starts from the two hashed blocks of the key.
    mac: Hmac<Sha256>,
    /// Of the key that was in force before.
    former: Option<Hmac<Sha256>>,
}

impl LinkSigner {
    /// A signer whose key is made from the signing key.
    #[must_use]
    pub fn new(key: &SigningKey) -> Self {
        Self { mac: derived(key.reveal()), former: key.reveal_former().map(derived) }
    }

    /// The token of a link: the same for the same delivery.
    #[must_use]
    pub fn token(&self, link: &AlertLink) -> String {
        let mut bytes = Vec::with_capacity(BODY_BYTES + TAG_BYTES);
        for id in [link.user.0, link.alert.0, link.delivery.0] {
            bytes.extend(id.as_bytes());
        }
        bytes.extend(link.since.micros().to_be_bytes());
        let tag = self.mac.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG_BYTES));
        BASE64.encode(bytes)
    }

    /// The token of a link that replaces a forgotten password, in the mail of this delivery. What it is good for,
    /// and how long, stands in the store under its hash.
    #[must_use]
    pub fn password_token(&self, delivery: DeliveryId) -> String {
        // Of another length than what stands in the links that stop alerts.
        let mac = self.mac.clone().chain_update(b"password").chain_update(delivery.0.as_bytes());
        BASE64.encode(mac.finalize().into_bytes())
    }

    /// What a token is about, where it is one of ours and still works.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<AlertLink> {
        let bytes = BASE64.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY_BYTES)?;
        if tag.len() != TAG_BYTES {
            return None;
        }
        let is_by = |mac: &Hmac<Sha256>| mac.clone().chain_update(body).verify_truncated_left(tag).is_ok();
        if !is_by(&self.mac) && !self.former.as_ref().is_some_and(is_by) {
            return None;
        }
        let id = |at: usize| body.get(at..at + 16).and_then(|id| Uuid::from_slice(id).ok());
        let since = Timestamp::from_micros(i64::from_be_bytes(body.get(48..)?.try_into().ok()?));
        let link =
            AlertLink { user: UserId(id(0)?), alert: AlertId(id(16)?), delivery: DeliveryId(id(32)?), since };
        (now.micros_since(since) < LASTS_US).then_some(link)
    }
}

/// What signs links, made from the key for this alone.
fn derived(key: &[u8]) -> Hmac<Sha256> {
    let keyed = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    keyed(&keyed(key).chain_update(b"bellwether: links in messages").finalize().into_bytes())
}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSigner").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(letter: &str) -> LinkSigner {
        LinkSigner::new(&SigningKey::new(letter.repeat(32)).unwrap())
    }

    fn link() -> AlertLink {
        let id = Uuid::from_u128;
        let since = Timestamp::from_micros(1_800_000_000_000_000);
        AlertLink { user: UserId(id(1)), alert: AlertId(id(2)), delivery: DeliveryId(id(3)), since }
    }

    #[test]
    fn a_link_is_read_by_who_signed_it_for_ninety_days() {
        let token = signer("a").token(&link());
        let at = |us| Timestamp::from_micros(link().since.micros() + us);
        assert_eq!(signer("a").read(&token, at(0)), Some(link()));
        assert_eq!(signer("a").read(&token, at(LASTS_US - 1)), Some(link()));
        assert_eq!(signer("a").read(&token, at(LASTS_US)), None);
        assert_eq!(signer("b").read(&token, at(0)), None);
    }

    #[test]
    fn a_link_of_the_former_key_still_works() {
        let (now, old) = (link().since, signer("a").token(&link()));
        let rotated =
            LinkSigner::new(&SigningKey::new("b".repeat(32)).unwrap().after("a".repeat(32)).unwrap());
        assert_eq!(rotated.read(&old, now), Some(link()));
        let new = rotated.token(&link());
        assert_eq!(signer("b").read(&new, now), Some(link()), "it signs with the new one");
        assert_eq!(signer("a").read(&new, now), None);
    }

    #[test]
    fn password_links_are_made_by_who_holds_the_key_alone() {
        let (one, two) = (DeliveryId(Uuid::from_u128(1)), DeliveryId(Uuid::from_u128(2)));
        let token = signer("a").password_token(one);
        assert_eq!(token, signer("a").password_token(one));
        assert_ne!(token, signer("b").password_token(one));
        assert_ne!(token, signer("a").password_token(two));
        assert_eq!((token.len(), signer("a").read(&token, link().since)), (43, None));
    }

    #[test]
    fn a_link_that_was_changed_or_cut_anywhere_is_none() {
        let (signer, now) = (signer("a"), link().since);
        let token = signer.token(&link());
        let bytes = BASE64.decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(signer.read(&BASE64.encode(&changed), now), None, "byte {at}");
            assert_eq!(signer.read(&BASE64.encode(&bytes[..at]), now), None, "{at} bytes");
        }
        for wrong in ["", "x", "ä", &format!("{token}AAAA")] {
            assert_eq!(signer.read(wrong, now), None, "{wrong}");
        }
    }
}
