//! How an inbox is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::Clock;

/// Everything that is decided before the start.
#[derive(Clone)]
pub struct InboxConfig {
    /// When mails arrive.
    pub clock: Arc<dyn Clock>,
    /// Where SMTP is spoken, with STARTTLS on offer. Port 0 takes a free one.
    pub smtp_address: SocketAddr,
    /// Where SMTP is spoken over TLS from the first byte; nowhere if `None`.
    pub smtps_address: Option<SocketAddr>,
    /// Where the page and the JSON interface answer.
    pub http_address: SocketAddr,
    /// The name in the greeting.
    pub host_name: String,
    /// Without them anyone may send; with them only who knows them.
    pub credentials: Option<Credentials>,
    /// `AUTH` is on offer only once the connection is encrypted.
    pub auth_needs_tls: bool,
    /// The largest mail, in bytes, as `SIZE` tells.
    pub largest_mail: usize,
    /// Recipients of one mail.
    pub most_recipients: usize,
    /// Sessions at one time; one more is told to come back later.
    pub most_sessions: usize,
    /// A session in which nothing is said for so long ends.
    pub idle: Duration,
    /// What is remembered.
    pub keep: Keep,
}

/// What an inbox remembers. Counts are kept in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The newest mails, as long as they are no more than so many and no more than so many bytes.
    Mails {
        /// How many.
        count: usize,
        /// How many bytes, all together.
        bytes: usize,
    },
    /// No mail at all: for load tests.
    CountsOnly,
}

/// Who may send.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl InboxConfig {
    /// An open inbox on free loopback ports, without implicit TLS.
    pub fn new(clock: impl Clock) -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            clock: Arc::new(clock),
            smtp_address: any_port,
            smtps_address: None,
            http_address: any_port,
            host_name: "inbox.localhost".to_owned(),
            credentials: None,
            auth_needs_tls: true,
            largest_mail: 25 * 1_024 * 1_024,
            most_recipients: 100,
            most_sessions: 1_024,
            idle: Duration::from_mins(5),
            keep: Keep::Mails { count: 10_000, bytes: 256 * 1_024 * 1_024 },
        }
    }
}

impl fmt::Debug for InboxConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InboxConfig")
            .field("credentials", &self.credentials)
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}
