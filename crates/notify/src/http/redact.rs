//! Texts from receivers, with what is secret taken out.
//!
//! A receiver, or a gateway before it, may repeat the request in its answer ("no such page:
//! /services/T…/s3cret"). Answers end up in the ledger that people see, so before anything is cut or
//! quoted every secret of the request is replaced.

use super::Endpoint;

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
        self.0.push(secret.to_owned());
        self.0.push(escaped.to_string());
        // The longest first: a part must not be replaced before its whole.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.0.dedup();
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
    pub(crate) fn taken_out(&self, text: &str) -> String {
        let clean = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[…]"));
        clean.chars().take(QUOTED).collect()
    }
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
        ] {
            let shown = secrets.taken_out(echo);
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert_eq!(secrets.taken_out("see /hooks, not s3cret-3"), "see /hooks, not s3cret-3");
    }

    #[test]
    fn a_secret_is_taken_out_before_the_text_is_cut() {
        let mut secrets = Secrets::default();
        secrets.add("0123456789");
        let shown = secrets.taken_out(&format!("{}0123456789", "x".repeat(QUOTED - 5)));
        assert!(!shown.contains("0123"), "{shown}");
    }
}
