//! Alerts: making, reading, changing, stopping, deleting.

pub(super) mod advise_alert;
pub(super) mod change_alert;
mod changing;
mod checking;
pub(super) mod create_alert;
pub(super) mod delete_alert;
pub(super) mod explain_alert;
mod explained;
pub(super) mod get_alert;
pub(super) mod list_alerts;
pub(super) mod list_history;
pub(super) mod pause_alert;
pub(super) mod rearm_alert;
pub(super) mod resume_alert;
pub(super) mod snooze_alert;
mod view;

pub(super) use self::create_alert::{Wish, create};
pub(super) use self::view::{AlertAnswer, AlertView, MarketView, SpecView};
