//! Fires: what went off, with the evidence.

pub(super) mod count_fires;
pub(super) mod export_fires;
pub(super) mod get_fire;
pub(super) mod list_alert_fires;
pub(super) mod list_fires;
mod view;

pub(super) use self::view::{FireView, measured};
