//! Deliveries: what was owed to whom, every attempt, and another try.

pub(super) mod get_delivery;
pub(super) mod list_deliveries;
pub(super) mod retry_delivery;
mod view;
