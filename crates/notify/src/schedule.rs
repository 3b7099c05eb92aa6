//! When a failed delivery is tried again: a published table per kind of channel, as a pure function.
//!
//! A wait is drawn evenly between nothing and the table's entry ("full jitter"), so that ten thousand
//! mails which failed together do not come back together; webhooks wait at least half of the entry,
//! since how long we try is promised to their receivers. Where the receiver asked for a wait, that is
//! the least, and the drawn one comes on top. After the last entry the delivery is a dead letter.

use std::time::Duration;

use bellwether_model::Timestamp;
use rand::{Rng, RngExt};

/// A kind of channel, as far as waiting is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// E-mail.
    Mail,
    /// Webhooks: other programs, which may be down for a weekend and still want to know.
    Webhook,
    /// Chats and pushes: people, whom yesterday's price does not help.
    Chat,
}

/// The longest wait after each failed attempt at a mail, in seconds.
///
/// The first ones are short, since most faults are (a restart, a lost connection) and an alert is worth
/// most at once. Then they grow as RFC 5321, 4.5.4.1 advises. All together stay within the five days
/// after which it lets a sender give up.
pub const MAIL_WAITS_S: [u64; 15] =
    [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 57_600, 64_800, 64_800, 64_800, 79_200];

/// The longest wait after each failed attempt at a webhook, in seconds: 13 attempts.
///
/// Standard Webhooks advises ten over 75 hours; these are at least as many over at least as long
/// whatever is drawn, and at most six and a half days.
pub const WEBHOOK_WAITS_S: [u64; 12] =
    [10, 60, 600, 3_600, 14_400, 36_000, 72_000, 86_400, 86_400, 86_400, 86_400, 86_400];

/// The longest wait after each failed attempt at a chat or push, in seconds. All together are a day.
pub const CHAT_WAITS_S: [u64; 12] =
    [5, 30, 120, 600, 1_800, 3_600, 7_200, 10_800, 14_400, 14_400, 14_400, 14_400];

/// The longest wait that a receiver may ask for: one day. Longer wishes count as this.
pub const LONGEST_WISH: Duration = Duration::from_secs(86_400);

const _: () = assert!(sum(&MAIL_WAITS_S) <= 5 * 86_400);
const _: () = assert!(WEBHOOK_WAITS_S.len() + 1 >= 12 && sum(&WEBHOOK_WAITS_S) / 2 >= 75 * 3_600);
const _: () = assert!(sum(&CHAT_WAITS_S) <= 86_400);

const fn sum(waits_s: &[u64]) -> u64 {
    let (mut index, mut total) = (0, 0);
    while index < waits_s.len() {
        total += waits_s[index];
        index += 1;
    }
    total
}

impl Lane {
    /// The longest wait after each failed attempt, in seconds.
    #[must_use]
    pub const fn waits_s(self) -> &'static [u64] {
        match self {
            Lane::Mail => &MAIL_WAITS_S,
            Lane::Webhook => &WEBHOOK_WAITS_S,
            Lane::Chat => &CHAT_WAITS_S,
        }
    }

    /// The shortest wait where `longest` is the table's entry.
    fn shortest(self, longest: Duration) -> Duration {
        match self {
            Lane::Mail | Lane::Chat => Duration::ZERO,
            Lane::Webhook => longest / 2,
        }
    }
}

/// Whether the schedule has no further attempt after so many.
#[must_use]
pub fn is_exhausted(lane: Lane, attempts_made: u32) -> bool {
    usize::try_from(attempts_made).unwrap_or(usize::MAX) > lane.waits_s().len()
}

