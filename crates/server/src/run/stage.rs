//! Parts that are stopped together, and what becomes of the service where one of their tasks panics.
//!
//! A part without one of its tasks would do half of its work and say that it is well. So its panic is told to whoever
//! asks whether the service is ready, and to whoever runs the service, who ends it: nothing is lost by that, and the
//! next process does everything again.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::http::Readiness;

/// How long a part may take to end before it is left behind; what it had not recorded is done again by
/// the next process.
const STOP_MAX: Duration = Duration::from_secs(30);

/// Parts that are stopped together.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) cancel: CancellationToken,
    pub(super) tasks: Vec<JoinHandle<()>>,
}

impl Stage {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, cancel: CancellationToken::new(), tasks: Vec::new() }
    }

    /// The same, with an eye on each of its tasks.
    pub(super) fn watched(mut self, falls: &Falls) -> Self {
        let name = self.name;
        let watched = |task: JoinHandle<()>| {
            let falls = falls.clone();
            tokio::spawn(async move {
                if task.await.is_err_and(|error| error.is_panic()) {
                    falls.note(name);
                }
            })
        };
        self.tasks = self.tasks.into_iter().map(watched).collect();
        self
    }

    pub(super) async fn stop(self) {
        self.cancel.cancel();
        let ended = async {
            for task in self.tasks {
                // A part that panicked has said so where it happened.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(STOP_MAX, ended).await.is_err() {
            tracing::warn!(part = self.name, "did not end in time and is left behind");
        }
    }
}

/// Which part fell first. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(super) struct Falls {
    readiness: Readiness,
    first: watch::Sender<Option<&'static str>>,
}

impl Falls {
    pub(super) fn new(readiness: Readiness) -> Self {
        Self { readiness, first: watch::Sender::new(None) }
    }

    /// Waits until a part has fallen, and says which.
    pub(super) async fn first(&self) -> &'static str {
        let mut first = self.first.subscribe();
        let fallen = match first.wait_for(Option::is_some).await {
            Ok(fallen) => *fallen,
            // The sender lives as long as this does.
            Err(_) => None,
        };
        match fallen {
            Some(part) => part,
            None => std::future::pending().await,
        }
    }

    fn note(&self, part: &'static str) {
        self.readiness.fell(part);
        tracing::error!(part, "a task of this part has panicked");
        self.first.send_if_modified(|first| {
            let is_first = first.is_none();
            if is_first {
                *first = Some(part);
            }
            is_first
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_told_and_one_that_ends_is_not() {
        let readiness = Readiness::default();
        let falls = Falls::new(readiness.clone());
        readiness.ready("feeds");
        let mut well = Stage::new("journal");
        well.tasks.push(tokio::spawn(async {}));
        well.watched(&falls).stop().await;

        let mut fallen = Stage::new("feeds");
        fallen.tasks.push(tokio::spawn(std::future::pending()));
        fallen.tasks.push(tokio::spawn(async { panic!("planted") }));
        let _fallen = fallen.watched(&falls);
        assert_eq!(falls.first().await, "feeds");
        // What it says of itself afterwards, and what falls with it, changes nothing.
        readiness.ready("feeds");
        falls.note("evaluator");
        assert_eq!(falls.first().await, "feeds");
        let parts = readiness.parts();
        assert!(parts["feeds"].is_err() && parts["evaluator"].is_err(), "{parts:?}");
        assert!(!parts.contains_key("journal"), "{parts:?}");
    }
}
