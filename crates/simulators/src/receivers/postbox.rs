//! The posts that came, newest last, and the bell that rings for each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::post::{Post, Service};

/// The posts of one set of receivers; clones are the same one.
#[derive(Clone, Debug)]
pub struct Postbox {
    shared: Arc<Shared>,
}

/// What was waited for did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("waited in vain")]
pub struct InVain;

#[derive(Debug)]
struct Shared {
    most: usize,
    kept: Mutex<VecDeque<Post>>,
    total: watch::Sender<u64>,
}

impl Postbox {
    pub(super) fn new(most: usize) -> Self {
        let total = watch::channel(0).0;
        Self { shared: Arc::new(Shared { most, kept: Mutex::default(), total }) }
    }

    /// The kept posts, newest first.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.lock().iter().rev().cloned().collect()
    }

    /// The kept posts to one service, newest first.
    #[must_use]
    pub fn posts_to(&self, service: Service) -> Vec<Post> {
        self.lock().iter().rev().filter(|post| post.service == service).cloned().collect()
    }

    /// How many came.
    #[must_use]
    pub fn total(&self) -> u64 {
        *self.shared.total.borrow()
    }

    /// Waits until `count` posts have come since the start.
    ///
    /// # Errors
    /// [`InVain`] after `patience`.
    pub async fn wait_for(&self, count: u64, patience: Duration) -> Result<(), InVain> {
        let mut total = self.shared.total.subscribe();
        let reached = total.wait_for(|total| *total >= count);
        tokio::time::timeout(patience, reached).await.map(drop).map_err(|_| InVain)
    }

    /// Forgets all posts. Their count goes on.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Whether one of the kept posts was taken with this value in this header.
    pub(super) fn took(&self, name: &str, value: &str) -> bool {
        self.lock().iter().any(|post| post.taken && post.header(name) == Some(value))
    }

    /// Takes a post in and numbers it. The oldest ones make room.
    pub(super) fn keep(&self, mut post: Post) {
        let mut kept = self.lock();
        post.id = *self.shared.total.borrow() + 1;
        let total = post.id;
        kept.push_back(post);
        while kept.len() > self.shared.most {
            kept.pop_front();
        }
        self.shared.total.send_replace(total);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Post>> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
