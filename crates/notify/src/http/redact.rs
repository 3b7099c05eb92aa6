//! Texts from receivers, on one line and with what is secret taken out.
//!
//! A receiver, or a gateway before it, may repeat the request in its answer ("no such page:
//! /services/T…/s3cret"). Answers end up in the ledger that people see, so before anything is cut or
//! quoted every secret of the request is replaced, in capitals or not.

use super::Endpoint;
use crate::plain;

/// Shorter pieces are not secrets, and replacing them would garble texts.
const SHORTEST: usize = 8;
/// The part of an answer that is ever quoted, in characters.
const QUOTED: usize = 1_000;

/// What must not show.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Keeps a piece of text secret, and also what it looks like escaped in an address.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let escaped = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
        self.0.push(secret.to_ascii_lowercase());
        self.0.push(escaped.to_string().to_ascii_lowercase());
    }

    /// Keeps path and query of an address secret, as a whole and in their parts.
    pub(crate) fn add_path(&mut self, endpoint: &Endpoint) {
        let uri = endpoint.uri();
        self.add(uri.path());
        for part in endpoint.segments() {
            self.add_part(part);
        }
        for pair in uri.query().unwrap_or_default().split('&') {
            self.add_part(pair.split_once('=').map_or(pair, |(_, value)| value));
        }
    }

    fn add_part(&mut self, part: &str) {
        self.add(part);
        if let Ok(read) = percent_encoding::percent_decode_str(part).decode_utf8() {
            self.add(&read);
        }
    }

    /// The start of a text, without the secrets.
    fn taken_out(mut self, text: &str) -> String {
        // The longest first: a part must not be replaced before its whole.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let clean = self.0.iter().fold(text.to_owned(), |text, secret| without(&text, secret));
        clean.chars().take(QUOTED).collect()
    }
}

/// The start of a text on one line, without what `secrets` says. It is asked only where there is room
/// for a secret: most answers are empty, or say `ok`.
pub(crate) fn clean(text: &str, secrets: impl FnOnce() -> Secrets) -> String {
    // First of all, lest a mark that is left out afterwards should have parted a secret.
    let line = plain::line(text);
    if line.len() < SHORTEST { line } else { secrets().taken_out(&line) }
}

/// A text without a piece that is given in small letters.
fn without(text: &str, secret: &str) -> String {
    // Of the same length byte by byte: only ASCII changes.
    let small = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut end = 0;
    for (place, _) in small.match_indices(secret) {
        out.push_str(&text[end..place]);
        out.push_str("[…]");
        end = place + secret.len();
    }
    out.push_str(&text[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_an_address_shows() {
        let endpoint = "https://x.org/hooks/T0-s3cret-1/v%C3%A4ry-s3cret?key=s3cret-2&a=b".parse().unwrap();
        let mut secrets = Secrets::default();
        secrets.add_path(&endpoint);
        for echo in [
            "no page /hooks/T0-s3cret-1/v%C3%A4ry-s3cret here",
            "T0-s3cret-1",
            "väry-s3cret",
            "v%C3%A4ry%2Ds3cret or key s3cret-2",
            "%2Fhooks%2FT0%2Ds3cret%2D1",
            "%2fhooks%2fT0%2ds3cret%2d1 and V%c3%A4RY-S3CRET",
        ] {
            let shown = secrets.clone().taken_out(echo);
            assert!(!shown.to_lowercase().contains("s3cret"), "{shown}");
        }
        assert_eq!(secrets.clone().taken_out("see /hooks, not s3cret-3"), "see /hooks, not s3cret-3");
    }

    #[test]
    fn a_secret_is_taken_out_before_the_text_is_cut() {
        let mut secrets = Secrets::default();
        secrets.add("0123456789");
        let shown = secrets.taken_out(&format!("{}0123456789", "x".repeat(QUOTED - 5)));
        assert!(!shown.contains("0123"), "{shown}");
    }

    #[test]
    fn a_secret_that_is_parted_by_marks_without_width_is_found() {
        let secrets = || {
            let mut secrets = Secrets::default();
            secrets.add("0123456789");
            secrets
        };
        assert_eq!(clean("no 01234\u{202e}56\u{2066}789", secrets), "no […]");
        assert_eq!(clean(" ok\r\n", || panic!("not asked")), "ok");
    }
}