/// When to try again after `attempts_made` attempts that all failed, `wish` being the wait that the
/// receiver asked for. `None`: no more, the delivery is a dead letter.
#[must_use]
pub fn next_attempt(
    lane: Lane,
    attempts_made: u32,
    wish: Option<Duration>,
    now: Timestamp,
    rng: &mut impl Rng,
) -> Option<Timestamp> {
    let entry = usize::try_from(attempts_made.max(1) - 1).ok()?;
    let longest = Duration::from_secs(*lane.waits_s().get(entry)?);
    let least = wish.unwrap_or_default().min(LONGEST_WISH);
    let jitter = rng.random_range(lane.shortest(longest)..=longest);
    let micros = i64::try_from((least + jitter).as_micros()).ok()?;
    Some(Timestamp::from_micros(now.micros().saturating_add(micros)))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn waits(attempts: u32, wish: Option<Duration>) -> Vec<Option<i64>> {
        waits_of(Lane::Mail, attempts, wish)
    }

    fn waits_of(lane: Lane, attempts: u32, wish: Option<Duration>) -> Vec<Option<i64>> {
        (0..500)
            .map(|seed| {
                let mut rng = SmallRng::seed_from_u64(seed);
                next_attempt(lane, attempts, wish, NOW, &mut rng).map(|at| at.micros_since(NOW))
            })
            .collect()
    }

    #[test]
    fn every_wait_lies_within_its_entry_and_uses_all_of_it() {
        for (attempts, &longest_s) in (1..).zip(&MAIL_WAITS_S) {
            let longest = i64::try_from(longest_s * 1_000_000).unwrap();
            let waits: Vec<_> = waits(attempts, None).into_iter().map(Option::unwrap).collect();
            assert!(waits.iter().all(|wait| (0..=longest).contains(wait)));
            assert!(waits.iter().any(|&wait| wait < longest / 10));
            assert!(waits.iter().any(|&wait| wait > longest / 10 * 9));
        }
    }

    #[test]
    fn waits_grow_and_end_within_five_days() {
        assert!(MAIL_WAITS_S.is_sorted());
        let total: u64 = MAIL_WAITS_S.iter().sum();
        assert!((4 * 86_400..=5 * 86_400).contains(&total), "{total} s");
    }

    #[test]
    fn after_the_last_entry_it_is_a_dead_letter() {
        let attempts = u32::try_from(MAIL_WAITS_S.len()).unwrap();
        assert!(waits(attempts, None).iter().all(Option::is_some));
        assert!(waits(attempts + 1, None).iter().all(Option::is_none));
        assert!(waits(u32::MAX, Some(Duration::from_secs(1))).iter().all(Option::is_none));
    }

    #[test]
    fn a_wish_is_the_least_and_is_bounded() {
        let minute = 60_000_000;
        let wished = waits(1, Some(Duration::from_secs(60)));
        assert!(wished.iter().all(|wait| (minute..=minute + 5_000_000).contains(&wait.unwrap())));
        let day = 86_400_000_000;
        let absurd = waits(1, Some(Duration::MAX));
        assert!(absurd.iter().all(|wait| (day..=day + 5_000_000).contains(&wait.unwrap())));
    }

    #[test]
    fn a_webhook_is_tried_for_75_hours_whatever_is_drawn() {
        let mut shortest = 0;
        for attempts in 1..=12 {
            let waits = waits_of(Lane::Webhook, attempts, None);
            shortest += waits.into_iter().map(Option::unwrap).min().unwrap();
        }
        assert!(shortest >= 75 * 3_600 * 1_000_000, "{shortest} us");
        assert!(waits_of(Lane::Webhook, 13, None).iter().all(Option::is_none));
    }

    #[test]
    fn a_chat_is_tried_for_a_day() {
        assert!(
            waits_of(Lane::Chat, 12, None).iter().all(|wait| (0..=14_400_000_000).contains(&wait.unwrap()))
        );
        assert!(waits_of(Lane::Chat, 13, None).iter().all(Option::is_none));
    }

    #[test]
    fn no_attempt_yet_counts_as_one() {
        assert_eq!(waits(0, None), waits(1, None));
    }
}
