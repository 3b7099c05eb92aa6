//! Where spans are handed in: sampled, made, and put into the queue of the task that sends them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::HeaderMap;
use bellwether_model::Timestamp;
use bellwether_store::delivery::{Claim, Content, NewAttempt};
use bellwether_store::evaluation::{Commit, Committed};
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::requests::Requested;
use super::sending::Sending;
use super::{exporter, ids, spans};
use crate::config::{self, Sample};

/// Spans that wait to be sent, some megabytes of them. Where there are more, the newest are dropped and counted.
const WAITING_MAX: usize = 8_192;

/// Takes in what commits and attempts knew of time, without ever waiting. Clones share one queue; without a collector
/// nothing happens at all.
#[derive(Debug, Clone, Default)]
pub struct Traces {
    queue: Option<Arc<Queue>>,
}

#[derive(Debug)]
struct Queue {
    sample: Sample,
    /// Whether requests that are part of a trace have spans.
    requests: bool,
    spans: mpsc::Sender<SpanData>,
}

impl Traces {
    /// Starts to send spans to the collector, where one is configured, until cancelled and what waits then is sent.
    pub(crate) fn start(
        config: &config::Traces,
        cancel: CancellationToken,
    ) -> anyhow::Result<(Self, Option<JoinHandle<()>>)> {
        if config.endpoint.is_empty() {
            return Ok((Self::default(), None));
        }
        let (exporter, trouble) = exporter::new(config).context("traces cannot be sent")?;
        let (spans, inbox) = mpsc::channel(WAITING_MAX);
        let sending = tokio::spawn(Sending::new(exporter, trouble).run(inbox, cancel));
        let queue = Queue { sample: config.sample, requests: config.requests, spans };
        Ok((Self { queue: Some(Arc::new(queue)) }, Some(sending)))
    }

    /// Takes in the fires of a commit that was done at an instant.
    pub(crate) fn committed(&self, commit: &Commit, committed: &Committed, at: Timestamp) {
        let Some(queue) = &self.queue else { return };
        let dropped: HashSet<_> = committed.dropped.iter().copied().collect();
        for fire in &commit.fires {
            if ids::is_sampled(fire.id, queue.sample) && !dropped.contains(&(fire.alert, fire.number)) {
                queue.put(spans::of_fire(fire, at));
            }
        }
    }

    /// Takes in an attempt at a delivery, which was claimed at an instant.
    pub(crate) fn attempted(&self, claim: &Claim, claimed_at: Timestamp, attempt: &NewAttempt) {
        let Some(queue) = &self.queue else { return };
        if let Content::Fired(fire) = &claim.content
            && ids::is_sampled(fire.id, queue.sample)
        {
            queue.put(spans::of_attempt(fire.id, claim, claimed_at, attempt));
        }
    }

    /// The request with these headers that comes now, where it is part of a trace.
    pub(crate) fn requested(
        &self,
        headers: &HeaderMap,
        now: impl FnOnce() -> Timestamp,
    ) -> Option<Requested> {
        let is_wanted = self.queue.as_ref().is_some_and(|queue| queue.requests);
        is_wanted.then(|| Requested::of(headers, now)).flatten()
    }

    /// Takes in how it was answered.
    pub(crate) fn answered(
        &self,
        request: &Requested,
        method: &str,
        route: &str,
        status: u16,
        took: Duration,
    ) {
        if let Some(queue) = &self.queue {
            queue.put([request.span(method, route, status, took)]);
        }
    }
}

impl Queue {
    fn put(&self, spans: impl IntoIterator<Item = SpanData>) {
        for span in spans {
            if self.spans.try_send(span).is_err() {
                metrics::counter!("bellwether_trace_spans_total", "outcome" => "overflow").increment(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{AlertId, Status};
    use bellwether_store::evaluation::Watched;
    use bellwether_store::testing;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use uuid::Uuid;

    use super::*;
    use crate::deliver::samples::at;
    use crate::traces::samples;

    #[test]
    fn a_full_queue_drops_what_is_new_and_nobody_waits() {
        let (spans, mut inbox) = mpsc::channel(4);
        let queue = Queue { sample: "1".parse().unwrap(), requests: false, spans };
        let (first, second) = (samples::spans(), samples::spans());
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            queue.put(first.clone());
            queue.put(second.clone());
        });
        let kept: Vec<SpanData> = std::iter::from_fn(|| inbox.try_recv().ok()).collect();
        assert_eq!(kept, [&first[..], &second[..1]].concat());
        let text = recorder.handle().render();
        assert!(text.contains(r#"bellwether_trace_spans_total{outcome="overflow"} 2"#), "{text}");
    }

    fn watched() -> Watched {
        let spec =
            r#"{"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}}"#;
        let state = bellwether_model::AlertState::default();
        Watched {
            id: AlertId(Uuid::now_v7()),
            user: bellwether_model::UserId(Uuid::now_v7()),
            spec: serde_json::from_str(spec).unwrap(),
            status: Status::Active,
            snoozed_until: None,
            revision: 1,
            arming: 1,
            created_at: at(0),
            state,
        }
    }

    #[test]
    fn a_fire_that_lost_against_a_change_of_its_alert_was_never_made() {
        let (spans, mut inbox) = mpsc::channel(9);
        let queue = Queue { sample: "1".parse().unwrap(), requests: false, spans };
        let traces = Traces { queue: Some(Arc::new(queue)) };
        let (kept, lost) =
            (testing::samples::fire(&watched(), at(1)), testing::samples::fire(&watched(), at(1)));
        let committed = Committed { dropped: vec![(lost.alert, lost.number)], ..Committed::default() };
        let commit = Commit { fires: vec![lost, kept.clone()], ..Commit::default() };
        traces.committed(&commit, &committed, at(2));
        let told: Vec<_> =
            std::iter::from_fn(|| inbox.try_recv().ok()).map(|span| span.span_context.trace_id()).collect();
        assert_eq!(told, [ids::trace_of(kept.id); 3]);
    }

    #[test]
    fn without_a_collector_nothing_is_started() {
        let config = config::Config::load(&config::Sources::default()).unwrap();
        // There is no run time that a task could be started in.
        let (traces, task) = Traces::start(&config.traces, CancellationToken::new()).unwrap();
        assert!(traces.queue.is_none() && task.is_none());
    }
}
