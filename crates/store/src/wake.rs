//! Wake-ups: hints, never truth. They are heard within the process, and whoever has other processes to tell hears
//! which of them came about here.

use tokio::sync::watch;

/// What a wake-up is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Woken {
    /// Alerts changed, and the change is committed.
    Alerts,
    /// Deliveries became due, and the change is committed.
    Deliveries,
    /// What evaluators want from the markets changed.
    Wants,
}

/// Who waits for what.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    alerts: Bell,
    deliveries: Bell,
    wants: Bell,
}

/// Heard by everybody in the process; and what came about here, by whoever tells other processes.
#[derive(Debug, Default)]
struct Bell {
    all: watch::Sender<()>,
    own: watch::Sender<()>,
}

impl Wake {
    /// Alerts changed, and the change is committed.
    pub(crate) fn alerts(&self) {
        self.ring(Woken::Alerts);
    }

    /// Deliveries became due, and the change is committed.
    pub(crate) fn deliveries(&self) {
        self.ring(Woken::Deliveries);
    }

    /// It came about here.
    pub(crate) fn ring(&self, woken: Woken) {
        self.heard_elsewhere(woken);
        self.bell(woken).own.send_replace(());
    }

    /// It came about in another process.
    pub(crate) fn heard_elsewhere(&self, woken: Woken) {
        self.bell(woken).all.send_replace(());
    }

    pub(crate) fn on(&self, woken: Woken) -> watch::Receiver<()> {
        self.bell(woken).all.subscribe()
    }

    pub(crate) fn on_own(&self, woken: Woken) -> watch::Receiver<()> {
        self.bell(woken).own.subscribe()
    }

    fn bell(&self, woken: Woken) -> &Bell {
        match woken {
            Woken::Alerts => &self.alerts,
            Woken::Deliveries => &self.deliveries,
            Woken::Wants => &self.wants,
        }
    }
}
