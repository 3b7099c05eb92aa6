//! A mail as it came over the wire.

use std::sync::{Arc, OnceLock};

use super::letter::Letter;

/// One accepted mail. It is read (parsed) when somebody looks at it.
#[derive(Debug)]
pub struct Mail {
    /// Counts from 1 since the start or the last clearing.
    pub id: u64,
    /// When it was accepted, in microseconds since the Unix epoch.
    pub received_us: i64,
    /// `MAIL FROM`, empty for bounces.
    pub envelope_from: String,
    /// `RCPT TO`, in order.
    pub envelope_to: Vec<String>,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// Who sent it, where somebody logged in.
    pub user: Option<String>,
    /// The mail itself, dots unstuffed.
    pub raw: Vec<u8>,
    letter: OnceLock<Arc<Letter>>,
}

/// What is known of a mail before it has an id.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) received_us: i64,
    pub(super) envelope_from: String,
    pub(super) envelope_to: Vec<String>,
    pub(super) encrypted: bool,
    pub(super) user: Option<String>,
    pub(super) raw: Vec<u8>,
}

impl Mail {
    pub(super) fn new(id: u64, arrival: Arrival) -> Self {
        let Arrival { received_us, envelope_from, envelope_to, encrypted, user, raw } = arrival;
        let letter = OnceLock::new();
        Self { id, received_us, envelope_from, envelope_to, encrypted, user, raw, letter }
    }

    /// What its reader sees.
    #[must_use]
    pub fn letter(&self) -> Arc<Letter> {
        Arc::clone(self.letter.get_or_init(|| Arc::new(Letter::read(&self.raw))))
    }

    /// Whether a recipient's address contains `part`.
    #[must_use]
    pub fn is_for(&self, part: &str) -> bool {
        self.envelope_to.iter().any(|recipient| recipient.contains(part))
    }
}
