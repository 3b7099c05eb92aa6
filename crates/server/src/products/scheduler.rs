//! One loop for every kind of job: claim what is due, do it, and wait for what is due next.

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::StoreError;
use bellwether_store::job::{Job, JobKind};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Products;
use super::poll::Poller;
use super::reports::Reporter;
use super::rollup::Roller;

/// How often is looked for what is due where nothing is known to be: other processes make jobs, too.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long after a failure of the store it is asked again.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// How long is waited for more, where something changed or another process was faster.
const SETTLE: Duration = Duration::from_millis(100);
/// How long a job belongs to whoever claimed it. Longer than any of them takes: a poll asks its marketplace for
/// a few pages, each within its time-out and retries.
const LEASE: Duration = Duration::from_secs(300);

/// Does jobs of one kind.
pub(super) trait Worker: Send + Sync + 'static {
    /// Does one job, and says to the store what came of it. What it does not say is claimed anew once the lease
    /// is over.
    fn work(&self, job: Job) -> impl Future<Output = ()> + Send;
}

/// How a kind of job is done.
struct Lane {
    kind: JobKind,
    /// Jobs that are done at once.
    at_once: usize,
}

const POLLS: Lane = Lane { kind: JobKind::Poll, at_once: 4 };
const DIGESTS: Lane = Lane { kind: JobKind::Digest, at_once: 16 };
const INSIGHTS: Lane = Lane { kind: JobKind::Insights, at_once: 2 };
const ROLLUPS: Lane = Lane { kind: JobKind::Rollup, at_once: 1 };

/// Starts a loop for each kind of job.
pub(super) fn start(
    products: &Products,
    cancel: &CancellationToken,
    poller: Poller,
    reporter: Reporter,
    roller: Roller,
) -> Vec<JoinHandle<()>> {
    let (poller, reporter, roller) = (Arc::new(poller), Arc::new(reporter), Arc::new(roller));
    vec![
        tokio::spawn(run(products.clone(), POLLS, poller, cancel.clone())),
        tokio::spawn(run(products.clone(), DIGESTS, Arc::clone(&reporter), cancel.clone())),
        tokio::spawn(run(products.clone(), INSIGHTS, reporter, cancel.clone())),
        tokio::spawn(run(products.clone(), ROLLUPS, roller, cancel.clone())),
    ]
}

async fn run<W: Worker>(products: Products, lane: Lane, worker: Arc<W>, cancel: CancellationToken) {
    let mut running = JoinSet::new();
    let mut changed = products.store.alerts_changed();
    while !cancel.is_cancelled() {
        while running.try_join_next().is_some() {}
        let free = lane.at_once.saturating_sub(running.len());
        let wait = match due(&products, lane.kind, free).await {
            Ok(Due::Jobs(jobs)) => {
                for job in jobs {
                    let worker = Arc::clone(&worker);
                    running.spawn(async move { worker.work(job).await });
                }
                continue;
            }
            Ok(Due::In(wait)) => wait,
            Err(error) => {
                tracing::error!(%error, kind = lane.kind.name(), "what is due cannot be read; it is tried again");
                STORE_RETRY
            }
        };
        tokio::select! {
            () = cancel.cancelled() => break,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = products.clock.sleep(wait) => {}
            // Many alerts may be made within a moment: one look will do for them.
            _ = changed.changed() => products.clock.sleep(SETTLE).await,
        }
    }
    // What was begun is finished.
    while running.join_next().await.is_some() {}
}

/// What is to be done now, or when to look again.
enum Due {
    Jobs(Vec<Job>),
    In(Duration),
}

/// Claims what is due, if anything is. Looking costs a read; only what is due is worth a write.
async fn due(products: &Products, kind: JobKind, free: usize) -> Result<Due, StoreError> {
    let Products { store, clock, .. } = products;
    let now = clock.now();
    if free == 0 {
        return Ok(Due::In(LOOK_EVERY));
    }
    match store.next_job_at(kind).await? {
        Some(next) if next <= now => {
            let limit = u32::try_from(free).unwrap_or(u32::MAX);
            let jobs = store.claim_jobs(kind, limit, Uuid::now_v7(), LEASE, now).await?;
            // Where another process was faster.
            Ok(if jobs.is_empty() { Due::In(SETTLE) } else { Due::Jobs(jobs) })
        }
        Some(next) => Ok(Due::In(between(now, next).clamp(Duration::from_millis(1), LOOK_EVERY))),
        None => Ok(Due::In(LOOK_EVERY)),
    }
}

fn between(now: Timestamp, next: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(next.micros_since(now)).unwrap_or(0))
}
