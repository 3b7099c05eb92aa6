//! What stands in for traces in a program that is built without them. Its configuration names no collector: it would
//! have been refused.

use std::time::Duration;

use axum::http::HeaderMap;
use bellwether_model::Timestamp;
use bellwether_store::delivery::{Claim, NewAttempt};
use bellwether_store::evaluation::{Commit, Committed};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config;

/// A request that is part of a trace: there is none.
#[derive(Debug)]
pub(crate) enum Requested {}

/// Takes in what fires and attempts knew of time, and does nothing with it.
#[derive(Debug, Clone, Default)]
pub struct Traces(());

impl Traces {
    #[expect(clippy::unnecessary_wraps, reason = "with traces it may fail")]
    pub(crate) fn start(
        _: &config::Traces,
        _: CancellationToken,
    ) -> anyhow::Result<(Self, Option<JoinHandle<()>>)> {
        Ok((Self::default(), None))
    }

    pub(crate) fn committed(&self, _: &Commit, _: &Committed, _: Timestamp) {}

    pub(crate) fn attempted(&self, _: &Claim, _: Timestamp, _: &NewAttempt) {}

    pub(crate) fn requested(&self, _: &HeaderMap, _: impl FnOnce() -> Timestamp) -> Option<Requested> {
        None
    }

    pub(crate) fn answered(&self, _: &Requested, _: &str, _: &str, _: u16, _: Duration) {}
}
