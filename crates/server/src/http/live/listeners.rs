//! Who waits for changes of whose things: hints within the process.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bellwether_model::UserId;
use tokio::sync::watch;

/// Streams that one user may have open.
const PER_USER: usize = 32;

/// The users whose changes somebody waits for. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub(in crate::http) struct Listeners(Arc<RwLock<HashMap<UserId, watch::Sender<()>>>>);

/// Waits for changes of one user's things.
pub(in crate::http) struct Listener {
    user: UserId,
    changed: watch::Receiver<()>,
    all: Listeners,
}

impl Listeners {
    /// Something of this user's has changed.
    pub(in crate::http) fn tell(&self, user: UserId) {
        let listened = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = listened.get(&user) {
            sender.send_replace(());
        }
    }

    /// Waits for changes of a user's things; nothing where too many do.
    pub(in crate::http) fn listen(&self, user: UserId) -> Option<Listener> {
        let mut listened = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let sender = listened.entry(user).or_default();
        let few = sender.receiver_count() < PER_USER;
        few.then(|| Listener { user, changed: sender.subscribe(), all: self.clone() })
    }
}

impl Listener {
    /// Returns once something has changed since it last returned, or since it was made.
    pub(super) async fn changed(&mut self) {
        // The sender stays for as long as anybody listens.
        let _ = self.changed.changed().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listened = self.all.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_last = listened.get(&self.user).is_some_and(|sender| sender.receiver_count() <= 1);
        if is_last {
            listened.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn changes_are_told_to_whoever_listens_to_that_user() {
        let listeners = Listeners::default();
        let (ada, bob) = (UserId(Uuid::now_v7()), UserId(Uuid::now_v7()));
        listeners.tell(ada);
        let mut hers = listeners.listen(ada).unwrap();
        let mut also_hers = listeners.listen(ada).unwrap();
        let mut his = listeners.listen(bob).unwrap();
        assert!(hers.changed().now_or_never().is_none(), "only what comes after");
        listeners.tell(ada);
        listeners.tell(ada);
        assert!(hers.changed().now_or_never().is_some());
        assert!(hers.changed().now_or_never().is_none(), "two hints before a look are one");
        assert!(also_hers.changed().now_or_never().is_some());
        assert!(his.changed().now_or_never().is_none());
    }

    #[test]
    fn a_user_has_so_many_streams_and_gone_ones_do_not_count() {
        let listeners = Listeners::default();
        let ada = UserId(Uuid::now_v7());
        let mut open: Vec<Listener> = (0..PER_USER).map(|_| listeners.listen(ada).unwrap()).collect();
        assert!(listeners.listen(ada).is_none());
        open.pop();
        assert!(listeners.listen(ada).is_some());
        open.clear();
        assert!(listeners.0.read().unwrap().is_empty(), "nothing is kept of whoever is gone");
    }
}
