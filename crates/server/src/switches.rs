//! Which instruments are switched off, brought to the feeds: the store says so, a hint only says it sooner.

use std::collections::BTreeSet;
use std::time::Duration;

use bellwether_feeds::Wanted;
use bellwether_model::Instrument;
use bellwether_store::{Store, StoreError, Woken};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often it is looked, where no hint came.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Adds to what the evaluator wants which of it is switched off.
pub(crate) struct Switches {
    store: Store,
    wanted: watch::Receiver<Wanted>,
    disabled: BTreeSet<Instrument>,
    out: watch::Sender<Wanted>,
}

impl Switches {
    /// Reads what is switched off now, so that no feed begins before that is known; and what feeds are to follow.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) async fn start(
        store: Store,
        wanted: watch::Receiver<Wanted>,
    ) -> Result<(Self, watch::Receiver<Wanted>), StoreError> {
        let disabled = store.disabled_instruments().await?;
        let (out, followed) =
            watch::channel(Wanted { disabled: disabled.clone(), ..wanted.borrow().clone() });
        Ok((Self { store, wanted, disabled, out }, followed))
    }

    /// Follows both until cancelled.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        let mut hints = self.store.wakes(Woken::Wants);
        // What was wanted between the start and now.
        self.wanted.mark_changed();
        loop {
            let is_other = tokio::select! {
                () = cancel.cancelled() => return,
                changed = self.wanted.changed() => match changed {
                    Ok(()) => true,
                    // Whoever chose is gone; the last choice stands.
                    Err(_) => return,
                },
                _ = hints.changed() => self.look().await,
                () = tokio::time::sleep(LOOK_EVERY) => self.look().await,
            };
            if is_other {
                let wanted = self.wanted.borrow_and_update().clone();
                self.out.send_replace(Wanted { disabled: self.disabled.clone(), ..wanted });
            }
        }
    }

    /// Whether others are switched off than before.
    async fn look(&mut self) -> bool {
        match self.store.disabled_instruments().await {
            Ok(disabled) => std::mem::replace(&mut self.disabled, disabled) != self.disabled,
            Err(error) => {
                tracing::warn!(%error, "which instruments are switched off cannot be read; it is tried again");
                false
            }
        }
    }
}
