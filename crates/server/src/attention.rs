//! Whether this process attends to what comes: one that was held up does not know what it missed meanwhile.
//!
//! A process that was stopped, put to sleep with its machine, or kept waiting by what it hands on to finds
//! everything silent when it goes on, since what came is still on its way, and a connection that died meanwhile has
//! not been found dead. So for a while it believes no silence that is newer than its last look before.

use bellwether_model::{Span, Timestamp};

/// Who looks less often than this was held up.
const HELD_UP_US: i64 = 10_000_000;
/// How long nothing is believed then: the longest that a venue's connection may say nothing before it is held to be
/// dead.
const DEAF_FOR: Span = Span::MINUTE;

/// What is known of one's own attention. To be asked every few seconds at least.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    looked: Option<Timestamp>,
    /// Up to when everything was heard that came, and from when on that may be believed again.
    deaf: Option<(Timestamp, Timestamp)>,
}

impl Attention {
    /// Up to when everything that came was heard.
    pub(crate) fn heard_until(&mut self, now: Timestamp) -> Timestamp {
        if let Some(looked) = self.looked.replace(now)
            && now.micros_since(looked) > HELD_UP_US
        {
            let heard = self.deaf.map_or(looked, |(heard, _)| heard);
            self.deaf = Some((heard, now.saturating_add(DEAF_FOR)));
        }
        self.deaf = self.deaf.filter(|(_, until)| now < *until);
        self.deaf.map_or(now, |(heard, _)| heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_held_up_believes_nothing_for_a_minute() {
        let mut attention = Attention::default();
        let mut heard_at = |second: i64| {
            let heard = attention.heard_until(Timestamp::from_micros(second * 1_000_000));
            heard.micros() / 1_000_000
        };
        assert_eq!([100, 105, 115].map(&mut heard_at), [100, 105, 115]);
        assert_eq!([126, 127, 138].map(&mut heard_at), [115, 115, 115], "held up, and again meanwhile");
        let minute: Vec<i64> = (139..198).map(&mut heard_at).collect();
        assert!(minute.iter().all(|&heard| heard == 115), "{minute:?}");
        assert_eq!([198, 199].map(&mut heard_at), [198, 199]);
    }
}
