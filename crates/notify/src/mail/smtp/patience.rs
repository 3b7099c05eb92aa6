//! How long each part of a conversation with a mail server may take.

use std::time::Duration;

/// Time limits. RFC 5321, 4.5.3.2 asks for minutes at each command; a price alert is of less use by then,
/// so the parts that can simply be repeated have less. The last one is not of those: whoever gives up
/// while the server stores a mail does not know whether it did, and sends it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From looking up the name to being connected, encrypted and logged in.
    pub dial: Duration,
    /// For the server to say whether it takes a mail from this sender to this recipient.
    pub open: Duration,
    /// For the mail itself to be written.
    pub content: Duration,
    /// For the answer to it.
    pub verdict: Duration,
    /// For a connection to stay open without a mail.
    pub idle: Duration,
}

/// For the server to take note that a mail is off, or that we leave.
pub(super) const COURTESY: Duration = Duration::from_secs(2);

impl Patience {
    /// The defaults: all together less than two minutes.
    pub const DEFAULT: Self = Self {
        dial: Duration::from_secs(15),
        open: Duration::from_secs(15),
        content: Duration::from_secs(15),
        verdict: Duration::from_secs(50),
        // Servers close idle connections after five minutes (RFC 5321, 4.5.3.2.7), many after one.
        idle: Duration::from_secs(45),
    };

    /// Longer than one mail ever takes once it has a connection, a dead one that was tried before
    /// included. The caller's lease should outlast it.
    #[must_use]
    pub const fn longest(self) -> Duration {
        self.open
            .saturating_add(self.dial)
            .saturating_add(self.open)
            .saturating_add(self.content)
            .saturating_add(self.verdict)
            .saturating_add(COURTESY.saturating_mul(3))
    }
}

const _: () = assert!(Patience::DEFAULT.longest().as_secs() < 120);

impl Default for Patience {
    fn default() -> Self {
        Self::DEFAULT
    }
}
