//! How long history is kept: of prices, and of what happened to what is each user's.

use bellwether_model::Span;
use serde::Serialize;

use super::reader::Reader;

/// How long history is kept. Candles of days are kept for good.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// Candles of minutes.
    pub keep_minutes: Span,
    /// Candles of hours.
    pub keep_hours: Span,
    /// What `GET /api/changes` tells.
    pub keep_changes: Span,
    /// Which prices were too far off to be believed at once.
    pub keep_quarantine: Span,
}

impl History {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let (keep_minutes, keep_hours) = (r.span("history.keep_minutes"), r.span("history.keep_hours"));
        let keep_changes = r.span("history.keep_changes");
        let keep_quarantine = r.span("history.keep_quarantine");
        Some(Self {
            keep_minutes: keep_minutes?,
            keep_hours: keep_hours?,
            keep_changes: keep_changes?,
            keep_quarantine: keep_quarantine?,
        })
    }
}
