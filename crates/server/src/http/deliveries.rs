//! Deliveries: what was owed to whom, every attempt, and another try.

pub(super) mod get_delivery;
pub(super) mod list_deliveries;
pub(super) mod retry_delivery;
pub(super) mod retry_failed;
pub(super) mod take_return;
mod view;

pub(super) use self::view::DeliveryView;
