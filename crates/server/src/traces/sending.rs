//! The task that sends spans, many at a time, for as long as somebody takes them.

use std::time::Duration;

use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::exporter::Trouble;

/// Spans of one post at most.
const BATCH_MAX: usize = 512;
/// How long is waited for more of them.
const GATHER: Duration = Duration::from_millis(500);
/// After how long spans are sent again that a collector did not take, which may just be starting anew. One that did
/// not take the last ones either is asked once.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// How long the last spans may take when the process ends.
const FLUSH_MAX: Duration = Duration::from_secs(5);

/// Sends what comes.
pub(super) struct Sending<E> {
    exporter: E,
    trouble: Trouble,
    /// Whether the collector took the last ones: each change is told once.
    is_taken: bool,
}

impl<E: SpanExporter> Sending<E> {
    pub(super) fn new(exporter: E, trouble: Trouble) -> Self {
        Self { exporter, trouble, is_taken: true }
    }

    /// Sends until cancelled, and then what waits, but for no longer than a moment.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<SpanData>, cancel: CancellationToken) {
        let sending = self.send_all(&mut inbox, &cancel);
        tokio::pin!(sending);
        tokio::select! {
            () = &mut sending => return,
            () = cancel.cancelled() => {}
        }
        if tokio::time::timeout(FLUSH_MAX, sending).await.is_err() {
            tracing::warn!("the last spans of traces could not be sent in time");
        }
    }

    async fn send_all(&mut self, inbox: &mut mpsc::Receiver<SpanData>, cancel: &CancellationToken) {
        let mut batch = Vec::new();
        while next(inbox, &mut batch, cancel).await {
            self.send(std::mem::take(&mut batch), cancel).await;
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>, cancel: &CancellationToken) {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let mut waits = AGAIN_AFTER.iter().take(if self.is_taken { AGAIN_AFTER.len() } else { 0 });
        let failure = loop {
            let Err(error) = self.exporter.export(batch.clone()).await else { break None };
            let Some(wait) = waits.next() else { break Some(error) };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(*wait) => {}
            }
        };
        let outcome = if failure.is_none() { "sent" } else { "refused" };
        metrics::counter!("bellwether_trace_spans_total", "outcome" => outcome).increment(count);
        let was_taken = std::mem::replace(&mut self.is_taken, failure.is_none());
        match failure {
            Some(error) if was_taken => {
                let cause = self.trouble.take().unwrap_or_default();
                tracing::warn!(%error, cause, "the collector does not take traces; they are lost until it does");
            }
            None if !was_taken => tracing::info!("the collector takes traces again"),
            Some(_) | None => {}
        }
    }
}

/// Waits for spans, and a moment for more; after cancellation takes what there is. Whether there are any.
async fn next(
    inbox: &mut mpsc::Receiver<SpanData>,
    batch: &mut Vec<SpanData>,
    cancel: &CancellationToken,
) -> bool {
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        () = gather(inbox, batch) => {}
    }
    if cancel.is_cancelled() {
        inbox.close();
        while batch.len() < BATCH_MAX
            && let Ok(span) = inbox.try_recv()
        {
            batch.push(span);
        }
    }
    !batch.is_empty()
}

async fn gather(inbox: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    let mut is_open = inbox.recv_many(batch, BATCH_MAX).await > 0;
    let more = async {
        while is_open && batch.len() < BATCH_MAX {
            is_open = inbox.recv_many(batch, BATCH_MAX - batch.len()).await > 0;
        }
    };
    // Where no more come meanwhile, these are all.
    let _ = tokio::time::timeout(GATHER, more).await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

    use super::*;
    use crate::traces::samples;

    /// A collector that takes spans, refuses them, or never answers.
    #[derive(Debug, Clone, Default)]
    struct Collector {
        refuses: Arc<AtomicBool>,
        hangs: bool,
        posts: Arc<AtomicUsize>,
        taken: Arc<Mutex<Vec<SpanData>>>,
    }

    impl SpanExporter for Collector {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.posts.fetch_add(1, Ordering::SeqCst);
            if self.hangs {
                std::future::pending::<()>().await;
            }
            if self.refuses.load(Ordering::SeqCst) {
                return Err(OTelSdkError::InternalFailure("503".to_owned()));
            }
            self.taken.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_refuses_is_asked_again_at_first_and_then_once_until_they_take_spans() {
        let (collector, never) = (Collector::default(), CancellationToken::new());
        let mut sending = Sending::new(collector.clone(), Trouble::default());
        let mut posts_of_one = async |refuses| {
            collector.refuses.store(refuses, Ordering::SeqCst);
            let before = collector.posts.load(Ordering::SeqCst);
            sending.send(samples::spans(), &never).await;
            collector.posts.load(Ordering::SeqCst) - before
        };
        let mut posts = Vec::new();
        for refuses in [true, true, false, true] {
            posts.push(posts_of_one(refuses).await);
        }
        assert_eq!(posts, [3, 1, 1, 3]);
        assert_eq!(collector.taken.lock().unwrap().len(), samples::spans().len());
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_together_is_sent_together_and_the_rest_at_the_end() {
        let (collector, cancel) = (Collector::default(), CancellationToken::new());
        let (spans, inbox) = mpsc::channel(2 * BATCH_MAX);
        let task =
            tokio::spawn(Sending::new(collector.clone(), Trouble::default()).run(inbox, cancel.clone()));
        let one = samples::spans().remove(0);
        for _ in 0..=BATCH_MAX {
            spans.try_send(one.clone()).unwrap();
        }
        tokio::time::sleep(2 * GATHER).await;
        assert_eq!(
            collector.posts.load(Ordering::SeqCst),
            2,
            "as many as go into one, and the one that is left"
        );
        spans.try_send(one).unwrap();
        cancel.cancel();
        task.await.unwrap();
        assert_eq!(collector.taken.lock().unwrap().len(), BATCH_MAX + 2);
        assert!(spans.is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_collector_that_never_answers_does_not_hold_up_the_end() {
        let (collector, cancel) =
            (Collector { hangs: true, ..Collector::default() }, CancellationToken::new());
        let (spans, inbox) = mpsc::channel(9);
        let task =
            tokio::spawn(Sending::new(collector.clone(), Trouble::default()).run(inbox, cancel.clone()));
        for span in samples::spans() {
            spans.try_send(span).unwrap();
        }
        tokio::time::sleep(2 * GATHER).await;
        assert_eq!(collector.posts.load(Ordering::SeqCst), 1);
        let began = tokio::time::Instant::now();
        cancel.cancel();
        task.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), FLUSH_MAX.as_secs());
    }
}
