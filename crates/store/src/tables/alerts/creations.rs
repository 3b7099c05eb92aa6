//! The task that creates alerts for many callers at once.
//!
//! While one transaction is on its way to the disk, the wishes of other callers gather; the next
//! transaction takes them all, in a few statements of many rows.

use std::sync::Arc;

use bellwether_model::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::create::{self, Wish};
use crate::alert::{Creation, NewAlert};
use crate::backend::Backend;
use crate::error::StoreError;

/// Wishes that may wait. Where the queue is full, callers wait for room.
const QUEUE: usize = 1_024;
/// Wishes in one transaction at most.
const GROUP: usize = 200;

type Answer = oneshot::Sender<Result<Creation, StoreError>>;

enum Task {
    Create(Box<Wish>, Answer),
    Close(oneshot::Sender<()>),
}

/// The queue of the task that creates alerts.
#[derive(Debug)]
pub(crate) struct Creations {
    queue: mpsc::Sender<Task>,
}

impl Creations {
    /// Starts the task. It ends when told to close, or when its store is gone.
    pub(crate) fn start(backend: Backend) -> Self {
        let (queue, tasks) = mpsc::channel(QUEUE);
        tokio::spawn(run(backend, tasks));
        Self { queue }
    }

    pub(crate) async fn create(
        &self,
        new: NewAlert,
        limit_per_user: u64,
        now: Timestamp,
    ) -> Result<Creation, StoreError> {
        let (answer, answered) = oneshot::channel();
        let wish = Box::new(Wish { new, limit_per_user, now });
        self.queue.send(Task::Create(wish, answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Waits until every wish that was made before is answered.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.queue.send(Task::Close(answer)).await.is_ok() {
            // No answer means that the task has ended, which is what is asked for.
            let _ = answered.await;
        }
    }
}

async fn run(backend: Backend, mut tasks: mpsc::Receiver<Task>) {
    let mut group = Vec::with_capacity(GROUP);
    while tasks.recv_many(&mut group, GROUP).await > 0 {
        let (mut wishes, mut answers, mut closed) = (Vec::new(), Vec::new(), Vec::new());
        for task in group.drain(..) {
            match task {
                Task::Create(wish, answer) => {
                    wishes.push(*wish);
                    answers.push(answer);
                }
                Task::Close(answer) => closed.push(answer),
            }
        }
        create_for_all(&backend, wishes, answers).await;
        if !closed.is_empty() {
            for answer in closed {
                // A caller that no longer waits needs no answer.
                let _ = answer.send(());
            }
            return;
        }
    }
}

async fn create_for_all(backend: &Backend, wishes: Vec<Wish>, answers: Vec<Answer>) {
    if wishes.is_empty() {
        return;
    }
    let wishes: Arc<[Wish]> = wishes.into();
    match create_together(backend, Arc::clone(&wishes)).await {
        Ok(creations) => {
            for (answer, creation) in answers.into_iter().zip(creations) {
                let _ = answer.send(Ok(creation));
            }
        }
        // One of them is to blame: each on its own, so that the others do not suffer for it.
        Err(StoreError::Refused { .. }) if wishes.len() > 1 => {
            for (answer, wish) in answers.into_iter().zip(wishes.iter()) {
                let alone = create_together(backend, [wish.clone()].into()).await;
                let alone = alone.and_then(|mut creations| creations.pop().ok_or(StoreError::Closed));
                let _ = answer.send(alone);
            }
        }
        Err(error) => {
            for answer in answers {
                let _ = answer.send(Err(error.of_group()));
            }
        }
    }
}

async fn create_together(backend: &Backend, wishes: Arc<[Wish]>) -> Result<Vec<Creation>, StoreError> {
    backend.write(move |db| Box::pin(create::create(db, wishes.to_vec()))).await
}
