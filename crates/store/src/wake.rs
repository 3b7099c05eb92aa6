//! Wake-ups within the process: hints, never truth.

use tokio::sync::watch;

/// Who waits for what.
#[derive(Debug)]
pub(crate) struct Wake {
    alerts: watch::Sender<()>,
    deliveries: watch::Sender<()>,
}

impl Wake {
    pub(crate) fn new() -> Self {
        Self { alerts: watch::Sender::new(()), deliveries: watch::Sender::new(()) }
    }

    /// Alerts changed, and the change is committed.
    pub(crate) fn alerts(&self) {
        self.alerts.send_replace(());
    }

    /// Deliveries became due, and the change is committed.
    pub(crate) fn deliveries(&self) {
        self.deliveries.send_replace(());
    }

    pub(crate) fn on_alerts(&self) -> watch::Receiver<()> {
        self.alerts.subscribe()
    }

    pub(crate) fn on_deliveries(&self) -> watch::Receiver<()> {
        self.deliveries.subscribe()
    }
}
