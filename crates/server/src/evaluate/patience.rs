//! Waiting to hear how far the markets have gone.

use std::time::Duration;

/// How long is waited at a time.
const STEP: Duration = Duration::from_millis(25);
/// How often at most: five seconds in all, several checkpoints.
const STEPS: u32 = 200;

/// What is left of the time for which an alert waits to be armed.
///
/// An alert is armed at the newest position that this process has heard of. Where a checkpoint has passed that
/// meanwhile the store refuses it, and it is armed anew a moment later.
#[derive(Debug)]
pub(crate) struct Patience(u32);

/// This process has not heard for seconds how far an instrument was evaluated.
#[derive(Debug, thiserror::Error)]
#[error("this process does not hear how far the instrument is evaluated; try again")]
pub(crate) struct Deaf;

impl Patience {
    pub(crate) const fn new() -> Self {
        Self(STEPS)
    }

    /// Waits for a moment.
    pub(crate) async fn wait(&mut self) -> Result<(), Deaf> {
        self.0 = self.0.checked_sub(1).ok_or(Deaf)?;
        tokio::time::sleep(STEP).await;
        Ok(())
    }
}
