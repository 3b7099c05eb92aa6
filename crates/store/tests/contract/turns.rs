//! Claims go in turn: a flood for one receiver delays nobody else, and what a claim costs does not grow
//! with it.

use std::collections::HashMap;

use bellwether_model::{Channel, ChannelId, DeliveryId, UserId};
use bellwether_store::channel::{ChannelKind, ChannelStatus, Medium, NewChannel, Sealed};
use bellwether_store::delivery::{
    About, AttemptOutcome, ClaimWish, Claimed, Content, Deferred, DeliveryStatus, Destination, Lane,
    NewAttempt, Notice, PassOver, Way,
};
use bellwether_store::evaluation::Commit;
use bellwether_store::user::{QuietHours, UserChange};
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at, attempt, crossing, new_alert, next_fire};

contract!(
    everybody_has_a_turn_beside_a_flood,
    the_next_claim_goes_on_after_the_last_one,
    who_is_passed_over_is_claimed_later,
    one_user_gets_no_more_than_their_share_of_a_claim,
    each_channel_of_a_user_has_turns_of_its_own,
    a_wish_for_one_medium_leaves_the_other,
    one_post_behind_very_many_mails_is_found,
    what_comes_due_again_has_its_turn_too,
    the_rest_for_a_destination_is_fetched_and_recorded_as_one_message,
    what_is_put_off_was_not_tried,
    what_is_given_back_is_due_at_once_and_was_not_tried,
    all_that_failed_is_tried_again_up_to_a_limit,
    an_owner_is_told_once_that_an_alert_fires_too_often,
    other_quiet_hours_release_what_was_held_for_the_former,
    a_link_is_used_once,
);

impl Kit {
    /// Many fires of one alert of a user, each owing a delivery.
    async fn flood(&self, user: UserId, fires: usize) {
        let alert = self.alert(user).await;
        let mut watched = self.watched(alert.id).await.unwrap();
        let mut left = fires;
        while left > 0 {
            let portion = left.min(5_000);
            let fires = (0..portion).map(|_| {
                let fire = next_fire(&watched, false);
                watched.state = fire.state.clone();
                fire
            });
            let fires = fires.collect();
            let committed = self.store.commit(Commit { fires, ..Commit::default() }, at(10)).await.unwrap();
            assert_eq!(committed.dropped, []);
            left -= portion;
        }
    }

    async fn users(&self, count: usize) -> Vec<UserId> {
        let mut users = Vec::with_capacity(count);
        for number in 0..count {
            users.push(self.user(&format!("u{number}@example.org")).await);
        }
        users
    }

    /// A fire of a user's alert over a channel that is made for it.
    async fn fire_over(&self, user: UserId, kind: ChannelKind) -> Channel {
        let (id, status, target) = (ChannelId(Uuid::now_v7()), ChannelStatus::Active, Sealed(vec![1]));
        let new = NewChannel { id, user, kind, name: String::new(), status, target, idempotency: None };
        self.store.create_channel(new, 10, at(0)).await.unwrap();
        let mut spec = crossing("binance:BTCUSDT", "1");
        spec.channels = vec![Channel::Made(id)];
        let alert = self.alert_of(user, spec).await;
        self.fire(&alert).await;
        Channel::Made(id)
    }

    async fn turn(&self, limit: u32, last: &Claimed) -> Claimed {
        let wish =
            ClaimWish { after: last.last, ..ClaimWish::new(Lane::Urgent, limit, Uuid::new_v4(), MINUTE) };
        self.store.claim(wish, at(20)).await.unwrap()
    }
}

/// Deliveries of the one who floods. `BELLWETHER_FLOOD` sets another number; 200,000 takes a minute.
fn flood() -> usize {
    std::env::var("BELLWETHER_FLOOD").map_or(5_000, |count| count.parse().unwrap())
}

fn users_of(claimed: &Claimed) -> Vec<UserId> {
    claimed.claims.iter().map(|claim| claim.user).collect()
}

