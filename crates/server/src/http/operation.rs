//! For those who operate the service: is it alive, is it ready, what does it count.

pub(super) mod healthz;
pub(super) mod list_feeds;
pub(super) mod list_queues;
pub(super) mod list_users;
mod metrics;
mod readiness;
pub(super) mod readyz;

pub use self::metrics::metrics_router;
pub use self::readiness::Readiness;
