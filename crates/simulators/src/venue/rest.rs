//! What every request of a venue's REST interface goes through before it is answered.

use std::time::Duration;

use super::fault::Refusal;
use super::stage::Stage;

/// Counts a request under its path, waits as long as ordered, and says how it is refused, if it is.
pub(crate) async fn receive(stage: &Stage, path: &str) -> Option<Refusal> {
    stage.tally.note(|counters| *counters.rest_requests.entry(path.to_owned()).or_default() += 1);
    let delay = stage.faults.delay_rest();
    if delay > Duration::ZERO {
        tokio::time::sleep(delay).await;
    }
    let refusal = stage.faults.take_refusal(path);
    if refusal.is_some() {
        stage.tally.note(|counters| counters.rest_refused += 1);
    }
    refusal
}
