//! A webhook of Discord: the path is the secret, limits are counted in characters, answers are JSON.
//!
//! After `discord/discord-api-docs` of 2026-08-06 (webhook, message, rate limits, error codes).

use serde_json::{Map, Value, json};

use super::flow::Rate;
use super::markup;
use super::post::{Answer, Request};
use super::serving::Office;

const CONTENT_CHARS: usize = 2_000;
const EMBEDS: usize = 10;
const FIELDS: usize = 25;
const ALL_EMBEDS_CHARS: usize = 6_000;
/// What is seen at the real one; its documentation asks not to rely on it.
const RATE: Rate = Rate { burst: 5, interval_us: 400_000 };

/// Answers a post.
pub(super) fn answer(office: &Office, request: &Request<'_>) -> Answer {
    let parts: Vec<_> = request.path.split('/').collect();
    let ["", "api", "webhooks", id, token] = parts.as_slice() else {
        return error(404, 0, "404: Not Found");
    };
    if id.parse::<u64>().is_err() || token.is_empty() {
        return error(404, 10_015, "Unknown Webhook");
    }
    if token.len() < 16 {
        return error(401, 50_027, "Invalid Webhook Token");
    }
    if let Err(wait_us) = office.pass(request.path.to_owned(), RATE, request.now_us) {
        return limited(wait_us);
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return error(400, 50_109, "The request body contains invalid JSON.");
    };
    let embeds = body["embeds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().is_empty() && embeds.is_empty() {
        return error(400, 50_006, "Cannot send an empty message");
    }
    let wrong = wrong_fields(content, embeds);
    if !wrong.is_empty() {
        let body = json!({"message": "Invalid Form Body", "code": 50_035, "errors": wrong});
        return Answer::json(400, &body);
    }
    let taken = |answer: Answer| {
        answer.with_header("x-ratelimit-limit", 5).taken(shown(content, embeds), mentions(&body, content))
    };
    if request.query.split('&').any(|pair| pair.eq_ignore_ascii_case("wait=true")) {
        let message = json!({"id": "1300000000000000000", "type": 0, "content": content, "webhook_id": id});
        taken(Answer::json(200, &message))
    } else {
        taken(Answer { status: 204, ..Answer::default() })
    }
}

fn limited(wait_us: i64) -> Answer {
    let milliseconds = (wait_us + 999) / 1_000;
    let seconds = format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
    let exact: Value = serde_json::from_str(&seconds).unwrap_or_default();
    let body = json!({"message": "You are being rate limited.", "retry_after": exact, "global": false});
    Answer::json(429, &body)
        .with_header("retry-after", (milliseconds + 999) / 1_000)
        .with_header("x-ratelimit-reset-after", seconds)
        .with_header("x-ratelimit-scope", "user")
}

/// The fields that are too long, by their paths.
fn wrong_fields(content: &str, embeds: &[Value]) -> Map<String, Value> {
    let mut wrong = Map::new();
    let mut check = |path: String, value: &Value, most: usize| -> usize {
        let length = value.as_str().unwrap_or_default().chars().count();
        if length > most {
            let message = format!("Must be {most} or fewer in length.");
            let error = json!({"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": message}]});
            wrong.insert(path, error);
        }
        length
    };
    check("content".to_owned(), &json!(content), CONTENT_CHARS);
    let mut all = 0;
    for (index, embed) in embeds.iter().enumerate() {
        let path = |name: &str| format!("embeds.{index}.{name}");
        all += check(path("title"), &embed["title"], 256);
        all += check(path("description"), &embed["description"], 4_096);
        all += check(path("footer.text"), &embed["footer"]["text"], 2_048);
        all += check(path("author.name"), &embed["author"]["name"], 256);
        for field in embed["fields"].as_array().into_iter().flatten() {
            all += check(path("fields.name"), &field["name"], 256);
            all += check(path("fields.value"), &field["value"], 1_024);
        }
    }
    let too_many = |embed: &Value| embed["fields"].as_array().is_some_and(|fields| fields.len() > FIELDS);
    if embeds.len() > EMBEDS || all > ALL_EMBEDS_CHARS || embeds.iter().any(too_many) {
        let message = format!("Embed size exceeds maximum size of {ALL_EMBEDS_CHARS}");
        wrong.insert(
            "embeds".to_owned(),
            json!({"_errors": [{"code": "MAX_EMBED_SIZE_EXCEEDED", "message": message}]}),
        );
    }
    wrong
}

/// Who is called: only where the message lets it.
fn mentions(body: &Value, content: &str) -> Vec<String> {
    let silenced = body["allowed_mentions"]["parse"].as_array().is_some_and(Vec::is_empty);
    let calls = ["@everyone", "@here", "<@"].into_iter().filter(|call| !silenced && content.contains(call));
    calls.map(|call| format!("mentions {call}")).collect()
}

fn shown(content: &str, embeds: &[Value]) -> String {
    let mut lines = vec![content];
    for embed in embeds {
        let parts = [&embed["title"], &embed["description"], &embed["footer"]["text"]];
        lines.extend(parts.into_iter().filter_map(Value::as_str));
    }
    lines.retain(|line| !line.is_empty());
    markup::markdown(&lines.join("\n"))
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message, "code": code}))
}
