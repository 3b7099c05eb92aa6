//! What an answer that is no success means.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;

use super::limits;
use super::text::clean;
use crate::world::HttpReply;

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setback {
    /// eBay knows no such item.
    Gone,
    /// The request is wrong.
    Refused { id: Option<u32>, message: String },
    /// The token is worth nothing.
    DeadToken(String),
    /// The credentials are, or what they are good for does not include this.
    BadCredentials(String),
    /// The day's calls are used up.
    QuotaExhausted { wait: Option<Duration> },
    /// eBay says to stay away.
    Away { wait: Duration, reason: String },
    /// It failed.
    Failed {
        reason: String,
        /// Whether it would have failed for any search.
        is_wide: bool,
    },
}

impl Setback {
    /// The way to eBay fails, whatever is asked.
    pub(super) fn wide(reason: impl Into<String>) -> Self {
        Setback::Failed { reason: reason.into(), is_wide: true }
    }

    /// eBay failed at this request.
    pub(super) fn narrow(reason: impl Into<String>) -> Self {
        Setback::Failed { reason: reason.into(), is_wide: false }
    }
}

#[derive(Deserialize)]
struct Errors<'a> {
    #[serde(borrow)]
    errors: Vec<Complaint<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint<'a> {
    error_id: Option<u32>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    long_message: Option<Cow<'a, str>>,
}

impl Complaint<'_> {
    fn words(&self) -> String {
        let long = self.long_message.as_deref().filter(|message| !message.is_empty());
        let words = long.or(self.message.as_deref()).unwrap_or("no reason given");
        clean(words, limits::MESSAGE_CHARS)
    }
}

/// eBay's numbers for items that it does not know, or that cannot be bought any more.
const GONE: [u32; 3] = [11_001, 11_003, 11_004];
/// The number for a day without calls left.
const OVER_QUOTA: u32 = 2_001;
/// The numbers for a token that is absent or of another kind.
const NO_TOKEN: [u32; 2] = [1_002, 1_003];

/// What an answer means whose status is not 200.
pub(super) fn setback(reply: &HttpReply) -> Setback {
    let errors = serde_json::from_slice::<Errors<'_>>(&reply.body).map(|it| it.errors).unwrap_or_default();
    let first = errors.first();
    let id = first.and_then(|complaint| complaint.error_id);
    let message =
        first.map_or_else(|| format!("{} bytes without a reason", reply.body.len()), Complaint::words);
    let wait = retry_after(reply);
    let said = |status: u16| format!("status {status}: {message}");
    match (reply.status, id) {
        (404, _) => Setback::Gone,
        (400 | 409, Some(id)) if GONE.contains(&id) => Setback::Gone,
        (400, Some(id)) if NO_TOKEN.contains(&id) => Setback::DeadToken(message),
        (400 | 409 | 422, _) => Setback::Refused { id, message },
        (401, _) => Setback::DeadToken(message),
        (403, _) => Setback::BadCredentials(message),
        (429, Some(OVER_QUOTA)) => Setback::QuotaExhausted { wait },
        (429, _) => Setback::Away { wait: wait.unwrap_or(limits::AWAY), reason: said(429) },
        (status, _) => match wait {
            Some(wait) => Setback::Away { wait, reason: said(status) },
            None => Setback::narrow(said(status)),
        },
    }
}

/// What the seller of tokens says where he sells none.
pub(super) fn token_setback(reply: &HttpReply) -> Setback {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        error: Cow<'a, str>,
        #[serde(borrow)]
        error_description: Option<Cow<'a, str>>,
    }
    let refusal = serde_json::from_slice::<Refusal<'_>>(&reply.body).ok();
    let words = refusal.map_or_else(
        || format!("{} bytes without a reason", reply.body.len()),
        |it| format!("{}: {}", it.error, it.error_description.unwrap_or_default()),
    );
    let words = clean(&words, limits::MESSAGE_CHARS);
    let wait = retry_after(reply);
    match (reply.status, wait) {
        (400 | 401 | 403, _) => Setback::BadCredentials(words),
        // A day has so many tokens; who asks on gets none sooner.
        (429, wait) => {
            Setback::Away { wait: wait.unwrap_or(limits::AWAY), reason: format!("no token: {words}") }
        }
        (status, Some(wait)) => Setback::Away { wait, reason: format!("no token: status {status}") },
        (status, None) => Setback::wide(format!("no token: status {status}: {words}")),
    }
}

