//! What all parts of one simulated Binance share.

use std::sync::Arc;

use super::limits::Limits;
use super::rest::weight::Scale;
use crate::venue::stage::Stage;

/// The shared state.
#[derive(Debug)]
pub(super) struct World {
    pub(super) stage: Arc<Stage>,
    pub(super) limits: Limits,
    pub(super) scale: Scale,
}

impl World {
    pub(super) fn new(stage: Arc<Stage>, limits: Limits) -> Arc<Self> {
        Arc::new(Self { stage, scale: Scale::new(limits.clone()), limits })
    }
}