async fn everybody_has_a_turn_beside_a_flood(kit: Kit) {
    let users = kit.users(101).await;
    let (loud, quiet) = (users[50], users.iter().filter(|user| **user != users[50]));
    kit.flood(loud, flood()).await;
    for user in quiet {
        kit.flood(*user, 1).await;
    }
    let (mut last, mut claims_of) = (Claimed::default(), HashMap::new());
    for _ in 0..8 {
        last = kit.turn(16, &last).await;
        assert_eq!(last.claims.len(), 16);
        for user in users_of(&last) {
            *claims_of.entry(user).or_insert(0) += 1;
        }
    }
    assert_eq!(claims_of.len(), 101, "each of them within the first claims");
    assert_eq!(claims_of[&loud], 8 * 16 - 100);
}

async fn the_next_claim_goes_on_after_the_last_one(kit: Kit) {
    let users = kit.users(5).await;
    for user in &users {
        kit.flood(*user, 3).await;
    }
    let (mut last, mut claimed) = (Claimed::default(), Vec::new());
    for _ in 0..5 {
        last = kit.turn(3, &last).await;
        claimed.extend(users_of(&last));
    }
    let circle: Vec<_> = users.iter().cycle().take(15).copied().collect();
    assert_eq!(claimed, circle);
    assert!(kit.turn(3, &last).await.claims.is_empty());
}

async fn who_is_passed_over_is_claimed_later(kit: Kit) {
    let users = kit.users(40).await;
    for user in &users {
        kit.flood(*user, 2).await;
    }
    let to = |user| Destination { user, channel: Channel::Email };
    let pass_over = PassOver {
        users: users[..20].iter().copied().collect(),
        destinations: users[20..39].iter().copied().map(to).collect(),
    };
    let wish = ClaimWish { pass_over, ..ClaimWish::new(Lane::Urgent, 4, Uuid::new_v4(), MINUTE) };
    assert_eq!(users_of(&kit.store.claim(wish, at(20)).await.unwrap()), [users[39]; 2]);
    let rest = kit.turn(100, &Claimed::default()).await;
    assert_eq!(rest.claims.len(), 78);
}

async fn one_user_gets_no_more_than_their_share_of_a_claim(kit: Kit) {
    let users = kit.users(2).await;
    kit.flood(users[0], 40).await;
    let wish = |worker| ClaimWish { each_user: 4, ..ClaimWish::new(Lane::Urgent, 16, worker, MINUTE) };
    let claimed = kit.store.claim(wish(Uuid::new_v4()), at(20)).await.unwrap();
    assert_eq!(users_of(&claimed), [users[0]; 4], "also where nobody else waits");
    kit.flood(users[1], 40).await;
    let claimed = kit.store.claim(wish(Uuid::new_v4()), at(20)).await.unwrap();
    for user in users {
        assert_eq!(users_of(&claimed).iter().filter(|of| **of == user).count(), 4);
    }
}

async fn each_channel_of_a_user_has_turns_of_its_own(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.flood(user, 50).await;
    let webhook = kit.fire_over(user, ChannelKind::Webhook).await;
    let claimed = kit.turn(4, &Claimed::default()).await;
    let over: Vec<_> = claimed.claims.iter().map(|claim| claim.channel).collect();
    assert_eq!(over.iter().filter(|channel| **channel == webhook).count(), 1, "{over:?}");
}

