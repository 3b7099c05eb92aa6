//! What goes out as one message: one delivery, or several fires together.

use bellwether_model::{DeliveryId, Timestamp};
use bellwether_notify::Together;
use bellwether_notify::webhook::FIRES_MAX;
use bellwether_store::channel::ChannelKind;
use bellwether_store::delivery::{Claim, Content, Deferred};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::pacing::Pacing;

/// Fires that one message to people tells of at most.
const TOGETHER_MAX: usize = 1_000;

/// One message: at least one claim, all of one destination. Several claims are of fires.
pub(super) struct Parcel {
    pub(super) claims: Vec<Claim>,
    /// Why they go together; means nothing for one.
    pub(super) why: Together,
}

impl Parcel {
    pub(super) fn single(claim: Claim) -> Self {
        Self { claims: vec![claim], why: Together::Pace }
    }

    /// The message's own id, where it tells of several deliveries. It follows from which these are: the same
    /// ones make the same message again, and no receiver takes another message for it.
    pub(super) fn combined_in(&self) -> Option<DeliveryId> {
        if self.claims.len() < 2 {
            return None;
        }
        let mut ids: Vec<_> = self.claims.iter().map(|claim| claim.id).collect();
        ids.sort();
        let mut hash = Sha256::new();
        ids.iter().for_each(|id| hash.update(id.0.as_bytes()));
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Some(DeliveryId(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }
}

/// What the claims of one destination ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Each goes on its own, but no more than so many: the others wait.
    Apart(usize),
    /// Whatever else waits for the destination is fetched; see [`together`].
    Gather(Together),
}

/// How the claims of one destination are to go out.
pub(super) fn plan(claims: &[Claim], pacing: &Pacing, now: Timestamp) -> Plan {
    let Some(first) = claims.first() else { return Plan::Apart(0) };
    let left = pacing.left(first, now);
    let fires = || claims.iter().filter(|claim| is_fire(claim));
    let deferred = |why| fires().any(|claim| claim.deferred == Some(why));
    let is_too_much = claims.len() >= left;
    if left == 0 || fires().next().is_none() {
        Plan::Apart(left)
    } else if is_for_programs(first) {
        // Programs have no quiet hours, and make their own picture of what is late.
        if is_too_much { Plan::Gather(Together::Pace) } else { Plan::Apart(left) }
    } else if deferred(Deferred::QuietHours) {
        Plan::Gather(Together::QuietHours)
    } else if fires().any(|claim| pacing.is_late(claim, now)) {
        Plan::Gather(Together::Late)
    } else if deferred(Deferred::Throttled) {
        Plan::Gather(Together::Throttled)
    } else if is_too_much {
        Plan::Gather(Together::Pace)
    } else {
        Plan::Apart(left)
    }
}

/// Whether fires that were gathered go together: always where it is not for their number, otherwise where
/// they are more than may go one by one.
pub(super) fn together(count: usize, left: usize, why: Together) -> bool {
    count > 1 && (why != Together::Pace || count > left)
}

pub(super) fn is_fire(claim: &Claim) -> bool {
    matches!(claim.content, Content::Fired(_))
}

/// How many messages fires that were gathered make at most, and how many of them each tells of. People get one,
/// which says how many there are; programs are told each fire as it is, so there are fewer in a post and as many
/// posts as may go.
pub(super) fn room(claims: &[Claim], left: usize) -> (usize, usize) {
    match claims.first() {
        Some(first) if is_for_programs(first) => (left.min(claims.len()).max(1), FIRES_MAX),
        Some(_) | None => (1, TOGETHER_MAX),
    }
}

/// Webhooks are read by programs, which want every fire as it is.
pub(super) fn is_for_programs(claim: &Claim) -> bool {
    claim.via.as_ref().is_some_and(|via| via.kind == ChannelKind::Webhook)
}

/// An id that nobody else has, for a message that is not sent yet.
pub(super) fn fresh_id() -> DeliveryId {
    DeliveryId(Uuid::now_v7())
}

#[cfg(test)]
mod tests {
    use bellwether_model::ChannelId;
    use bellwether_store::channel::{ChannelStatus, Sealed};
    use bellwether_store::delivery::Via;

    use super::*;
    use crate::deliver::samples::{at, claim, paces};

    fn check(count: usize, edit: impl Fn(&mut Claim), seconds: i64, expected: Plan) {
        let mut claims: Vec<_> = (0..count).map(|_| claim(1)).collect();
        claims.iter_mut().for_each(edit);
        assert_eq!(plan(&claims, &Pacing::new(paces()), at(seconds)), expected);
    }

    #[test]
    fn what_is_too_much_late_or_was_held_is_gathered() {
        let as_they_are = |_: &mut Claim| {};
        check(2, as_they_are, 1, Plan::Apart(3));
        check(3, as_they_are, 1, Plan::Gather(Together::Pace));
        check(1, as_they_are, 59, Plan::Apart(3));
        check(1, as_they_are, 60, Plan::Gather(Together::Late));
        check(1, |claim| claim.deferred = Some(Deferred::QuietHours), 99, Plan::Gather(Together::QuietHours));
        check(1, |claim| claim.deferred = Some(Deferred::Throttled), 9, Plan::Gather(Together::Throttled));
        let check_of_address =
            |claim: &mut Claim| claim.content = Content::VerifyAddress { token: "t".into() };
        check(9, check_of_address, 99, Plan::Apart(3));
        check(2, to_a_program, 99, Plan::Apart(3));
        check(3, to_a_program, 1, Plan::Gather(Together::Pace));
    }

    fn to_a_program(claim: &mut Claim) {
        claim.via = Some(Via {
            id: ChannelId(Uuid::nil()),
            kind: ChannelKind::Webhook,
            name: "desk".into(),
            status: ChannelStatus::Active,
            target: Sealed(Vec::new()),
        });
    }

    #[test]
    fn people_get_one_message_of_all_and_programs_as_many_as_may_go() {
        let mut claims: Vec<_> = (0..4).map(|_| claim(1)).collect();
        assert_eq!(room(&claims, 3), (1, 1_000));
        claims.iter_mut().for_each(to_a_program);
        assert_eq!(
            (room(&claims, 3), room(&claims, 9)),
            ((3, 25), (4, 25)),
            "no more than there are permits"
        );
    }

    #[test]
    fn three_go_one_by_one_and_four_together() {
        let cases = [(1, Together::Late, false), (2, Together::Late, true), (3, Together::Pace, false)];
        for (count, why, expected) in cases {
            assert_eq!(together(count, 3, why), expected, "{count} {why:?}");
        }
        assert!(together(4, 3, Together::Pace));
    }

    #[test]
    fn a_message_of_several_has_an_id_that_follows_from_them() {
        let (one, other, third) = (claim(1), claim(1), claim(1));
        let of = |claims: &[&Claim]| {
            let claims = claims.iter().map(|claim| (*claim).clone()).collect();
            Parcel { claims, why: Together::Pace }.combined_in()
        };
        assert_eq!(of(&[&one]), None);
        assert_eq!(of(&[&one, &other]), of(&[&other, &one]));
        assert_ne!(of(&[&one, &other]), of(&[&one, &third]));
        assert_ne!(of(&[&one, &other]), of(&[&one, &other, &third]));
    }
}
