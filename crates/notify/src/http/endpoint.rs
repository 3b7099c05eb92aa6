//! Where a request goes: an address of the web, checked, and never shown whole.
//!
//! The path of a webhook is often its key (Slack, Discord), so neither `Debug` nor `Display` nor any
//! error shows more than scheme, host and port.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;
use url::{Host, Url};

/// The longest address that is accepted, in bytes.
pub const ENDPOINT_BYTES: usize = 2_048;

/// An `http` or `https` address without a user name, a password, or a fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    uri: Uri,
}

/// What is wrong with an address. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It cannot be read.
    #[error("is no web address; write it as https://example.org/path")]
    Unreadable,
    /// Neither `https` nor `http`.
    #[error("must begin with https:// or http://")]
    Scheme,
    /// A user name or a password stands in it.
    #[error("must not hold a user name or a password; they would show in logs")]
    Credentials,
    /// A part behind `#`, which is never sent.
    #[error("must not have a part behind #")]
    Fragment,
    /// More than [`ENDPOINT_BYTES`].
    #[error("must have at most {ENDPOINT_BYTES} bytes")]
    TooLong,
}

impl Endpoint {
    /// The same address with `segments` behind its path, each escaped.
    ///
    /// # Errors
    /// Where it becomes too long.
    pub(crate) fn join<'a>(
        &self,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EndpointError> {
        let mut url = self.url.clone();
        url.path_segments_mut().map_err(|()| EndpointError::Unreadable)?.pop_if_empty().extend(segments);
        url.as_str().parse()
    }

    /// The same address with one more parameter in its query.
    ///
    /// # Errors
    /// Where it becomes too long.
    pub(crate) fn with_parameter(&self, name: &str, value: &str) -> Result<Self, EndpointError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(name, value);
        url.as_str().parse()
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The host: an address, or else a name to be looked up.
    ///
    /// # Errors
    /// The name.
    pub fn host(&self) -> Result<IpAddr, &str> {
        match self.url.host() {
            Some(Host::Ipv4(address)) => Ok(address.into()),
            Some(Host::Ipv6(address)) => Ok(address.into()),
            Some(Host::Domain(name)) => Err(name),
            None => Err(""),
        }
    }

    /// Whether what is sent there is encrypted on the way.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The segments of the path, still escaped.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.url.path_segments().into_iter().flatten()
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if text.len() > ENDPOINT_BYTES {
            return Err(EndpointError::TooLong);
        }
        // A reader of addresses passes over line breaks, and so over a mistake of whoever wrote this one.
        if text.contains(char::is_control) {
            return Err(EndpointError::Unreadable);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::Unreadable)?;
        match url.scheme() {
            "http" | "https" => {}
            _ => return Err(EndpointError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        if url.as_str().len() > ENDPOINT_BYTES {
            return Err(EndpointError::TooLong);
        }
        // Sent is what was read here, not the text: two readers of one address may differ about its host.
        let uri = url.as_str().parse().map_err(|_| EndpointError::Unreadable)?;
        Ok(Self { url, uri })
    }
}

impl fmt::Display for Endpoint {
    /// Scheme, host and port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url.origin().ascii_serialization())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self}/…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_host_and_port_are_shown() {
        let endpoint: Endpoint = "https://Hooks.Example.org:8443/services/s3cret?key=s3cret".parse().unwrap();
        assert_eq!(endpoint.to_string(), "https://hooks.example.org:8443");
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://hooks.example.org:8443/…)");
        assert_eq!(endpoint.uri().path(), "/services/s3cret");
        assert!(endpoint.is_encrypted());
    }

    #[test]
    fn what_may_not_be_called_is_refused_without_repeating_it() {
        let check = |text: &str, expected| {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("s3cret"));
        };
        for text in [
            "",
            "s3cret",
            "https://",
            "http://[::1",
            "http://a b/",
            "https://ex\u{0}ample.org/",
            "https://example.org/a\r\nb",
        ] {
            check(text, EndpointError::Unreadable);
        }
        for text in ["ftp://example.org/s3cret", "file:///etc/passwd", "gopher://x/", "javascript:s3cret"] {
            check(text, EndpointError::Scheme);
        }
        for text in ["https://s3cret@example.org/", "https://u:s3cret@example.org/", "http://:s3cret@x/"] {
            check(text, EndpointError::Credentials);
        }
        check("https://example.org/#s3cret", EndpointError::Fragment);
        check(&format!("https://example.org/{}", "x".repeat(ENDPOINT_BYTES)), EndpointError::TooLong);
        check(&format!("https://example.org/{}", "ä".repeat(900)), EndpointError::TooLong);
    }

    #[test]
    fn an_address_in_disguise_is_read_as_what_it_is() {
        for text in ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/"] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.uri().host(), Some("127.0.0.1"), "{text}");
        }
    }

    #[test]
    fn what_is_added_is_escaped() {
        let base: Endpoint = "https://example.org/base/".parse().unwrap();
        let joined = base.join(["a/b?c", "ü"]).unwrap().with_parameter("wait", "t&f").unwrap();
        assert_eq!(joined.uri(), "https://example.org/base/a%2Fb%3Fc/%C3%BC?wait=t%26f");
    }
}
