//! How many messages each worker sends at once.

use std::sync::Arc;

use bellwether_store::channel::Medium;
use bellwether_store::delivery::Lane;
use tokio::sync::Semaphore;

/// Messages of a lane that is not urgent on their way at once, of each medium.
const UNHURRIED: usize = 4;

/// The places of one worker.
#[derive(Clone)]
pub(super) struct Places {
    /// Messages that it sends at once at most.
    pub(super) at_once: usize,
    /// One permit for each message being sent.
    pub(super) free: Arc<Semaphore>,
}

impl Places {
    /// So many, for one worker alone.
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once, free: Arc::new(Semaphore::new(at_once)) }
    }
}

/// Gives each worker of a process its places.
pub(super) struct Allotment {
    at_once: usize,
    /// Mails that can be sent at once.
    connections: usize,
    /// Shared by the mails of all lanes that are not urgent.
    unhurried_mails: Places,
}

impl Allotment {
    /// Where so many messages are sent at once, over so many connections to a mail server; `None` where there is none.
    pub(super) fn new(at_once: usize, connections: Option<usize>) -> Self {
        let connections = connections.unwrap_or(usize::MAX);
        // Half of the connections stay free for what is urgent, or the greater half. Who has just one shares it.
        let most = (connections / 2).clamp(1, 2 * UNHURRIED).min(at_once);
        Self { at_once, connections, unhurried_mails: Places::new(most) }
    }

    pub(super) fn of(&self, lane: Lane, medium: Medium) -> Places {
        match (lane, medium) {
            // A mail that has a place has a connection unless others have it: it does not wait for one, long after the
            // last look at whether it is still wanted.
            (Lane::Urgent, Medium::Mail) => Places::new(self.at_once.min(self.connections)),
            (Lane::Urgent, Medium::Post) => Places::new(self.at_once),
            (Lane::Digest | Lane::Insights, Medium::Mail) => {
                let Places { at_once, free } = self.unhurried_mails.clone();
                Places { at_once: at_once.min(UNHURRIED), free }
            }
            (Lane::Digest | Lane::Insights, Medium::Post) => Places::new(self.at_once.min(UNHURRIED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_connections_stay_free_for_urgent_mails() {
        for (connections, urgent, unhurried) in
            [(1, 1, 1), (2, 2, 1), (3, 3, 1), (8, 8, 4), (9, 9, 4), (64, 64, 8), (100, 64, 8)]
        {
            let allotment = Allotment::new(64, Some(connections));
            let of = |lane| allotment.of(lane, Medium::Mail);
            assert_eq!(of(Lane::Urgent).at_once, urgent);
            assert_eq!(of(Lane::Urgent).free.available_permits(), urgent);
            let (digests, insights) = (of(Lane::Digest), of(Lane::Insights));
            assert!(Arc::ptr_eq(&digests.free, &insights.free), "they share their places");
            assert_eq!(digests.free.available_permits(), unhurried, "of {connections}");
            assert_eq!((digests.at_once, insights.at_once), (unhurried.min(4), unhurried.min(4)));
        }
    }

    #[test]
    fn posts_need_no_connection_to_a_mail_server_and_neither_do_mails_to_a_folder() {
        let (few, none) = (Allotment::new(64, Some(1)), Allotment::new(64, None));
        assert_eq!(few.of(Lane::Urgent, Medium::Post).at_once, 64);
        assert_eq!(few.of(Lane::Digest, Medium::Post).at_once, 4);
        assert_eq!(none.of(Lane::Urgent, Medium::Mail).at_once, 64);
        assert_eq!(none.of(Lane::Digest, Medium::Mail).at_once, 4);
    }
}
