//! Questions to the evaluator, answered between two batches of ticks.

use std::pin::Pin;
use std::sync::Arc;

use bellwether_engine::Outlook;
use bellwether_model::Timestamp;
use bellwether_store::evaluation::Watched as Row;
use tokio::sync::{mpsc, oneshot};

use super::core::Core;

/// Questions that may wait. An answer takes microseconds, so a full queue means that the evaluator is held
/// up; whoever asks then waits with the request's own time-out.
const WAITING_MAX: usize = 64;

/// Asks the evaluator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inquiries(Way);

#[derive(Debug, Clone)]
enum Way {
    /// In this process.
    Here(mpsc::Sender<Inquiry>),
    /// In others.
    Elsewhere(Arc<dyn Ask>),
}

/// Asks evaluators that are in other processes.
pub(crate) trait Ask: std::fmt::Debug + Send + Sync {
    /// Why each of these alerts has not fired, in their order.
    fn outlooks(
        &self,
        rows: Vec<Row>,
        now: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Vec<Option<Outlook>>> + Send + '_>>;
}

/// One question: of several alerts, so that a page of them waits once.
#[derive(Debug)]
pub(super) struct Inquiry {
    rows: Vec<Row>,
    now: Timestamp,
    reply: oneshot::Sender<Vec<Option<Outlook>>>,
}

impl Inquiries {
    pub(super) fn new() -> (Self, mpsc::Receiver<Inquiry>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Way::Here(sender)), receiver)
    }

    /// Asks evaluators in other processes.
    pub(crate) fn elsewhere(ask: Arc<dyn Ask>) -> Self {
        Self(Way::Elsewhere(ask))
    }

    /// Asks nobody: every alert is one that is not held.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self::new().0
    }

    /// Why an alert has not fired. Nothing where the evaluator does not hold it in the shape of this row:
    /// it is not in force, or just changed.
    pub async fn outlook(&self, row: Row, now: Timestamp) -> Option<Outlook> {
        self.outlooks(vec![row], now).await.pop().flatten()
    }

    /// The same for several alerts, in their order.
    pub async fn outlooks(&self, rows: Vec<Row>, now: Timestamp) -> Vec<Option<Outlook>> {
        let asked = rows.len();
        let (reply, answer) = oneshot::channel();
        let here = match &self.0 {
            Way::Here(here) => here,
            Way::Elsewhere(ask) => return ask.outlooks(rows, now).await,
        };
        let answered = match here.send(Inquiry { rows, now, reply }).await {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        answered.unwrap_or_else(|| vec![None; asked])
    }
}

impl Inquiry {
    pub(super) fn answer(self, core: &Core) {
        // Whoever asked may have gone.
        let _ = self.reply.send(self.rows.iter().map(|row| core.outlook(row, self.now)).collect());
    }
}
