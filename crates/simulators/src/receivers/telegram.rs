//! The Bot API of Telegram, as far as `sendMessage` goes.
//!
//! After the server's source (`tdlib/telegram-bot-api`, 2026-05-07) and the Bot API's pages: errors are
//! JSON with the status in them, and their texts are what clients read.

use serde_json::{Value, json};

use super::flow::Rate;
use super::markup;
use super::post::{Answer, Request};
use super::serving::Office;

const TEXT_CHARS: usize = 4_096;
/// About one message per second in one chat, with short bursts.
const RATE: Rate = Rate { burst: 3, interval_us: 1_000_000 };

/// Chats that are not as they should be, for tests.
const MISSING_CHAT: &str = "404";
const BLOCKED_CHAT: &str = "403";
const MOVED_CHAT: &str = "400";
const MOVED_TO: i64 = -1_001_234_567_890;

/// Answers a call.
pub(super) fn answer(office: &Office, request: &Request<'_>) -> Answer {
    let Some((token, method)) = request.path.strip_prefix("/bot").and_then(|rest| rest.split_once('/'))
    else {
        return error(404, "Not Found");
    };
    if !is_token(token) {
        return error(404, "Not Found");
    }
    if office.config.telegram_token.as_deref().is_some_and(|own| own != token) {
        return error(401, "Unauthorized");
    }
    if !method.eq_ignore_ascii_case("sendMessage") {
        return error(404, "Not Found");
    }
    let Ok(call) = serde_json::from_slice::<Value>(request.body) else {
        return error(400, "Bad Request: can't parse JSON object");
    };
    match send_message(office, token, &call, request.now_us) {
        Ok(answer) | Err(answer) => answer,
    }
}

/// `<number>:<35 characters>`
fn is_token(token: &str) -> bool {
    let well_formed = |secret: &str| {
        secret.len() == 35 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    token.split_once(':').is_some_and(|(id, secret)| id.parse::<u64>().is_ok() && well_formed(secret))
}

fn send_message(office: &Office, token: &str, call: &Value, now_us: i64) -> Result<Answer, Answer> {
    let chat = match &call["chat_id"] {
        Value::Number(id) => id.to_string(),
        Value::String(name) if !name.is_empty() => name.clone(),
        _ => return Err(error(400, "Bad Request: chat_id is empty")),
    };
    match chat.as_str() {
        MISSING_CHAT => return Err(error(400, "Bad Request: chat not found")),
        BLOCKED_CHAT => return Err(error(403, "Forbidden: bot was blocked by the user")),
        MOVED_CHAT => {
            let why = "Bad Request: group chat was upgraded to a supergroup chat";
            return Err(error_with(400, why, &json!({"migrate_to_chat_id": MOVED_TO})));
        }
        _ => {}
    }
    office.pass(format!("{token}/{chat}"), RATE, now_us).map_err(|wait_us| {
        let seconds = (wait_us + 999_999) / 1_000_000;
        let why = format!("Too Many Requests: retry after {seconds}");
        error_with(429, &why, &json!({"retry_after": seconds})).with_header("retry-after", seconds)
    })?;
    let text = call["text"].as_str().unwrap_or_default();
    let shown = match call["parse_mode"].as_str() {
        None => text.to_owned(),
        Some("HTML") => markup::html(text)
            .map_err(|why| error(400, &format!("Bad Request: can't parse entities: {why}")))?,
        Some(_) => return Err(error(400, "Bad Request: unsupported parse_mode")),
    };
    if shown.trim().is_empty() {
        return Err(error(400, "Bad Request: message text is empty"));
    }
    if shown.chars().count() > TEXT_CHARS {
        return Err(error(400, "Bad Request: message is too long"));
    }
    let date = now_us.div_euclid(1_000_000);
    let message = json!({"message_id": now_us % 1_000_000, "date": date, "chat": {"id": call["chat_id"]}, "text": shown});
    Ok(Answer::json(200, &json!({"ok": true, "result": message})).taken(shown, Vec::new()))
}

fn error(status: u16, description: &str) -> Answer {
    Answer::json(status, &json!({"ok": false, "error_code": status, "description": description}))
}

fn error_with(status: u16, description: &str, parameters: &Value) -> Answer {
    let body =
        json!({"ok": false, "error_code": status, "description": description, "parameters": parameters});
    Answer::json(status, &body)
}
