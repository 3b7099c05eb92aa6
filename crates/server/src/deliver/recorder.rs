//! Records attempts, many in one transaction.

use std::time::Duration;

use bellwether_model::UserId;
use bellwether_store::delivery::{AttemptOutcome, NewAttempt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Sending;
use super::leases::Leases;
use crate::crash::{self, Point};

/// Attempts that one transaction takes at most.
const BATCH_MAX: usize = 500;
/// Reports on their way; where there are more, sending waits.
const REPORTS_MAX: usize = 2_048;
/// While many come, how long is waited for so many of them to come together: one transaction costs hardly more than
/// another of fewer.
const GATHER: Duration = Duration::from_millis(5);
const GATHERED: usize = 64;
/// How long a failed transaction waits before it is tried again, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MOST: Duration = Duration::from_secs(5);

/// An attempt, and whose delivery it was.
pub(super) struct Report {
    pub(super) user: UserId,
    pub(super) attempt: NewAttempt,
}

/// Takes reports and records them, in a task of its own.
pub(super) struct Recorder {
    reports: mpsc::Sender<Report>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Whoever hands reports in is cancelled where the task ends before they do.
    pub(super) fn start(sending: Sending, leases: Leases, cancel: CancellationToken) -> Self {
        let (reports, inbox) = mpsc::channel(REPORTS_MAX);
        let task = async move {
            let _guard = cancel.drop_guard();
            record_all(sending, leases, inbox).await;
        };
        Self { reports, task: tokio::spawn(task) }
    }

    /// Where reports are handed in.
    pub(super) fn reports(&self) -> mpsc::Sender<Report> {
        self.reports.clone()
    }

    /// Waits until everything that was handed in is recorded.
    pub(super) async fn finish(self) {
        drop(self.reports);
        // An error means that the task panicked, which was reported where it happened.
        let _ = self.task.await;
    }
}

async fn record_all(sending: Sending, leases: Leases, mut inbox: mpsc::Receiver<Report>) {
    let (mut batch, mut many) = (Vec::new(), false);
    while inbox.recv_many(&mut batch, BATCH_MAX).await > 0 {
        if many {
            let _ = tokio::time::timeout(GATHER, gather(&mut inbox, &mut batch)).await;
        }
        many = batch.len() > 1;
        let (users, attempts): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|report| (report.user, report.attempt)).unzip();
        record(&sending, &attempts).await;
        attempts.iter().for_each(|attempt| leases.release(attempt.delivery));
        crash::point(Point::Recorded);
        for (user, attempt) in users.into_iter().zip(&attempts) {
            if attempt.outcome == AttemptOutcome::Delivered {
                (sending.on_delivered)(user);
            }
        }
    }
}

/// Takes more until there are enough, or no more will come.
async fn gather(inbox: &mut mpsc::Receiver<Report>, batch: &mut Vec<Report>) {
    while batch.len() < GATHERED && inbox.recv_many(batch, GATHERED).await > 0 {}
}

/// Records attempts, and tries again for as long as the store cannot. Where it never can again, their
/// leases run out, and the deliveries are sent once more under the same ids.
async fn record(sending: &Sending, attempts: &[NewAttempt]) {
    let mut wait = RETRY_FIRST;
    loop {
        match sending.store.record(attempts.to_vec(), sending.clock.now()).await {
            Ok(lost) => {
                if !lost.is_empty() {
                    metrics::counter!("bellwether_claims_lost_total").increment(lost.len() as u64);
                    tracing::warn!(
                        count = lost.len(),
                        "attempts came back after their lease had gone to another"
                    );
                }
                return;
            }
            Err(error) => {
                tracing::error!(%error, count = attempts.len(), "attempts could not be recorded; it is tried again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RETRY_MOST);
            }
        }
    }
}
