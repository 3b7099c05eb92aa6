//! How several processes share the work.

use std::time::Duration;

use bellwether_model::{SHARDS, Span};
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

/// How several processes share the work.
#[derive(Debug, Clone, Serialize)]
pub struct Bus {
    /// `nats://host:port`, several with commas between; empty where one process does everything.
    pub url: Secret,
    /// The word that everything on the bus begins with.
    pub name: String,
    /// How many partitions the alerts on one instrument are in.
    pub partitions: u16,
    /// How long the tick log is kept.
    pub keep: Span,
    /// On how many servers the tick log stands; 0: three where there are as many, or else one.
    pub replicas: u32,
}

/// The shortest time that the tick log is kept: long beyond the last checkpoint of any engine.
const KEEP_LEAST: Duration = Duration::from_secs(60);

impl Bus {
    /// Whether there are other processes.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.url.reveal().is_empty()
    }

    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let url = r.secret("bus.url").and_then(|url| {
            let known =
                |address: &str| ["nats://", "tls://"].iter().any(|scheme| address.trim().starts_with(scheme));
            let good = url.reveal().is_empty() || url.reveal().split(',').all(known);
            let message = "must be nats://host:port or tls://host:port, several with commas between";
            if good { Some(url) } else { r.refuse("bus.url", message) }
        });
        let name = r.parsed::<String>("bus.name").and_then(|name| {
            let good = !name.is_empty()
                && name.len() <= 32
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            let message = "must be 1 to 32 small letters, digits and hyphens";
            if good { Some(name) } else { r.refuse("bus.name", message) }
        });
        let partitions = r.whole("bus.partitions", 1, u32::from(SHARDS));
        let keep = r.span("bus.keep").and_then(|keep| {
            let good = keep.seconds() >= KEEP_LEAST.as_secs();
            if good { Some(keep) } else { r.refuse("bus.keep", "must be a minute or longer") }
        });
        let replicas = r.whole("bus.replicas", 0, 5);
        Some(Self {
            url: url?,
            name: name?,
            partitions: u16::try_from(partitions?).ok()?,
            keep: keep?,
            replicas: replicas?,
        })
    }
}
