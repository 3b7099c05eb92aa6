//! An incoming webhook of Slack: the address is the secret, the answer is one word.
//!
//! After Slack's documentation of incoming webhooks, rate limits and formatting (checked 2026-11-21).

use serde_json::Value;

use super::flow::Rate;
use super::markup;
use super::post::{Answer, Request};
use super::serving::Office;

const TEXT_CHARS: usize = 40_000;
const BLOCKS: usize = 50;
const HEADER_CHARS: usize = 150;
const SECTION_CHARS: usize = 3_000;
/// One message per second, with short bursts.
const RATE: Rate = Rate { burst: 3, interval_us: 1_000_000 };

/// Answers a post.
pub(super) fn answer(office: &Office, request: &Request<'_>) -> Answer {
    let parts: Vec<_> = request.path.split('/').collect();
    let ["", "services", team, webhook, secret] = parts.as_slice() else {
        return Answer::text(404, "no_team");
    };
    if !team.starts_with('T') || !webhook.starts_with('B') || secret.len() < 8 {
        return Answer::text(404, "no_service");
    }
    if let Err(wait_us) = office.pass(request.path.to_owned(), RATE, request.now_us) {
        let seconds = (wait_us + 999_999) / 1_000_000;
        return Answer::text(429, "rate_limited").with_header("retry-after", seconds);
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return Answer::text(400, "invalid_payload");
    };
    let text = body["text"].as_str().unwrap_or_default();
    let blocks = body["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    if text.is_empty() && blocks.is_empty() {
        return Answer::text(400, "no_text");
    }
    if text.chars().count() > TEXT_CHARS {
        return Answer::text(400, "msg_too_long");
    }
    let Some(block_texts) = read_blocks(blocks) else {
        return Answer::text(400, "invalid_blocks");
    };
    // The text is what notifications show; where there are blocks, the channel shows those.
    let all = if block_texts.is_empty() { text.to_owned() } else { block_texts.join("\n") };
    let remarks = mentions(&format!("{text}\n{all}"));
    Answer::text(200, "ok").taken(shown(&all), remarks)
}

fn read_blocks(blocks: &[Value]) -> Option<Vec<String>> {
    if blocks.len() > BLOCKS {
        return None;
    }
    blocks.iter().map(block_text).collect()
}

fn block_text(block: &Value) -> Option<String> {
    let bounded = |text: &Value, most: usize| {
        let text = text.as_str()?;
        (!text.is_empty() && text.chars().count() <= most).then(|| text.to_owned())
    };
    match block["type"].as_str()? {
        "header" if block["text"]["type"] == "plain_text" => bounded(&block["text"]["text"], HEADER_CHARS),
        "section" => bounded(&block["text"]["text"], SECTION_CHARS),
        "context" => {
            let elements = block["elements"].as_array()?;
            let texts: Option<Vec<_>> =
                elements.iter().map(|element| bounded(&element["text"], SECTION_CHARS)).collect();
            Some(texts?.join(" "))
        }
        "divider" => Some(String::new()),
        _ => None,
    }
}

/// Everything between `<` and `>` that calls somebody.
fn mentions(text: &str) -> Vec<String> {
    let calls = |link: &&str| link.starts_with(['!', '@', '#']);
    let links = text.split('<').skip(1).filter_map(|rest| rest.split('>').next()).filter(calls);
    let mut mentions: Vec<_> = links.map(|link| format!("mentions <{link}>")).collect();
    mentions.dedup();
    mentions
}

/// Links as their labels, entities as what they stand for.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        let (link, after) = behind.split_once('>').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(link.split_once('|').map_or(link, |(_, label)| label));
        rest = after;
    }
    out.push_str(rest);
    markup::unescape(&out)
}
