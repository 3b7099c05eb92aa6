//! Whether the way of fires is told to a collector of traces.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

/// What is wrong where the program cannot do what is asked of it.
const NOT_BUILT_IN: &str = "needs a program with traces built in, and this one is without: build it with \
    'cargo build --release --workspace --features bellwether-server/otel', or leave this empty";
/// The end of every address that takes traces, as OTLP has it.
const PATH: &str = "/v1/traces";

/// Whether the way of fires is told to a collector of traces.
#[derive(Debug, Clone, Serialize)]
pub struct Traces {
    /// The whole address that takes traces; empty where nothing is told.
    pub endpoint: String,
    /// Of how many fires.
    pub sample: Sample,
    /// Whether requests to the API have a span where their `traceparent` says that they are part of a trace.
    pub requests: bool,
    /// What the collector is sent besides, `name=value` with commas between; see [`Traces::headers`].
    pub headers: Secret,
}

impl Traces {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        // It is better to be told at the start than to look for traces that never come.
        let endpoint = r.parsed::<String>("traces.endpoint").and_then(|written| match endpoint(&written) {
            Ok(endpoint) if !endpoint.is_empty() && !cfg!(feature = "otel") => {
                r.refuse("traces.endpoint", NOT_BUILT_IN)
            }
            Ok(endpoint) => Some(endpoint),
            Err(message) => r.refuse("traces.endpoint", message),
        });
        let sample = r.parsed("traces.sample");
        let requests = r.flag("traces.requests");
        let headers = r.secret("traces.headers").and_then(|written| match headers(written.reveal()) {
            Some(_) => Some(written),
            None => r.refuse("traces.headers", "must be name=value, several with commas between"),
        });
        Some(Self { endpoint: endpoint?, sample: sample?, requests: requests?, headers: headers? })
    }

    /// The headers, marked as secrets.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        headers(self.headers.reveal()).unwrap_or_default()
    }
}

/// The whole address; empty where nothing is written.
fn endpoint(written: &str) -> Result<String, &'static str> {
    if written.is_empty() {
        return Ok(String::new());
    }
    let mut url: Url = written.parse().map_err(|_| "must be an address, such as http://127.0.0.1:4318")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must begin with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must be without user and password: what proves who asks is for traces.headers");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path, without ? and #");
    }
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with(PATH) { path.to_owned() } else { format!("{path}{PATH}") };
    url.set_path(&path);
    Ok(url.into())
}

fn headers(written: &str) -> Option<HeaderMap> {
    let pairs = written.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let mut value: HeaderValue = value.trim().parse().ok()?;
            value.set_sensitive(true);
            Some((name.trim().parse::<HeaderName>().ok()?, value))
        })
        .collect()
}

/// A share of all, from none (0) to every one (1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample(f64);

/// Why a text is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 0 to 1")]
pub struct SampleError;

impl Sample {
    /// Whether that which drew a number takes part, where all numbers are drawn equally often.
    #[must_use]
    pub fn takes(self, drawn: u32) -> bool {
        f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < self.0
    }
}

impl FromStr for Sample {
    type Err = SampleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = text.trim().parse().map_err(|_| SampleError)?;
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(SampleError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_added_once() {
        let check = |written: &str, expected: &str| {
            assert_eq!(endpoint(written).as_deref(), Ok(expected), "{written}");
        };
        check("", "");
        check("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces");
        check("https://otlp.example.org/otlp/", "https://otlp.example.org/otlp/v1/traces");
        check("http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318/v1/traces");
        let wrong = ["127.0.0.1:4318", "grpc://a", "http://", "http://me:pw@a", "http://a/?b", "http://a/#b"];
        wrong.iter().for_each(|written| assert!(endpoint(written).is_err(), "{written}"));
    }

    #[test]
    fn a_sample_is_a_share_of_all() {
        let takes = |text: &str, drawn| text.parse::<Sample>().unwrap().takes(drawn);
        assert!(!takes("0", 0) && takes("1", u32::MAX) && takes("1.0", 0));
        assert!(takes("0.5", u32::MAX / 2) && !takes("0.5", u32::MAX / 2 + 1));
        for wrong in ["", "-0.1", "1.01", "NaN", "inf", "1%", "often"] {
            assert_eq!(wrong.parse::<Sample>(), Err(SampleError), "{wrong}");
        }
    }

    #[test]
    fn headers_are_pairs_and_never_show() {
        let read = headers("Authorization=Basic aHVudGVyMg==, x-team = bells").unwrap();
        assert_eq!(read["authorization"], "Basic aHVudGVyMg==");
        assert_eq!((&read["x-team"], read.len()), (&HeaderValue::from_static("bells"), 2));
        assert!(!format!("{read:?}").contains("aHVudGVyMg"));
        assert_eq!(headers("").map(|read| read.len()), Some(0));
        for wrong in ["hunter2", "a b=c", "=c", "a=\u{7}"] {
            assert!(headers(wrong).is_none(), "{wrong}");
        }
    }
}