async fn a_wish_for_one_medium_leaves_the_other(kit: Kit) {
    // More receivers of mails than one look goes over, and in the midst of them those of posts and of other mails.
    let users = kit.users(60).await;
    for user in &users {
        kit.flood(*user, 2).await;
    }
    let webhook = kit.fire_over(users[30], ChannelKind::Webhook).await;
    let chat = kit.fire_over(users[59], ChannelKind::Telegram).await;
    let mailbox = kit.fire_over(users[31], ChannelKind::Email).await;
    let claim = async |medium, limit| {
        let wish = ClaimWish::new(Lane::Urgent, limit, Uuid::new_v4(), MINUTE);
        let wish = ClaimWish { medium: Some(medium), ..wish };
        let claims = kit.store.claim(wish, at(20)).await.unwrap().claims;
        assert!(claims.iter().all(|claim| claim.medium() == medium), "{claims:?}");
        claims.into_iter().map(|claim| claim.channel).collect::<Vec<_>>()
    };
    assert_eq!(claim(Medium::Post, 8).await, [webhook, chat]);
    assert!(claim(Medium::Post, 8).await.is_empty());
    let mails = claim(Medium::Mail, 1_000).await;
    assert_eq!(mails.len(), 121);
    assert_eq!(mails.iter().filter(|channel| **channel == mailbox).count(), 1);
}

/// Receivers of mails: more than one claim goes over.
const VERY_MANY: usize = 7_600;

async fn one_post_behind_very_many_mails_is_found(kit: Kit) {
    let users = kit.users(VERY_MANY).await;
    kit.store
        .create_alerts(
            users.iter().map(|user| new_alert(*user, crossing("binance:BTCUSDT", "1"))).collect(),
            9,
            at(0),
        )
        .await
        .unwrap();
    let watched = kit.store.watched(None, 10_000).await.unwrap();
    for some in watched.chunks(4_000) {
        kit.commit(some.iter().map(|one| next_fire(one, false)).collect()).await;
    }
    let webhook = kit.fire_over(*users.last().unwrap(), ChannelKind::Webhook).await;
    let post = async |after| {
        let wish = ClaimWish::new(Lane::Urgent, 1, Uuid::new_v4(), MINUTE);
        kit.store.claim(ClaimWish { medium: Some(Medium::Post), after, ..wish }, at(20)).await.unwrap()
    };
    let first = post(None).await;
    assert_eq!((first.claims.len(), first.way), (0, Way::Onward), "it went over many, and not over all");
    let next = post(first.last).await;
    assert_eq!(next.claims.iter().map(|claim| claim.channel).collect::<Vec<_>>(), [webhook]);
    // Nothing else is there, which whoever began at the first and came past the end knows.
    let third = post(None).await;
    let fourth = post(third.last).await;
    assert!(third.claims.is_empty() && fourth.claims.is_empty());
    assert_eq!((third.way, fourth.way), (Way::Onward, Way::PastTheEnd));
}

async fn what_comes_due_again_has_its_turn_too(kit: Kit) {
    let users = kit.users(2).await;
    kit.flood(users[1], 1).await;
    let claim = kit.claim(10).await.remove(0);
    kit.store.record(vec![attempt(&claim, AttemptOutcome::Retry { at: at(15) })], at(11)).await.unwrap();
    kit.flood(users[0], 100).await;
    let claimed = kit.turn(2, &Claimed::default()).await;
    assert_eq!(users_of(&claimed), users);
}

async fn the_rest_for_a_destination_is_fetched_and_recorded_as_one_message(kit: Kit) {
    let users = kit.users(2).await;
    kit.flood(users[0], 20).await;
    kit.flood(users[1], 5).await;
    kit.store.queue_verification(users[0], DeliveryId(Uuid::now_v7()), "t".into(), at(11)).await.unwrap();
    let wish = ClaimWish::new(Lane::Urgent, 2, Uuid::new_v4(), MINUTE);
    let mut claims = kit.store.claim(wish.clone(), at(20)).await.unwrap().claims;
    let mine = claims.swap_remove(0);
    let to = Destination { user: mine.user, channel: Channel::Email };
    let rest = async |limit| {
        let wish = ClaimWish { limit, ..wish.clone() };
        kit.store.claim_rest(wish, to, at(20)).await.unwrap()
    };
    let mut all = rest(10).await;
    assert_eq!(all.len(), 10);
    all.extend(rest(100).await);
    assert_eq!(all.len(), 19, "the check of the address is not of a fire");
    assert!(all.iter().all(|claim| claim.user == mine.user && matches!(claim.content, Content::Fired(_))));
    assert!(rest(100).await.is_empty());
    all.push(mine);

    let combined = DeliveryId(Uuid::now_v7());
    let attempts = all
        .iter()
        .map(|claim| NewAttempt { combined_in: Some(combined), ..attempt(claim, AttemptOutcome::Delivered) });
    assert_eq!(kit.store.record(attempts.collect(), at(21)).await.unwrap(), []);
    for claim in &all {
        let (delivery, attempts) = kit.store.delivery(claim.user, claim.id).await.unwrap().unwrap();
        assert_eq!((delivery.status, delivery.combined_in), (DeliveryStatus::Delivered, Some(combined)));
        assert_eq!((attempts.len(), attempts[0].combined_in), (1, Some(combined)));
    }
}

