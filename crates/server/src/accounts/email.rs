//! E-mail addresses: plain ones only, so that nothing in one can be mistaken for a second address, a
//! name, or a header.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// RFC 5321, 4.5.3.1: what a path and a local part may have in octets.
const ADDRESS_BYTES: usize = 254;
const LOCAL_BYTES: usize = 64;

/// An address that mail can go to, as its owner wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as ada@example.org")]
pub struct EmailError;

impl Email {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let fits = text.len() <= ADDRESS_BYTES && (1..=LOCAL_BYTES).contains(&local.len());
        if fits && local.split('.').all(is_atom) && domain.split('.').all(is_label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EmailError)
        }
    }
}

/// RFC 5322, 3.2.3: the characters of an atom.
fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_addresses() {
        for good in ["a@example.org", "ada.love+tag@mail.example.co.uk", "demo@localhost", "o'neil@x-y.de"] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@b@c",
            "a b@example.org",
            "a@example.org\r\nBcc: x@example.org",
            "a@example..org",
            ".a@example.org",
            "<a@example.org>",
            "a@example.org,b@example.org",
            "\"a\"@example.org",
            "a@-x.org",
            "ä@example.org",
        ] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError), "{bad}");
        }
        assert!(format!("{}@example.org", "a".repeat(65)).parse::<Email>().is_err());
        assert!(format!("a@{}.org", "b.".repeat(130)).parse::<Email>().is_err());
    }
}