/// The words of errors or warnings in a list.
pub(super) fn complaints(list: &str) -> Vec<String> {
    let complaints = serde_json::from_str::<Vec<Complaint<'_>>>(list).unwrap_or_default();
    complaints.iter().take(20).map(Complaint::words).collect()
}

/// How long eBay says to wait, in seconds; it promises not to say it.
fn retry_after(reply: &HttpReply) -> Option<Duration> {
    let seconds = reply.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(limits::AWAY_LONGEST))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn reply(status: u16, retry_after: Option<&str>, body: &str) -> HttpReply {
        let headers = retry_after.map(|wait| ("retry-after".to_owned(), wait.to_owned()));
        HttpReply {
            status,
            headers: headers.into_iter().collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn every_status_has_its_meaning() {
        let check = |status: u16, id: u32, wait: Option<&str>, expected: Setback| {
            let body = format!(r#"{{"errors":[{{"errorId":{id},"message":"m","longMessage":"long"}}]}}"#);
            assert_eq!(setback(&reply(status, wait, &body)), expected, "{status} {id} {wait:?}");
        };
        let long = || "long".to_owned();
        let s = Duration::from_secs;
        check(404, 11_001, None, Setback::Gone);
        check(400, 11_004, None, Setback::Gone);
        check(400, 12_001, None, Setback::Refused { id: Some(12_001), message: long() });
        check(409, 12_019, None, Setback::Refused { id: Some(12_019), message: long() });
        check(401, 1_001, None, Setback::DeadToken(long()));
        check(400, 1_002, None, Setback::DeadToken(long()));
        check(403, 1_100, None, Setback::BadCredentials(long()));
        check(429, 2_001, None, Setback::QuotaExhausted { wait: None });
        check(429, 2_001, Some("77"), Setback::QuotaExhausted { wait: Some(s(77)) });
        let away = |wait, reason: &str| Setback::Away { wait, reason: reason.to_owned() };
        check(429, 9, Some("7"), away(s(7), "status 429: long"));
        check(429, 9, Some("soon"), away(limits::AWAY, "status 429: long"));
        check(503, 12_000, Some("99999999"), away(limits::AWAY_LONGEST, "status 503: long"));
        check(500, 12_000, None, Setback::narrow("status 500: long"));
        check(302, 1, None, Setback::narrow("status 302: long"));
    }

    #[test]
    fn an_answer_without_a_reason_is_survived() {
        for body in ["", "<html>", "{}", r#"{"errors":[]}"#, r#"{"errors":7}"#, "[[[["] {
            assert!(matches!(setback(&reply(500, None, body)), Setback::Failed { is_wide: false, .. }));
            assert!(matches!(setback(&reply(400, None, body)), Setback::Refused { id: None, .. }));
            assert!(matches!(token_setback(&reply(401, None, body)), Setback::BadCredentials(_)));
        }
        let refusal = r#"{"error":"invalid_client","error_description":"client\nauthentication failed"}"#;
        let expected = "invalid_client: client authentication failed".to_owned();
        assert_eq!(token_setback(&reply(401, None, refusal)), Setback::BadCredentials(expected));
        assert!(matches!(token_setback(&reply(500, None, "")), Setback::Failed { is_wide: true, .. }));
        assert!(matches!(token_setback(&reply(429, None, "")), Setback::Away { .. }));
    }

    #[test]
    fn warnings_are_words() {
        let list = r#"[{"errorId":12002,"message":"bad\u0000filter"},{"longMessage":""},{}]"#;
        assert_eq!(complaints(list), ["bad filter", "no reason given", "no reason given"]);
        assert_eq!(complaints("7"), Vec::<String>::new());
    }
}
