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
    /// Deliveries that are at their end, with their attempts; for good where nothing is said.
    pub keep_deliveries: Option<Span>,
    /// Fires that no delivery tells of any more; likewise.
    pub keep_fires: Option<Span>,
    /// Which prices were too far off to be believed at once.
    pub keep_quarantine: Span,
}

impl History {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let (keep_minutes, keep_hours) = (r.span("history.keep_minutes"), r.span("history.keep_hours"));
        let keep_changes = r.span("history.keep_changes");
        let keep_deliveries = kept(r, "history.keep_deliveries");
        let keep_fires = Self::fires(r, keep_changes);
        let keep_quarantine = r.span("history.keep_quarantine");
        Some(Self {
            keep_minutes: keep_minutes?,
            keep_hours: keep_hours?,
            keep_changes: keep_changes?,
            keep_deliveries: keep_deliveries?,
            keep_fires: keep_fires?,
            keep_quarantine: keep_quarantine?,
        })
    }

    /// What happened is told with its fires, so they are kept for as long at least.
    fn fires(r: &mut Reader, keep_changes: Option<Span>) -> Option<Option<Span>> {
        let kept = kept(r, "history.keep_fires")?;
        let least = keep_changes?;
        if kept.is_none_or(|kept| kept >= least) {
            return Some(kept);
        }
        let message = format!("must be {least} at least, as long as history.keep_changes");
        r.refuse("history.keep_fires", &message)
    }
}

/// How long something is kept that may be kept for good.
fn kept(r: &mut Reader, key: &'static str) -> Option<Option<Span>> {
    match r.optional::<Span>(key)? {
        Some(Span::ZERO) => r.span(key).map(Some),
        kept => Some(kept),
    }
}
