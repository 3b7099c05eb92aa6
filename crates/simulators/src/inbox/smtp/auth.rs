//! `AUTH PLAIN` (RFC 4616) and `AUTH LOGIN`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::inbox::config::Credentials;

/// User and password in an answer to `AUTH PLAIN`: `authorization NUL user NUL password`.
pub(super) fn plain(answer: &str) -> Option<Credentials> {
    let text = decode(answer)?;
    let mut parts = text.split('\0');
    let (_authorization, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    let given = Credentials { user: user.to_owned(), password: password.to_owned() };
    parts.next().is_none().then_some(given)
}

/// Text from base64.
pub(super) fn decode(answer: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(answer).ok()?).ok()
}

/// The question of a challenge, in base64.
pub(super) fn encode(question: &str) -> String {
    BASE64_STANDARD.encode(question)
}