async fn what_is_put_off_was_not_tried(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.flood(user, 2).await;
    let claims = kit.claim(20).await;
    let held: Vec<_> = claims.iter().map(|claim| (claim.id, claim.token)).collect();
    kit.store.defer(vec![(held[0].0, Uuid::new_v4())], at(30), Deferred::Pace).await.unwrap();
    let (delivery, _) = kit.store.delivery(user, held[0].0).await.unwrap().unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Sending, "it is not the caller's");
    kit.store.defer(held.clone(), at(30), Deferred::QuietHours).await.unwrap();
    let (delivery, attempts) = kit.store.delivery(user, held[0].0).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.attempts, attempts.len()), (DeliveryStatus::Pending, 0, 0));
    assert_eq!((delivery.next_at, delivery.deferred), (Some(at(30)), Some(Deferred::QuietHours)));
    assert_eq!(kit.claim(29).await.len(), 0);
    let again = kit.claim(30).await;
    assert!(again.iter().all(|claim| claim.attempt == 1 && claim.deferred == Some(Deferred::QuietHours)));
    kit.record(&again[0], AttemptOutcome::Delivered, 31).await;
    let (delivery, _) = kit.store.delivery(user, again[0].id).await.unwrap().unwrap();
    assert_eq!((delivery.deferred, delivery.attempts), (None, 1));
}

async fn what_is_given_back_is_due_at_once_and_was_not_tried(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.flood(user, 2).await;
    let [one, other] = &kit.claim(20).await[..] else { panic!("two are due") };
    kit.store.defer(vec![(one.id, one.token)], at(21), Deferred::Throttled).await.unwrap();
    let claimed = kit.claim(21).await;
    let held = vec![(one.id, claimed[0].token), (other.id, Uuid::new_v4())];
    let mut due = kit.store.deliveries_due();
    due.borrow_and_update();
    kit.store.give_back(held, at(22)).await.unwrap();
    assert!(due.has_changed().unwrap(), "whoever waits hears of it");
    let again = kit.claim(22).await;
    assert_eq!(again.len(), 1, "the other one is not the caller's");
    assert_eq!((again[0].id, again[0].attempt), (one.id, 1));
    assert_eq!(again[0].deferred, Some(Deferred::Throttled), "for which it waited before");
}

async fn all_that_failed_is_tried_again_up_to_a_limit(kit: Kit) {
    let users = kit.users(2).await;
    for user in &users {
        kit.flood(*user, 5).await;
    }
    for (number, claim) in kit.claim(20).await.iter().enumerate() {
        let outcome = if number % 2 == 0 { AttemptOutcome::Dead } else { AttemptOutcome::Expired };
        kit.record(claim, outcome, 21).await;
    }
    let retry =
        async |since, limit| kit.store.retry_failed(users[0], at(since), limit, at(30)).await.unwrap();
    assert_eq!(retry(11, 9).await, (0, false), "owed before");
    assert_eq!(retry(10, 3).await, (3, true));
    assert_eq!(retry(10, 3).await, (2, false));
    let again = kit.claim(30).await;
    assert_eq!(again.len(), 5);
    assert!(again.iter().all(|claim| claim.user == users[0] && claim.attempt == 2));
}

