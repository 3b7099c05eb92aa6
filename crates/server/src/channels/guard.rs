//! Tells people at once that their target may not be called, instead of letting every message to it fail.
//!
//! This is a courtesy: what keeps messages out of the operator's network is the client that sends them,
//! which judges each address at the moment of connecting. So a name that cannot be looked up now is let
//! through here.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_notify::http::{Resolve, SystemResolver};
use bellwether_notify::{AllowedNetworks, Endpoint};

/// How long a name may take to be looked up.
const LOOKUP_MAX: Duration = Duration::from_secs(3);

/// Knows where messages may go.
#[derive(Debug, Clone)]
pub struct Guard {
    allow: AllowedNetworks,
    resolver: Arc<dyn Resolve>,
}

impl Guard {
    /// A guard that lets through what is public, and these networks.
    #[must_use]
    pub fn new(allow: AllowedNetworks) -> Self {
        Self::with_resolver(allow, Arc::new(SystemResolver::default()))
    }

    /// One that looks names up by `resolver`.
    #[must_use]
    pub fn with_resolver(allow: AllowedNetworks, resolver: Arc<dyn Resolve>) -> Self {
        Self { allow, resolver }
    }

    /// Why an endpoint may not be called, in words that continue its field's name.
    pub(crate) async fn refusal(&self, endpoint: &Endpoint) -> Option<String> {
        let addresses: Vec<IpAddr> = match endpoint.host() {
            Ok(address) => vec![address],
            Err(name) => {
                let lookup = self.resolver.resolve(name);
                tokio::time::timeout(LOOKUP_MAX, lookup).await.ok()?.unwrap_or_default()
            }
        };
        // Where one of several is public, messages go there.
        let refusals: Option<Vec<_>> = addresses.iter().map(|address| self.allow.refusal(*address)).collect();
        let first = refusals?.into_iter().next()?;
        Some(format!(
            "leads to {first}, which is not called from here; the operator can allow it in outgoing.allow"
        ))
    }
}
