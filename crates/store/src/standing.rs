//! Whether what is written is kept.

use tokio::sync::watch;

use crate::error::StoreError;

/// Whether the store keeps what is written to it, as the last writes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It does.
    Keeps,
    /// There is no room left.
    Full,
    /// It may not be written to.
    ReadOnly,
    /// It cannot be reached, or the disk fails.
    Unreachable,
}

/// Hears how writes end.
///
/// A write that ends well proves nothing once others failed: one that changes nothing needs no room. So from then on
/// only a write that was made to prove it counts: see [`Store::prove_room`](crate::Store::prove_room).
#[derive(Debug, Clone)]
pub(crate) struct Standings(watch::Sender<Standing>);

impl Standings {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Standing::Keeps))
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Standing> {
        self.0.subscribe()
    }

    /// Hears how a write ended.
    pub(crate) fn hear<T>(&self, ended: &Result<T, StoreError>) {
        let Err(error) = ended else { return };
        let standing = match error {
            StoreError::Full { .. } => Standing::Full,
            StoreError::ReadOnly { .. } => Standing::ReadOnly,
            StoreError::Unavailable { .. } => Standing::Unreachable,
            _ => return,
        };
        self.set(standing);
    }

    /// Hears that a write went well which needed room.
    pub(crate) fn proved(&self) {
        self.set(Standing::Keeps);
    }

    fn set(&self, standing: Standing) {
        self.0.send_if_modified(|known| std::mem::replace(known, standing) != standing);
    }
}