async fn an_owner_is_told_once_that_an_alert_fires_too_often(kit: Kit) {
    let users = kit.users(2).await;
    let alert = kit.alert(users[0]).await;
    let notice = Notice::AlertThrottled { alert: alert.id, name: "BTC".into() };
    let tell = async |user, now| {
        let notice = (DeliveryId(Uuid::now_v7()), notice.clone());
        kit.store.tell_throttled(user, alert.id, notice, at(now - 100), at(now)).await.unwrap()
    };
    assert!(!tell(users[1], 1_000).await, "it is not theirs");
    assert!(tell(users[0], 1_000).await);
    assert!(!tell(users[0], 1_100).await);
    assert!(tell(users[0], 1_101).await);
    let told = kit.claim(2_000).await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|claim| claim.content == Content::Notice(notice.clone())));
    let (delivery, _) = kit.store.delivery(users[0], told[0].id).await.unwrap().unwrap();
    assert_eq!(delivery.about, About::AlertThrottled);

    let stranger = kit.user_who("unverified@example.org", false).await;
    let alert = kit.alert(stranger).await;
    let notice = (DeliveryId(Uuid::now_v7()), notice);
    let told = notice.0;
    assert!(kit.store.tell_throttled(stranger, alert.id, notice, at(0), at(3_000)).await.unwrap());
    let claimed = async |now| {
        let claims = kit.claim(now).await.into_iter().filter(|claim| claim.user == stranger);
        claims.map(|claim| claim.id).collect::<Vec<_>>()
    };
    assert_eq!(claimed(3_000).await, [], "nothing goes to an address that is not verified");
    kit.store.verify_user(stranger, "unverified@example.org", at(3_001)).await.unwrap();
    assert_eq!(claimed(3_002).await, [told]);
}

async fn other_quiet_hours_release_what_was_held_for_the_former(kit: Kit) {
    let users = kit.users(2).await;
    let quiet = Some(QuietHours { from: 22 * 60, to: 7 * 60 });
    let change = |quiet| UserChange { quiet: Some(quiet), ..UserChange::default() };
    let changed = kit.store.change_user(users[0], change(quiet), at(1)).await.unwrap().unwrap();
    assert_eq!(changed.quiet, quiet);
    let zone = UserChange { time_zone: Some("UTC".into()), ..UserChange::default() };
    assert_eq!(kit.store.change_user(users[0], zone, at(2)).await.unwrap().unwrap().quiet, quiet);
    for user in &users {
        kit.flood(*user, 2).await;
    }
    let claims = kit.claim(20).await;
    let of_first = claims.iter().filter(|claim| claim.user == users[0]);
    assert!(claims.iter().all(|claim| claim.quiet == quiet.filter(|_| claim.user == users[0])));
    let mut held = of_first.map(|claim| (claim.id, claim.token));
    kit.store.defer(vec![held.next().unwrap()], at(900), Deferred::QuietHours).await.unwrap();
    kit.store.defer(vec![held.next().unwrap()], at(900), Deferred::Pace).await.unwrap();
    assert_eq!(kit.claim(30).await.len(), 0);
    let changed = kit.store.change_user(users[0], change(None), at(40)).await.unwrap().unwrap();
    assert_eq!(changed.quiet, None);
    let released = kit.claim(40).await;
    assert_eq!(released.len(), 1, "what waits for another reason waits on");
    assert_eq!((released[0].user, released[0].deferred), (users[0], Some(Deferred::QuietHours)));
}

async fn a_link_is_used_once(kit: Kit) {
    let store = kit.second().await;
    assert!(kit.store.use_link([1; 32], at(1)).await.unwrap());
    assert!(!store.use_link([1; 32], at(2)).await.unwrap());
    assert!(store.use_link([2; 32], at(3)).await.unwrap());
    kit.store.sweep(at(101 * 86_400)).await.unwrap();
    assert!(
        kit.store.use_link([1; 32], at(101 * 86_400)).await.unwrap(),
        "forgotten once no link works any more"
    );
}
