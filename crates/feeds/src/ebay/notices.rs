//! What eBay posts by itself: the challenge that an address meets first, and signed notices.
//!
//! After eBay's own client for its Notification API and its description (v1.6.7), checked 2026-11-21: a notice is
//! signed with ECDSA on P-256 over the SHA-1 of its body, and the header names the key, which eBay tells. eBay's
//! client verifies what it has parsed and printed again, so a body with spaces in it is also tried without them.
//!
//! Anybody may post here. So a key is asked for only by a name that can be one, at most so often, and names that
//! eBay does not know are remembered too. What a notice means is the caller's matter.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bellwether_model::Timestamp;
use bellwether_model::product::Site;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::answer::Setback;
use super::calls::Calls;
use super::text::clean;
use crate::{Malformed, Rate};

/// How long a key is kept, and that eBay knows none of a name. eBay advises an hour.
const KEPT: Duration = Duration::from_hours(1);
/// Names of keys that are remembered. eBay uses one at a time.
const NAMES: usize = 64;
/// How often eBay is asked for keys, whoever posts whatever.
const ASKED: Rate = Rate { max: 10, per: Duration::from_mins(1) };
/// The longest header and the longest name of a key.
const HEADER_BYTES: usize = 4_096;
const NAME_BYTES: usize = 64;
/// Characters of a topic or an id that are kept.
const WORD_CHARS: usize = 100;
/// What a P-256 key in DER begins with, before the 65 bytes of its point (RFC 5480).
const KEY_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A notice that eBay has signed. Whom it is about is not read: nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: `MARKETPLACE_ACCOUNT_DELETION`.
    pub topic: String,
    /// Its id; the same when it is told again.
    pub id: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// How often it was told, this time included.
    pub attempt: u32,
}

/// Why a notice is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// It is not signed, or by somebody else.
    #[error("{0}")]
    Forged(&'static str),
    /// It is signed, and not what a notice should be.
    #[error("a signed notice that cannot be read: {0}")]
    Malformed(String),
    /// The key cannot be had at present. eBay tells it again.
    #[error("the key cannot be had: {0}")]
    NoKey(String),
}

/// What eBay expects as the answer to its challenge: `endpoint` is the address as it was registered, byte for byte.
#[must_use]
pub fn challenge_response(code: &str, verification_token: &str, endpoint: &str) -> String {
    let mut hash = Sha256::new();
    for part in [code, verification_token, endpoint] {
        hash.update(part);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
        text
    })
}

/// The keys that notices are signed with, as eBay tells them.
#[derive(Default)]
pub(super) struct Keys {
    /// Held for a few instructions, never across an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By name: the key, or that there is none, and when that was told.
    told: BTreeMap<String, (Option<VerifyingKey>, Duration)>,
    /// When eBay was asked lately.
    asked: VecDeque<Duration>,
}

impl Keys {
    /// A notice, if eBay has signed it.
    pub(super) async fn notice(
        &self,
        calls: &Calls,
        signature: &str,
        body: &[u8],
    ) -> Result<Notice, NoticeError> {
        let seal = Seal::read(signature).ok_or(NoticeError::Forged("the signature cannot be read"))?;
        let key = self.key(calls, &seal.kid).await?;
        let key = key.ok_or(NoticeError::Forged("eBay knows no such key"))?;
        if !seal.is_of(&key, body) && !seal.is_of(&key, &without_spaces(body)) {
            return Err(NoticeError::Forged("the signature is another one"));
        }
        read(body)
    }

    async fn key(&self, calls: &Calls, kid: &str) -> Result<Option<VerifyingKey>, NoticeError> {
        let now = calls.uptime();
        if let Some(told) = self.look(kid, now)? {
            return Ok(told);
        }
        let path = format!("/commerce/notification/v1/public_key/{kid}");
        let told = match calls.attempt(Site::default(), &path, &read_key).await {
            Ok(key) => Some(key),
            Err(Setback::Gone) => None,
            Err(setback) => return Err(NoticeError::NoKey(words(setback))),
        };
        let mut state = self.state();
        if state.told.len() >= NAMES {
            let oldest = state.told.iter().min_by_key(|(_, (_, at))| *at).map(|(kid, _)| kid.clone());
            oldest.and_then(|kid| state.told.remove(&kid));
        }
        state.told.insert(kid.to_owned(), (told, now));
        Ok(told)
    }

