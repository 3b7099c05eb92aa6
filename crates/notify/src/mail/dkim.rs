//! The signature by which a receiver's server knows that a mail is from whom it says: DKIM (RFC 6376), with RSA or
//! Ed25519 (RFC 8463), checked on 2026-11-22.
//!
//! What is signed is what readers rely on, both headers by which a list is left with one click among it (RFC 8058
//! asks for that), and the whole body. It is written over the bytes that travel, so nothing may change them
//! afterwards but the dots that SMTP doubles.

mod canonical;
mod key;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bellwether_model::Timestamp;

use self::canonical::{body_hash, header};
pub use self::key::{DkimKey, DkimKeyError};

/// Headers that are signed where they are there, in the order in which they are signed.
const SIGNED: [&str; 14] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];
/// Those that are named once more than they are there, so that nobody can add another one.
const ONCE: [&str; 5] = ["From", "To", "Subject", "Date", "Message-ID"];
/// Characters of base64 on one line of the header.
const LINE_CHARS: usize = 70;

/// Who signs mails, and with what.
#[derive(Debug, Clone)]
pub struct DkimSettings {
    /// The domain that answers for them (`mail.dkim_domain`): the sender's, or one above it.
    pub domain: String,
    /// Under which name the domain publishes the key (`mail.dkim_selector`).
    pub selector: String,
    /// The key itself (`mail.dkim_key`).
    pub key: DkimKey,
}

impl DkimSettings {
    /// The name and the text of the TXT record that the domain has to publish.
    #[must_use]
    pub fn record(&self) -> (String, String) {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        let (kind, public) = (self.key.kind(), BASE64_STANDARD.encode(self.key.public()));
        (name, format!("v=DKIM1; k={kind}; p={public}"))
    }

    /// A mail with its signature before it. One without an empty line behind its headers has no body.
    pub(super) fn signed(&self, mail: &[u8], now: Timestamp) -> Vec<u8> {
        let end = mail.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(mail.len(), |at| at + 2);
        let (head, rest) = mail.split_at_checked(end).unwrap_or((mail, &[]));
        let body = rest.get(2..).unwrap_or_default();
        let headers = headers(head);
        let there = |name: &str| headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        let signed: Vec<_> = SIGNED.iter().filter_map(|name| there(name)).collect();
        let mut names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        names.extend(ONCE);
        let unsigned = self.unsigned(&names, &body_hash(body), now);

        let mut bytes = Vec::new();
        signed.iter().for_each(|(name, value)| bytes.extend(header(name, value)));
        let own = header("DKIM-Signature", unsigned.as_bytes());
        // The signature's own header is signed without its line's end.
        bytes.extend(own.strip_suffix(b"\r\n").unwrap_or(&own));
        let signature = folded(&BASE64_STANDARD.encode(self.key.sign(&bytes)));

        let mut whole = format!("DKIM-Signature:{unsigned}{signature}\r\n").into_bytes();
        whole.extend(mail);
        whole
    }

    /// The header's value up to the signature, which is empty in what is signed.
    fn unsigned(&self, names: &[&str], body_hash: &[u8], now: Timestamp) -> String {
        let Self { domain, selector, key } = self;
        let (kind, at) = (key.kind(), now.micros().div_euclid(1_000_000));
        let names: Vec<String> = names.chunks(5).map(|names| names.join(":")).collect();
        let (names, body_hash) = (names.join(":\r\n "), BASE64_STANDARD.encode(body_hash));
        format!(
            " v=1; a={kind}-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t={at};\r\n h={names};\r\n \
             bh={body_hash};\r\n b="
        )
    }
}

/// Names and values of headers; a value may go on over lines that begin with a blank.
fn headers(head: &[u8]) -> Vec<(&str, &[u8])> {
    let mut headers = Vec::new();
    let mut from = 0;
    for (at, _) in head.windows(2).enumerate().filter(|(_, bytes)| *bytes == b"\r\n") {
        if head.get(at + 2).is_some_and(|next| matches!(next, b' ' | b'\t')) {
            continue;
        }
        let line = head.get(from..at).unwrap_or_default();
        if let Some(colon) = line.iter().position(|byte| *byte == b':')
            && let Ok(name) = std::str::from_utf8(&line[..colon])
        {
            headers.push((name, &line[colon + 1..]));
        }
        from = at + 2;
    }
    headers
}

fn folded(base64: &str) -> String {
    let lines: Vec<&str> =
        base64.as_bytes().chunks(LINE_CHARS).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.join("\r\n ")
}
