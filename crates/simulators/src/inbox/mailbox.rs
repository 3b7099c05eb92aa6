//! The mails that came, newest last, and the bell that rings for each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::config::Keep;
use super::counts::Counts;
use super::letter;
use super::mail::{Arrival, Mail};

/// The mails of one inbox; clones are the same one.
#[derive(Clone, Debug)]
pub struct Mailbox {
    shared: Arc<Shared>,
}

/// What was waited for did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("waited in vain")]
pub struct InVain;

#[derive(Debug)]
struct Shared {
    keep: Keep,
    kept: Mutex<Kept>,
    total: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    mails: VecDeque<Arc<Mail>>,
    bytes: usize,
    counts: Counts,
}

impl Mailbox {
    pub(super) fn new(keep: Keep) -> Self {
        let total = watch::channel(0).0;
        Self { shared: Arc::new(Shared { keep, kept: Mutex::default(), total }) }
    }

    /// The kept mails, newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Arc<Mail>> {
        self.lock().mails.iter().rev().cloned().collect()
    }

    /// The kept mails for recipients whose address contains `part`, newest first.
    #[must_use]
    pub fn mails_for(&self, part: &str) -> Vec<Arc<Mail>> {
        self.lock().mails.iter().rev().filter(|mail| mail.is_for(part)).cloned().collect()
    }

    /// The kept mail with this id.
    #[must_use]
    pub fn mail(&self, id: u64) -> Option<Arc<Mail>> {
        let kept = self.lock();
        let place = kept.mails.binary_search_by_key(&id, |mail| mail.id).ok()?;
        kept.mails.get(place).cloned()
    }

    /// How many came, and of what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// How many came for recipients whose address contains `part`, once for each such recipient.
    #[must_use]
    pub fn total_for(&self, part: &str) -> u64 {
        self.lock().counts.for_recipients(part)
    }

    /// How many came.
    #[must_use]
    pub fn total(&self) -> u64 {
        *self.shared.total.borrow()
    }

    /// Waits until `count` mails have come since the start or the last clearing.
    ///
    /// # Errors
    /// [`InVain`] after `patience`.
    pub async fn wait_for(&self, count: u64, patience: Duration) -> Result<(), InVain> {
        let mut total = self.shared.total.subscribe();
        let reached = total.wait_for(|total| *total >= count);
        tokio::time::timeout(patience, reached).await.map(drop).map_err(|_| InVain)
    }

    /// Waits for a kept mail that `condition` describes; the newest one, where there are several.
    ///
    /// # Errors
    /// [`InVain`] after `patience`.
    pub async fn wait_for_mail(
        &self,
        patience: Duration,
        condition: impl Fn(&Mail) -> bool,
    ) -> Result<Arc<Mail>, InVain> {
        let mut total = self.shared.total.subscribe();
        let found = async {
            loop {
                if let Some(mail) = self.mails().into_iter().find(|mail| condition(mail)) {
                    return mail;
                }
                total.changed().await.expect("the sender lives as long as self");
            }
        };
        tokio::time::timeout(patience, found).await.map_err(|_| InVain)
    }

    /// Forgets all mails and counts. Ids go on.
    pub fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept::default();
        self.shared.total.send_replace(0);
    }

    /// Rings with the total whenever it changes.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.shared.total.subscribe()
    }

    /// Takes a mail in. The oldest ones make room.
    pub(super) fn accept(&self, id: u64, arrival: Arrival) {
        // Read before the lock is taken: a load test has many senders.
        let message_id = letter::message_id(&arrival.raw);
        let mut kept = self.lock();
        kept.counts.add(message_id, &arrival.envelope_to);
        if let Keep::Mails { count, bytes } = self.shared.keep {
            kept.bytes += arrival.raw.len();
            // Two sessions may come here in the other order than they drew their ids.
            let place = kept.mails.partition_point(|mail| mail.id < id);
            kept.mails.insert(place, Arc::new(Mail::new(id, arrival)));
            while kept.mails.len() > count || kept.bytes > bytes {
                let Some(oldest) = kept.mails.pop_front() else { break };
                kept.bytes -= oldest.raw.len();
            }
        }
        self.shared.total.send_replace(kept.counts.total);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(to: &str, bytes: usize) -> Arrival {
        Arrival {
            received_us: 0,
            envelope_from: String::new(),
            envelope_to: vec![to.to_owned()],
            encrypted: false,
            user: None,
            raw: vec![b'x'; bytes],
        }
    }

    fn ids(mailbox: &Mailbox) -> Vec<u64> {
        mailbox.mails().iter().map(|mail| mail.id).collect()
    }

    #[test]
    fn the_oldest_make_room_and_all_are_counted() {
        let mailbox = Mailbox::new(Keep::Mails { count: 3, bytes: 100 });
        for id in 1..=5 {
            mailbox.accept(id, arrival("a@x", 10));
        }
        assert_eq!(ids(&mailbox), [5, 4, 3]);
        mailbox.accept(6, arrival("b@x", 85));
        assert_eq!(ids(&mailbox), [6, 5]);
        assert_eq!(mailbox.total(), 6);
        assert_eq!(mailbox.counts().by_recipient["a@x"], 5);
        assert_eq!(mailbox.mails_for("b@").len(), 1);
        mailbox.clear();
        assert_eq!((mailbox.total(), ids(&mailbox)), (0, vec![]));
    }

    #[test]
    fn counts_alone_keep_nothing() {
        let mailbox = Mailbox::new(Keep::CountsOnly);
        mailbox.accept(1, arrival("a@x", 10));
        assert_eq!((mailbox.total(), ids(&mailbox)), (1, vec![]));
    }
}
