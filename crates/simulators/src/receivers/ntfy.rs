//! An ntfy server, as far as publishing JSON at its root goes.
//!
//! After `binwiederhier/ntfy` of 2025-07-13 (`docs/publish.md`, `server/errors.go`).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::flow::Rate;
use super::post::{Answer, Request};
use super::serving::Office;

/// Longer messages become attachments.
const MESSAGE_BYTES: usize = 4_096;
/// Twice a message's limit is what is read of JSON.
const BODY_BYTES: usize = 2 * MESSAGE_BYTES;
const TOPIC_CHARS: usize = 64;
const RATE: Rate = Rate { burst: 60, interval_us: 5_000_000 };

/// Answers a post.
pub(super) fn answer(office: &Office, request: &Request<'_>) -> Answer {
    if office.pass("ntfy visitor".to_owned(), RATE, request.now_us).is_err() {
        return error(42_901, "limit reached: too many requests");
    }
    if request.body.len() > BODY_BYTES {
        return error(41_303, "JSON body too large");
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return error(40_024, "invalid request: request body must be message JSON");
    };
    let topic = body["topic"].as_str().unwrap_or_default();
    let in_topic = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if topic.is_empty() || topic.len() > TOPIC_CHARS || !topic.bytes().all(in_topic) {
        return error(40_009, "invalid request: topic invalid");
    }
    if let Some(refused) = refused(office, request) {
        return refused;
    }
    match body["priority"].as_i64() {
        Some(1..=5) => {}
        None if body["priority"].is_null() => {}
        _ => return error(40_007, "invalid request: priority invalid"),
    }
    let message = body["message"].as_str().filter(|text| !text.is_empty()).unwrap_or("triggered");
    let title = body["title"].as_str().unwrap_or_default();
    let mut remarks = Vec::new();
    if message.len() > MESSAGE_BYTES {
        remarks.push("attachment".to_owned());
    }
    let time = request.now_us.div_euclid(1_000_000);
    let reply = json!({"id": "sPs71M8A2T", "time": time, "expires": time + 43_200, "event": "message",
        "topic": topic, "title": title, "message": message});
    let shown = [title, message].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    Answer::json(200, &reply).taken(shown, remarks)
}

/// Without its token, a server with access control forbids; with a wrong one, it does not know you.
fn refused(office: &Office, request: &Request<'_>) -> Option<Answer> {
    let token = office.config.ntfy_token.as_deref()?;
    let Some(given) = request.header("authorization") else {
        return Some(error(40_301, "forbidden"));
    };
    let basic = BASE64_STANDARD.encode(format!(":{token}"));
    let known = given == format!("Bearer {token}") || given == format!("Basic {basic}");
    (!known).then(|| error(40_101, "unauthorized"))
}

/// The first three digits of a code are the status.
fn error(code: u16, text: &str) -> Answer {
    let status = code / 100;
    let link = "https://ntfy.sh/docs/publish/";
    Answer::json(status, &json!({"code": code, "http": status, "error": text, "link": link}))
}