    /// What is known of a key; nothing where eBay is to be asked now, which is noted.
    fn look(&self, kid: &str, now: Duration) -> Result<Option<Option<VerifyingKey>>, NoticeError> {
        let mut state = self.state();
        if let Some((told, at)) = state.told.get(kid)
            && *at + KEPT > now
        {
            return Ok(Some(*told));
        }
        while state.asked.front().is_some_and(|at| *at + ASKED.per <= now) {
            state.asked.pop_front();
        }
        if state.asked.len() >= usize::try_from(ASKED.max).unwrap_or(usize::MAX) {
            return Err(NoticeError::NoKey("too many were asked for lately".to_owned()));
        }
        state.asked.push_back(now);
        Ok(None)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The header `X-EBAY-SIGNATURE`.
struct Seal {
    kid: String,
    signature: Signature,
}

impl Seal {
    fn read(header: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: String,
            signature: String,
            digest: String,
        }
        if header.len() > HEADER_BYTES {
            return None;
        }
        let header: Header = serde_json::from_slice(&BASE64_STANDARD.decode(header).ok()?).ok()?;
        let is_name = (1..=NAME_BYTES).contains(&header.kid.len())
            && header.kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let is_known = header.alg.eq_ignore_ascii_case("ecdsa") && header.digest.eq_ignore_ascii_case("sha1");
        let signature = BASE64_STANDARD.decode(header.signature).ok()?;
        let signature = Signature::from_der(&signature).ok()?;
        (is_name && is_known).then_some(Self { kid: header.kid, signature })
    }

    fn is_of(&self, key: &VerifyingKey, body: &[u8]) -> bool {
        key.verify_prehash(&Sha1::digest(body), &self.signature).is_ok()
    }
}

/// The key in eBay's answer: in PEM, on one line or on several.
fn read_key(body: &[u8]) -> Result<VerifyingKey, Malformed> {
    #[derive(Deserialize)]
    struct Told {
        key: String,
        algorithm: String,
    }
    let told: Told = serde_json::from_slice(body).map_err(|error| Malformed { reason: error.to_string() })?;
    let bad = |reason: &str| Malformed { reason: reason.to_owned() };
    if !matches!(told.algorithm.as_str(), "ECDSA" | "EC") {
        return Err(bad("a key of another algorithm"));
    }
    let text = told.key.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "");
    let text: String = text.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(text).map_err(|_| bad("a key that is not base64"))?;
    let point = der.strip_prefix(&KEY_HEAD).ok_or_else(|| bad("a key that is not of P-256"))?;
    VerifyingKey::from_sec1_bytes(point).map_err(|_| bad("a key that is no point of P-256"))
}

fn read(body: &[u8]) -> Result<Notice, NoticeError> {
    #[derive(Deserialize)]
    struct Posted {
        metadata: Metadata,
        notification: Notification,
    }
    #[derive(Deserialize)]
    struct Metadata {
        topic: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Notification {
        notification_id: String,
        publish_date: String,
        publish_attempt_count: u32,
    }
    let malformed = |reason: &dyn ToString| NoticeError::Malformed(reason.to_string());
    let posted: Posted = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let Notification { notification_id, publish_date, publish_attempt_count } = posted.notification;
    if notification_id.is_empty() {
        return Err(malformed(&"it has no id"));
    }
    Ok(Notice {
        topic: clean(&posted.metadata.topic, WORD_CHARS),
        id: clean(&notification_id, WORD_CHARS),
        published_at: publish_date.parse().map_err(|_| malformed(&"it was published at no time"))?,
        attempt: publish_attempt_count,
    })
}

/// JSON without the spaces between its parts.
fn without_spaces(body: &[u8]) -> Vec<u8> {
    let (mut is_text, mut is_escaped) = (false, false);
    let keeps = move |byte: &u8| {
        let keeps = is_text || !byte.is_ascii_whitespace();
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ => {}
        }
        keeps
    };
    body.iter().copied().filter(keeps).collect()
}

fn words(setback: Setback) -> String {
    match setback {
        Setback::Gone => "eBay knows none".to_owned(),
        Setback::Refused { message, .. } => message,
        Setback::DeadToken(words) | Setback::BadCredentials(words) => words,
        Setback::QuotaExhausted { .. } => "the calls are used up".to_owned(),
        Setback::Away { reason, .. } | Setback::Failed { reason, .. } => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_with_the_hash_of_code_token_and_address() {
        // printf 'abca-token-of-32-letters-for-the-testhttps://example.org/e' | sha256sum
        let answer = challenge_response("abc", "a-token-of-32-letters-for-the-test", "https://example.org/e");
        assert_eq!(answer, "0fb955e928e355d09e02fbcc013efec0b4249df88846ca27ba085cd3de32a9a3");
    }

    #[test]
    fn spaces_go_only_from_between_the_parts() {
        let check = |given: &str, expected: &str| {
            assert_eq!(without_spaces(given.as_bytes()), expected.as_bytes(), "{given}");
        };
        check("{ \"a b\" : [1,\n 2] }\n", "{\"a b\":[1,2]}");
        check(r#"{"a\" b": " \\" , "c": 1}"#, r#"{"a\" b":" \\","c":1}"#);
    }

    #[test]
    fn what_is_no_key_is_not_taken_for_one() {
        let check = |key: &str, algorithm: &str| {
            let body = serde_json::json!({"key": key, "algorithm": algorithm, "digest": "SHA1"});
            assert!(read_key(body.to_string().as_bytes()).is_err(), "{key}");
        };
        let point = BASE64_STANDARD.encode([&KEY_HEAD[..], &[4; 65]].concat());
        check(&format!("-----BEGIN PUBLIC KEY-----{point}-----END PUBLIC KEY-----"), "ECDSA");
        check("-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", "ECDSA");
        check("-----BEGIN PUBLIC KEY-----", "RSA");
        check("!", "ECDSA");
        assert!(read_key(b"{}").is_err());
    }
}
