//! The secret that a sender and a receiver of webhooks share, and what is signed with it.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha2::Sha256;

/// The bytes that a secret may have.
pub const SECRET_BYTES: RangeInclusive<usize> = 24..=64;
/// The bytes of those made here.
const MADE_BYTES: usize = 32;
const PREFIX: &str = "whsec_";
/// Some tools leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key for HMAC-SHA256, written `whsec_` and then its bytes in base64. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    bytes: Vec<u8>,
}

/// What is wrong with a secret. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSecretError {
    /// It does not begin with `whsec_`.
    #[error("a webhook's secret begins with whsec_")]
    Prefix,
    /// What follows is not base64.
    #[error("behind whsec_ there must be base64")]
    Base64,
    /// It is too short or too long.
    #[error("a webhook's secret must have 24 to 64 bytes, before base64")]
    Length,
}

impl WebhookSecret {
    /// A fresh one, drawn from `rng`.
    #[must_use]
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = vec![0; MADE_BYTES];
        rng.fill_bytes(&mut bytes);
        Self { bytes }
    }

    /// The secret in writing, for its owner and for the store.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.bytes))
    }

    /// The signature of one attempt, `v1,` and then base64. `timestamp` is in Unix seconds; `id` must
    /// hold no dot.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.bytes).expect("HMAC takes a key of any length (RFC 2104)");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for WebhookSecret {
    type Err = WebhookSecretError;

    fn from_str(text: &str) -> Result<Self, WebhookSecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(WebhookSecretError::Prefix)?;
        let bytes = LENIENT.decode(encoded).map_err(|_| WebhookSecretError::Base64)?;
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(WebhookSecretError::Length);
        }
        Ok(Self { bytes })
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    /// The vector that the specification's reference libraries test with.
    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_as_it_is_written() {
        let secret = WebhookSecret::draw(&mut StdRng::seed_from_u64(1));
        assert_eq!(secret.reveal().parse(), Ok(secret.clone()));
        assert_eq!(secret.reveal().trim_end_matches('=').parse(), Ok(secret.clone()));
        assert_ne!(secret, WebhookSecret::draw(&mut StdRng::seed_from_u64(2)));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let of = |bytes: usize| format!("{PREFIX}{}", BASE64_STANDARD.encode(vec![7; bytes]));
        let check =
            |text: &str, expected| assert_eq!(text.parse::<WebhookSecret>().err(), expected, "{text}");
        check("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Some(WebhookSecretError::Prefix));
        check("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Some(WebhookSecretError::Prefix));
        check("whsec_ä", Some(WebhookSecretError::Base64));
        for (bytes, error) in [
            (0, Some(WebhookSecretError::Length)),
            (23, Some(WebhookSecretError::Length)),
            (24, None),
            (64, None),
            (65, Some(WebhookSecretError::Length)),
        ] {
            check(&of(bytes), error);
        }
    }
}
