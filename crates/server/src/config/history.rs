//! How long price history is kept.

use bellwether_model::Span;
use serde::Serialize;

use super::reader::Reader;

/// How long price history is kept. Candles of days are kept for good.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// Candles of minutes.
    pub keep_minutes: Span,
    /// Candles of hours.
    pub keep_hours: Span,
}

impl History {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let (keep_minutes, keep_hours) = (r.span("history.keep_minutes"), r.span("history.keep_hours"));
        Some(Self { keep_minutes: keep_minutes?, keep_hours: keep_hours? })
    }
}
