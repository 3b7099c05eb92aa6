//! A receiver of Standard Webhooks, written from its specification (1.0.0): it verifies the signature, the
//! age and the id before it believes anything.

use std::sync::PoisonError;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::post::{Answer, Request};
use super::serving::Office;

/// How old or how far ahead a timestamp may be, in seconds, as in the reference libraries.
const TOLERANCE_S: i64 = 300;

/// Answers a webhook.
pub(super) fn answer(office: &Office, request: &Request<'_>) -> Answer {
    let verified = match verify(&secrets(office, request.path), request) {
        Ok(verified) => verified,
        Err(why) => return Answer::text(401, why),
    };
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return Answer::text(400, "the body is not JSON");
    };
    let Some(kind) = body["type"].as_str() else {
        return Answer::text(400, "the body has no type");
    };
    let mut remarks = vec![verified.to_owned(), kind.to_owned()];
    if request.header("webhook-id").is_some_and(|id| office.postbox.took("webhook-id", id)) {
        remarks.push("duplicate".to_owned());
    }
    let shown = body["data"]["summary"].as_str().unwrap_or_default().to_owned();
    Answer::text(200, "ok").taken(shown, remarks)
}

/// What may sign at a path.
fn secrets(office: &Office, path: &str) -> Vec<String> {
    let learned = office.webhook_secrets.lock().unwrap_or_else(PoisonError::into_inner);
    let learned = learned.iter().filter(|(own, _)| own == path).map(|(_, secret)| secret);
    office.config.webhook_secrets.iter().chain(learned).cloned().collect()
}

fn verify(secrets: &[String], request: &Request<'_>) -> Result<&'static str, &'static str> {
    let header = |name| request.header(name).filter(|value| !value.is_empty());
    let id = header("webhook-id").ok_or("webhook-id is missing")?;
    let timestamp = header("webhook-timestamp").ok_or("webhook-timestamp is missing")?;
    let signatures = header("webhook-signature").ok_or("webhook-signature is missing")?;
    if id.contains('.') {
        return Err("webhook-id has a dot in it");
    }
    let sent_s: i64 = timestamp.parse().map_err(|_| "webhook-timestamp is no number")?;
    let now_s = request.now_us.div_euclid(1_000_000);
    if now_s.abs_diff(sent_s) > TOLERANCE_S.unsigned_abs() {
        return Err("webhook-timestamp is too old or ahead");
    }
    if secrets.is_empty() {
        return Ok("unverified");
    }
    let fits = secrets.iter().any(|secret| {
        signatures.split(' ').any(|signature| is_signed(secret, signature, id, timestamp, request.body))
    });
    if fits { Ok("verified") } else { Err("no signature fits") }
}

fn is_signed(secret: &str, signature: &str, id: &str, timestamp: &str, body: &[u8]) -> bool {
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_"));
    let claimed = signature.strip_prefix("v1,").map(|text| BASE64_STANDARD.decode(text));
    let (Ok(key), Some(Ok(claimed))) = (key, claimed) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.verify_slice(&claimed).is_ok()
}
