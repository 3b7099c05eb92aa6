//! An answer, and the wait that it asks for.

use std::time::Duration;

use bellwether_model::Timestamp;
use bytes::Bytes;
use jiff::fmt::rfc2822::DateTimeParser;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, where it is readable.
    pub retry_after: Option<String>,
    /// The body, up to [`super::REPLY_BYTES`] of it, or as many as were asked for.
    pub body: Bytes,
    /// Whether that is all of it.
    pub whole: bool,
}

impl HttpReply {
    /// The wait that the receiver asks for, measured from `now`; `None` where it asks for none, or for
    /// one that is over.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        wait(self.retry_after.as_deref()?, now)
    }

    /// The start of the body as text, for people. Where the body breaks off, so does its last word: half
    /// a secret would not be recognised as one.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        match text.rfind(char::is_whitespace) {
            _ if self.whole => text.into_owned(),
            Some(end) => text[..end].to_owned(),
            None => String::new(),
        }
    }

    /// The body as JSON, where it is some.
    pub(crate) fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// `Retry-After` of RFC 9110, 10.2.3: seconds, or a date. Fractions of seconds are against the letter
/// and sent by some (Discord); they are taken.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return seconds(text);
    }
    let then = DateTimeParser::new().parse_timestamp(text).ok()?;
    let ahead = Timestamp::from_micros(then.as_microsecond()).micros_since(now);
    u64::try_from(ahead).ok().filter(|&ahead| ahead > 0).map(Duration::from_micros)
}

/// A number of seconds. One beyond all bounds is the longest wait; the schedule bounds it.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let well_formed = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = text.parse().ok().filter(|_| well_formed)?;
    let wait = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_breaks_off_is_not_told() {
        let text = |body: &'static str, whole| {
            HttpReply { status: 500, retry_after: None, body: body.into(), whole }.text()
        };
        assert_eq!(text("no such page: /hooks/s3c", true), "no such page: /hooks/s3c");
        assert_eq!(text("no such page: /hooks/s3c", false), "no such page:");
        assert_eq!(text("s3c", false), "");
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(wait(text, now).map(|wait| wait.as_millis()), expected.map(u128::from), "{text}");
        };
        check("120", Some(120_000));
        check(" 7 ", Some(7_000));
        check("0.65", Some(650));
        check("Sat, 21 Nov 2026 10:01:30 GMT", Some(90_000));
        check("Sat, 21 Nov 2026 09:00:00 GMT", None);
        for text in ["", "0", "-5", "soon", "1e9", "5 s", "inf", "NaN", "Mon, 21 Nov 2026", "٣"] {
            check(text, None);
        }
        assert_eq!(wait("99999999999999999999999999", now), Some(Duration::MAX));
    }
}
