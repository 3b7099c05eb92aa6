//! What happened to what is one person's lately: for showing it as it happens.

use crate::alert::Alert;
use crate::delivery::Delivery;
use crate::evaluation::Cursor;
use crate::fire::Fire;

/// What happened to what is one person's.
///
/// A hint for whoever looks on, not a record: where more happened than fits, [`News::more`] says so, and
/// the lists are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Alerts that changed after a place in the change log, or that fired lately, as they are now; each
    /// once. Deleted ones are among them.
    pub alerts: Vec<Alert>,
    /// Fires made since an instant, oldest first.
    pub fires: Vec<Fire>,
    /// The newest deliveries, whether or not they changed, oldest first.
    pub deliveries: Vec<Delivery>,
    /// The place in the change log to go on from.
    pub cursor: Cursor,
    /// Whether alerts or fires are missing from this.
    pub more: bool,
}
