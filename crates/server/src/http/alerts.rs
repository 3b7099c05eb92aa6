//! Alerts: making, reading, changing, stopping, deleting.

pub(super) mod advise_alert;
pub(super) mod by_link;
pub(super) mod change_alert;
pub(super) mod change_alerts;
mod changing;
mod checking;
pub(super) mod create_alert;
pub(super) mod delete_alert;
pub(super) mod explain_alert;
mod explained;
mod explained_products;
pub(super) mod export_alerts;
pub(super) mod get_alert;
pub(super) mod import_alerts;
pub(super) mod list_alerts;
pub(super) mod list_history;
mod outlooks;
pub(super) mod pause_alert;
pub(super) mod preview_alert;
pub(super) mod preview_message;
pub(super) mod rearm_alert;
pub(super) mod resume_alert;
mod samples;
pub(super) mod snooze_alert;
mod view;

pub(super) use self::create_alert::{Wish, create};
pub(super) use self::view::{AlertAnswer, AlertView, MarketView, SpecView};
