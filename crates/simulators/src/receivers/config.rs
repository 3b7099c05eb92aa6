//! How the receivers are set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::Clock;

/// Everything that is decided before the start.
#[derive(Clone)]
pub struct ReceiversConfig {
    /// When posts arrive, and what the age of a signature is measured by.
    pub clock: Arc<dyn Clock>,
    /// Where the services answer. Port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the JSON interface answers.
    pub http_address: SocketAddr,
    /// The secrets (`whsec_…`) that a webhook may be signed with; where there are none, any is taken and
    /// said to be unverified.
    pub webhook_secrets: Vec<String>,
    /// The token of the one bot; any well-formed one where it is absent.
    pub telegram_token: Option<String>,
    /// The token that ntfy asks for; none where it is absent.
    pub ntfy_token: Option<String>,
    /// Whether the services' limits of messages per time are in force.
    pub rates: bool,
    /// Posts that are remembered, the newest.
    pub kept: usize,
}

impl ReceiversConfig {
    /// Open receivers on free loopback ports, without limits of messages per time.
    pub fn new(clock: impl Clock) -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            clock: Arc::new(clock),
            address: any_port,
            http_address: any_port,
            webhook_secrets: Vec::new(),
            telegram_token: None,
            ntfy_token: None,
            rates: false,
            kept: 1_000,
        }
    }
}

impl fmt::Debug for ReceiversConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ReceiversConfig")
            .field("rates", &self.rates)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}
