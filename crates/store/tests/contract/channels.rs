//! Channels that users make, and what goes over them.

use bellwether_model::{AlertSpec, Channel, ChannelId, DeliveryId, UserId};
use bellwether_store::alert::Idempotency;
use bellwether_store::channel::{
    ChannelChange, ChannelChanged, ChannelCreation, ChannelKind, ChannelStatus, NewChannel, Sealed,
    UserChannel,
};
use bellwether_store::delivery::{
    About, AttemptOutcome, Claim, Content, Delivery, DeliveryStatus, LastLook, Notice,
};
use bellwether_store::page::Page;
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing};

contract!(
    a_channel_is_made_listed_and_found_by_its_owner_alone,
    a_user_has_at_most_so_many_channels,
    a_request_for_a_channel_may_be_repeated_under_its_key,
    a_change_is_made_from_the_version_that_was_read,
    a_claim_says_where_its_channel_leads,
    a_fire_waits_for_an_unverified_channel_and_is_released,
    a_new_target_that_is_not_verified_holds_what_waits,
    a_deleted_channel_gets_nothing_and_forgets_where_it_led,
    what_was_claimed_is_not_wanted_once_its_channel_is_deleted,
    a_disabled_channel_buries_what_waits_and_its_owner_is_told_once,
    what_a_disabled_channel_cannot_tell_is_told_by_mail_under_the_same_id,
    nothing_is_told_by_mail_that_is_told_otherwise_or_may_not_be,
    a_receiver_that_was_left_behind_disables_nothing,
    checks_and_tests_go_out_whatever_the_status,
    successes_and_failures_are_noted_at_the_channel,
    verifying_the_account_releases_no_channel,
    a_deleted_account_leaves_no_channel,
    a_target_is_sealed_anew_while_it_is_the_same,
);

const ALL: Page = Page { number: 1, size: 10 };

fn new(user: UserId, status: ChannelStatus) -> NewChannel {
    NewChannel {
        id: ChannelId(Uuid::now_v7()),
        user,
        kind: ChannelKind::Webhook,
        name: "desk".to_owned(),
        status,
        target: Sealed(b"s3aled".to_vec()),
        idempotency: None,
    }
}

pub(crate) async fn made(kit: &Kit, user: UserId, status: ChannelStatus) -> UserChannel {
    match kit.store.create_channel(new(user, status), 10, at(0)).await.unwrap() {
        ChannelCreation::Created(channel) => *channel,
        other => panic!("not created: {other:?}"),
    }
}

async fn change(kit: &Kit, channel: &UserChannel, edit: impl FnOnce(&mut ChannelChange)) -> ChannelChanged {
    let mut change = ChannelChange { from_version: channel.version, ..ChannelChange::default() };
    edit(&mut change);
    kit.store.change_channel(channel.user, channel.id, change, at(30)).await.unwrap()
}

fn over(channels: &[&UserChannel]) -> AlertSpec {
    let channels = channels.iter().map(|channel| Channel::Made(channel.id)).collect();
    AlertSpec { channels, ..crossing("binance:BTCUSDT", "33000") }
}

async fn delivery(kit: &Kit, user: UserId, id: DeliveryId) -> Delivery {
    kit.store.delivery(user, id).await.unwrap().unwrap().0
}

async fn a_channel_is_made_listed_and_found_by_its_owner_alone(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let (first, second) =
        (made(&kit, ada, ChannelStatus::Active).await, made(&kit, ada, ChannelStatus::Unverified).await);
    assert_eq!((first.name.as_str(), first.kind, first.version), ("desk", ChannelKind::Webhook, 1));
    assert_eq!((first.failures, first.last_delivered_at, first.created_at), (0, None, at(0)));
    assert_eq!(kit.store.channel(ada, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(kit.store.channel(bob, first.id).await.unwrap(), None);
    let listed = kit.store.list_channels(ada, ALL).await.unwrap();
    assert_eq!((listed.items, listed.total), (vec![second.clone(), first.clone()], 2));
    assert_eq!(kit.store.list_channels(bob, ALL).await.unwrap().total, 0);
    let asked = vec![first.id, ChannelId(Uuid::now_v7())];
    assert_eq!(kit.store.own_channels(ada, asked.clone()).await.unwrap(), [first.id]);
    assert_eq!(kit.store.own_channels(bob, asked.clone()).await.unwrap(), []);
    assert_eq!(kit.store.deleted_channels(ada, asked.clone()).await.unwrap(), []);
    assert_eq!(kit.store.delete_channel(bob, first.id, at(1)).await.unwrap(), None);
    let renamed = ChannelChange { name: Some("x".into()), from_version: 1, ..ChannelChange::default() };
    let foreign = kit.store.change_channel(bob, first.id, renamed, at(1)).await.unwrap();
    assert_eq!(foreign, ChannelChanged::NotFound);
    assert!(!kit.store.queue_channel_test(bob, first.id, DeliveryId(Uuid::now_v7()), at(1)).await.unwrap());
    kit.store.delete_channel(ada, first.id, at(2)).await.unwrap();
    assert_eq!(kit.store.own_channels(ada, asked.clone()).await.unwrap(), []);
    assert_eq!(kit.store.deleted_channels(ada, asked.clone()).await.unwrap(), [first.id]);
    assert_eq!(kit.store.deleted_channels(bob, asked).await.unwrap(), []);
    assert!(!format!("{first:?}").contains("s3aled") && !format!("{first:?}").contains("115, 51"));
}

async fn a_user_has_at_most_so_many_channels(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let first = made(&kit, user, ChannelStatus::Active).await;
    let refused = kit.store.create_channel(new(user, ChannelStatus::Active), 1, at(1)).await.unwrap();
    assert_eq!(refused, ChannelCreation::LimitReached);
    kit.store.delete_channel(user, first.id, at(2)).await.unwrap();
    let again = kit.store.create_channel(new(user, ChannelStatus::Active), 1, at(3)).await.unwrap();
    assert!(matches!(again, ChannelCreation::Created(_)));
    let nobody = new(UserId(Uuid::now_v7()), ChannelStatus::Active);
    assert_eq!(kit.store.create_channel(nobody, 1, at(4)).await.unwrap(), ChannelCreation::NoUser);
}

async fn a_request_for_a_channel_may_be_repeated_under_its_key(kit: Kit) {
    const DAY: i64 = 86_400;
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let create = async |user, body: u8, now| {
        let idempotency = Some(Idempotency { key: "k".into(), body_hash: [body; 32] });
        let new = NewChannel { idempotency, ..new(user, ChannelStatus::Active) };
        kit.store.create_channel(new, 2, at(now)).await.unwrap()
    };
    let ChannelCreation::Created(first) = create(ada, 1, 0).await else { panic!("not created") };
    assert_eq!(create(ada, 1, DAY - 1).await, ChannelCreation::Repeated(first.clone()));
    assert_eq!(create(ada, 2, 10).await, ChannelCreation::KeyConflict);
    assert!(matches!(create(bob, 2, 10).await, ChannelCreation::Created(_)), "another user's key");
    let ChannelCreation::Created(second) = create(ada, 2, DAY).await else {
        panic!("the key is not free again")
    };
    assert_eq!(create(ada, 2, DAY + 5).await, ChannelCreation::Repeated(second.clone()));
    assert_eq!(kit.store.list_channels(ada, ALL).await.unwrap().total, 2);
    kit.store.delete_channel(ada, second.id, at(DAY + 6)).await.unwrap();
    assert_eq!(create(ada, 2, DAY + 7).await, ChannelCreation::KeyConflict, "it is not made a second time");
    assert!(kit.store.sweep(at(3 * DAY)).await.unwrap() >= 2);
}

async fn a_change_is_made_from_the_version_that_was_read(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let changed = change(&kit, &channel, |change| change.name = Some("office".into())).await;
    let ChannelChanged::Done(renamed) = changed else { panic!("{changed:?}") };
    let expected = UserChannel { name: "office".into(), version: 2, updated_at: at(30), ..channel.clone() };
    assert_eq!(*renamed, expected);
    let late = change(&kit, &channel, |change| change.target = Some(Sealed(vec![1]))).await;
    assert_eq!(late, ChannelChanged::Conflict);
    let changed = change(&kit, &renamed, |change| change.target = Some(Sealed(vec![1]))).await;
    let ChannelChanged::Done(moved) = changed else { panic!("{changed:?}") };
    assert_eq!((moved.target, moved.name.as_str()), (Sealed(vec![1]), "office"));
}

async fn a_claim_says_where_its_channel_leads(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let mut spec = over(&[&channel]);
    spec.channels.push(Channel::Email);
    kit.fire(&kit.alert_of(user, spec).await).await;
    let claims = kit.claim(10).await;
    assert_eq!(claims.len(), 2);
    let by = |wanted| claims.iter().find(|claim| claim.channel == wanted).unwrap();
    assert_eq!(by(Channel::Email).via, None);
    let via = by(Channel::Made(channel.id)).via.clone().unwrap();
    assert_eq!((via.id, via.kind, via.status), (channel.id, channel.kind, ChannelStatus::Active));
    assert_eq!((via.name.as_str(), via.target), ("desk", channel.target));
}

async fn a_fire_waits_for_an_unverified_channel_and_is_released(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Unverified).await;
    let alert = kit.alert_of(user, over(&[&channel])).await;
    let fire = kit.fire(&alert).await;
    assert_eq!(delivery(&kit, user, fire.deliveries[0]).await.status, DeliveryStatus::Held);
    assert_eq!(kit.claim(20).await.len(), 0);
    let mut due = kit.store.deliveries_due();
    due.mark_unchanged();
    change(&kit, &channel, |change| change.status = Some(ChannelStatus::Active)).await;
    assert!(due.has_changed().unwrap());
    let claims = kit.claim(30).await;
    assert_eq!(claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), fire.deliveries);
}

async fn a_new_target_that_is_not_verified_holds_what_waits(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let alert = kit.alert_of(user, over(&[&channel])).await;
    let (sending, waiting) = (kit.fire(&alert).await, kit.fire(&alert).await);
    let claims = kit.claim(20).await;
    let claim = |fire: &bellwether_store::evaluation::NewFire| {
        claims.iter().find(|claim| claim.id == fire.deliveries[0]).unwrap().clone()
    };
    kit.record(&claim(&waiting), AttemptOutcome::Retry { at: at(25) }, 21).await;
    change(&kit, &channel, |change| {
        change.target = Some(Sealed(vec![2]));
        change.status = Some(ChannelStatus::Unverified);
    })
    .await;
    assert_eq!(delivery(&kit, user, waiting.deliveries[0]).await.status, DeliveryStatus::Held);
    // The other one was under way; when it comes back, it is held too.
    assert_eq!(kit.claim(200).await.len(), 0);
    assert_eq!(delivery(&kit, user, sending.deliveries[0]).await.status, DeliveryStatus::Held);
}

async fn a_deleted_channel_gets_nothing_and_forgets_where_it_led(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let alert = kit.alert_of(user, over(&[&channel])).await;
    let waiting = kit.fire(&alert).await;
    assert_eq!(kit.store.delete_channel(user, channel.id, at(20)).await.unwrap(), Some(true));
    assert_eq!(kit.store.delete_channel(user, channel.id, at(21)).await.unwrap(), Some(false));
    assert_eq!(kit.store.channel(user, channel.id).await.unwrap(), None);
    let later = kit.fire(&alert).await;
    assert_eq!(kit.claim(30).await.len(), 0);
    for fire in [waiting, later] {
        let delivery = delivery(&kit, user, fire.deliveries[0]).await;
        assert_eq!(delivery.status, DeliveryStatus::Cancelled);
        assert_eq!(delivery.last_error.as_deref(), Some("the channel was deleted"));
        assert_eq!(kit.store.retry_delivery(user, delivery.id, at(40)).await.unwrap(), Some(false));
    }
}

async fn what_was_claimed_is_not_wanted_once_its_channel_is_deleted(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let alert = kit.alert_of(user, over(&[&channel])).await;
    let (retried, lost) = (kit.fire(&alert).await, kit.fire(&alert).await);
    let claims = kit.claim(20).await;
    let ids = [retried.deliveries[0], lost.deliveries[0]];
    let held: Vec<_> = claims.iter().map(|claim| (claim.id, claim.token)).collect();
    assert_eq!(kit.store.still_wanted(&held, at(21)).await.unwrap(), [LastLook::Wanted; 2]);
    kit.store.delete_channel(user, channel.id, at(22)).await.unwrap();
    assert_eq!(kit.store.still_wanted(&held, at(23)).await.unwrap(), [LastLook::Deleted; 2]);
    let claim = claims.iter().find(|claim| claim.id == ids[0]).unwrap();
    kit.record(claim, AttemptOutcome::Retry { at: at(30) }, 24).await;
    assert_eq!(kit.claim(200).await.len(), 0);
    for id in ids {
        assert_eq!(delivery(&kit, user, id).await.status, DeliveryStatus::Cancelled);
    }
}

async fn a_disabled_channel_buries_what_waits_and_its_owner_is_told_once(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    // Told by mail besides, so that nothing has to go there instead.
    let mut spec = over(&[&channel]);
    spec.channels.push(Channel::Email);
    let alert = kit.alert_of(user, spec).await;
    let first = kit.fire(&alert).await;
    let over_channel =
        |claims: Vec<Claim>| claims.into_iter().filter(|claim| claim.via.is_some()).collect::<Vec<_>>();
    let claim = over_channel(kit.claim(10).await).remove(0);
    let waiting = kit.fire(&alert).await;
    let disable = async |notice| {
        let (target, reason) = (channel.target.clone(), "410 gone\0".to_owned());
        kit.store.disable_channel(channel.id, target, reason, notice, at(12)).await.unwrap()
    };
    let notice = DeliveryId(Uuid::now_v7());
    assert!(disable(notice).await);
    assert!(!disable(DeliveryId(Uuid::now_v7())).await, "it is disabled already");
    kit.record(&claim, AttemptOutcome::Dead, 13).await;
    let now = kit.store.channel(user, channel.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.reason.as_deref()), (ChannelStatus::Disabled, Some("410 gone")));
    let after = kit.fire(&alert).await;
    for fire in [&waiting, &after] {
        let delivery = delivery(&kit, user, fire.deliveries[0]).await;
        let why = delivery.last_error.as_deref();
        assert_eq!((delivery.status, why), (DeliveryStatus::Dead, Some("the channel is disabled: 410 gone")));
        assert_eq!(kit.store.retry_delivery(user, delivery.id, at(14)).await.unwrap(), Some(false));
    }
    let mut told = kit.claim(20).await;
    assert!(told.iter().all(|claim| claim.via.is_none()));
    told.retain(|claim| matches!(claim.content, Content::Notice(_)));
    assert_eq!(
        told.iter().map(|claim| (claim.id, claim.channel)).collect::<Vec<_>>(),
        [(notice, Channel::Email)]
    );
    let (kind, name) = (ChannelKind::Webhook, "desk".to_owned());
    let expected = Notice::ChannelDisabled { kind, name, reason: "410 gone".into() };
    assert_eq!(told[0].content, Content::Notice(expected));
    assert_eq!(delivery(&kit, user, notice).await.about, About::ChannelDisabled);

    // Switched on again, it gets what its owner sends by hand, and what fires from now on.
    change(&kit, &now, |change| change.status = Some(ChannelStatus::Active)).await;
    let id = first.deliveries[0];
    assert_eq!(kit.store.retry_delivery(user, id, at(40)).await.unwrap(), Some(true));
    let again = kit.fire(&alert).await;
    let mut claimed: Vec<_> = over_channel(kit.claim(41).await).iter().map(|claim| claim.id).collect();
    claimed.sort();
    let mut expected = [id, again.deliveries[0]];
    expected.sort();
    assert_eq!(claimed, expected);
}

async fn disable(kit: &Kit, channel: &UserChannel, now: i64) {
    let notice = DeliveryId(Uuid::now_v7());
    let (target, reason) = (channel.target.clone(), "410 gone".to_owned());
    assert!(kit.store.disable_channel(channel.id, target, reason, notice, at(now)).await.unwrap());
}

/// What is told by mail now, but for notices.
async fn mailed(kit: &Kit, now: i64) -> Vec<Claim> {
    let mut claims = kit.claim(now).await;
    assert!(claims.iter().all(|claim| (claim.channel, claim.via.is_none()) == (Channel::Email, true)));
    for notice in
        claims.extract_if(.., |claim| matches!(claim.content, Content::Notice(_))).collect::<Vec<_>>()
    {
        kit.record(&notice, AttemptOutcome::Delivered, now).await;
    }
    claims.sort_by_key(|claim| claim.id);
    claims
}

async fn what_a_disabled_channel_cannot_tell_is_told_by_mail_under_the_same_id(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (one, other) =
        (made(&kit, user, ChannelStatus::Active).await, made(&kit, user, ChannelStatus::Active).await);
    let alert = kit.alert_of(user, over(&[&one])).await;
    // On its way when the receiver says that it is gone; waiting then; and fired after that.
    let first = kit.fire(&alert).await;
    let claim = kit.claim(10).await.remove(0);
    let waiting = kit.fire(&alert).await;
    disable(&kit, &one, 12).await;
    kit.record(&claim, AttemptOutcome::Dead, 13).await;
    let after = kit.fire(&alert).await;
    let ids = [&first, &waiting, &after].map(|fire| fire.deliveries[0]);
    let mut expected = ids.to_vec();
    expected.sort();
    let claims = mailed(&kit, 20).await;
    assert_eq!(claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), expected);
    for claim in &claims {
        kit.record(claim, AttemptOutcome::Delivered, 21).await;
    }
    assert_eq!(kit.claim(25).await.len(), 0, "once");
    for (id, attempts) in ids.into_iter().zip([3, 2, 2]) {
        let (delivery, ledger) = kit.store.delivery(user, id).await.unwrap().unwrap();
        assert_eq!((delivery.status, delivery.channel), (DeliveryStatus::Delivered, Channel::Email));
        assert_eq!((delivery.attempts, ledger.len()), (attempts, usize::try_from(attempts).unwrap()));
        let moved = &ledger[ledger.len() - 2];
        let said = "the channel is disabled: 410 gone; it is told over your own e-mail address instead";
        assert_eq!(moved.detail, said);
        assert!(matches!(moved.outcome, AttemptOutcome::Retry { .. }));
    }
    // Two channels that are both gone: one mail.
    let both = kit.alert_of(user, over(&[&one, &other])).await;
    let fire = kit.fire(&both).await;
    let claim = kit.claim(30).await.remove(0);
    assert_eq!(claim.id, fire.deliveries[1], "the other one tells it");
    assert_eq!(delivery(&kit, user, fire.deliveries[0]).await.status, DeliveryStatus::Dead);
    disable(&kit, &other, 31).await;
    kit.record(&claim, AttemptOutcome::Dead, 32).await;
    let last = kit.fire(&both).await;
    let told: Vec<_> = mailed(&kit, 40).await.iter().map(|claim| claim.id).collect();
    assert_eq!(told.len(), 2, "one of each fire");
    assert!(told.contains(&fire.deliveries[1]));
    assert!(last.deliveries.iter().filter(|id| told.contains(*id)).count() == 1);
}

async fn nothing_is_told_by_mail_that_is_told_otherwise_or_may_not_be(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (gone, works) =
        (made(&kit, user, ChannelStatus::Active).await, made(&kit, user, ChannelStatus::Active).await);
    let by_mail_too = {
        let mut spec = over(&[&gone]);
        spec.channels.push(Channel::Email);
        kit.alert_of(user, spec).await
    };
    let elsewhere_too = kit.alert_of(user, over(&[&gone, &works])).await;
    let refused = kit.alert_of(user, over(&[&works])).await;
    disable(&kit, &gone, 5).await;
    let stays = [kit.fire(&by_mail_too).await.deliveries[0], kit.fire(&elsewhere_too).await.deliveries[0]];
    let refused = kit.fire(&refused).await.deliveries[0];
    for claim in kit.claim(10).await {
        assert!(!stays.contains(&claim.id));
        // What a receiver refuses is refused, as long as it is there.
        let outcome = if claim.id == refused { AttemptOutcome::Dead } else { AttemptOutcome::Delivered };
        kit.record(&claim, outcome, 11).await;
    }
    for id in stays.into_iter().chain([refused]) {
        assert_eq!(delivery(&kit, user, id).await.status, DeliveryStatus::Dead);
    }
    // Nobody has shown that this address is theirs.
    let stranger = kit.user_who("b@example.org", false).await;
    let theirs = made(&kit, stranger, ChannelStatus::Active).await;
    let alert = kit.alert_of(stranger, over(&[&theirs])).await;
    disable(&kit, &theirs, 20).await;
    let fire = kit.fire(&alert).await;
    assert_eq!(delivery(&kit, stranger, fire.deliveries[0]).await.status, DeliveryStatus::Dead);
    // A test of a channel is of that channel.
    let test = DeliveryId(Uuid::now_v7());
    assert!(kit.store.queue_channel_test(user, works.id, test, at(30)).await.unwrap());
    disable(&kit, &works, 31).await;
    assert_eq!(delivery(&kit, user, test).await.status, DeliveryStatus::Dead);
}

async fn a_receiver_that_was_left_behind_disables_nothing(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    change(&kit, &channel, |change| change.target = Some(Sealed(vec![2]))).await;
    let notice = DeliveryId(Uuid::now_v7());
    let disabled = kit.store.disable_channel(channel.id, channel.target, "410".into(), notice, at(40)).await;
    assert!(!disabled.unwrap());
    assert_eq!(kit.claim(50).await.len(), 0);
}

async fn checks_and_tests_go_out_whatever_the_status(kit: Kit) {
    let user = kit.user_who("a@example.org", false).await;
    let channel = made(&kit, user, ChannelStatus::Unverified).await;
    let (check, test) = (DeliveryId(Uuid::now_v7()), DeliveryId(Uuid::now_v7()));
    assert!(kit.store.queue_channel_check(user, channel.id, check, "s3cret".into(), at(1)).await.unwrap());
    assert!(kit.store.queue_channel_test(user, channel.id, test, at(1)).await.unwrap());
    let claims = kit.claim(10).await;
    let by = |id| claims.iter().find(|claim| claim.id == id).unwrap();
    assert_eq!(by(check).content, Content::VerifyAddress { token: "s3cret".into() });
    assert_eq!(by(test).content, Content::Notice(Notice::ChannelTest));
    assert!(claims.iter().all(|claim| claim.via.as_ref().unwrap().id == channel.id));
    let about = [delivery(&kit, user, check).await.about, delivery(&kit, user, test).await.about];
    assert_eq!(about, [About::Verification, About::Test]);
}

async fn successes_and_failures_are_noted_at_the_channel(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    let alert = kit.alert_of(user, over(&[&channel])).await;
    let noted = async || {
        let now = kit.store.channel(user, channel.id).await.unwrap().unwrap();
        (now.failures, now.last_delivered_at, now.version)
    };
    kit.fire(&alert).await;
    for (now, outcome) in [(10, AttemptOutcome::Retry { at: at(20) }), (20, AttemptOutcome::Dead)] {
        let claim = kit.claim(now).await.remove(0);
        kit.record(&claim, outcome, now).await;
    }
    assert_eq!(noted().await, (2, None, 1));
    kit.fire(&alert).await;
    let claim = kit.claim(30).await.remove(0);
    kit.record(&claim, AttemptOutcome::Delivered, 31).await;
    assert_eq!(noted().await, (0, Some(at(31)), 1));
    // What is recorded a second time counts once.
    kit.record(&claim, AttemptOutcome::Dead, 32).await;
    assert_eq!(noted().await, (0, Some(at(31)), 1));
}

async fn verifying_the_account_releases_no_channel(kit: Kit) {
    let user = kit.user_who("a@example.org", false).await;
    let (checked, unchecked) =
        (made(&kit, user, ChannelStatus::Active).await, made(&kit, user, ChannelStatus::Unverified).await);
    let mut spec = over(&[&checked, &unchecked]);
    spec.channels.push(Channel::Email);
    let fire = kit.fire(&kit.alert_of(user, spec).await).await;
    let [now, unverified, own] = fire.deliveries[..] else { panic!("{fire:?}") };
    assert_eq!(kit.claim(10).await.iter().map(|claim| claim.id).collect::<Vec<_>>(), [now]);
    kit.store.verify_user(user, "a@example.org", at(11)).await.unwrap();
    assert_eq!(kit.claim(12).await.iter().map(|claim| claim.id).collect::<Vec<_>>(), [own]);
    assert_eq!(delivery(&kit, user, unverified).await.status, DeliveryStatus::Held);
}

async fn a_deleted_account_leaves_no_channel(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let channel = made(&kit, user, ChannelStatus::Active).await;
    kit.fire(&kit.alert_of(user, over(&[&channel])).await).await;
    assert!(kit.store.delete_user(user, at(20)).await.unwrap());
    assert_eq!(kit.store.list_channels(user, ALL).await.unwrap().total, 0);
    assert_eq!(kit.store.delete_channel(user, channel.id, at(21)).await.unwrap(), None);
    assert_eq!(kit.claim(30).await.len(), 0);
}

async fn a_target_is_sealed_anew_while_it_is_the_same(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut channels = Vec::new();
    for _ in 0..3 {
        channels.push(made(&kit, user, ChannelStatus::Active).await);
    }
    channels.sort_by_key(|channel| channel.id);
    kit.store.delete_channel(user, channels[1].id, at(5)).await.unwrap();
    let first = kit.store.sealed_channels(None, 1).await.unwrap();
    assert_eq!(first, [(channels[0].id, channels[0].target.clone())]);
    let rest = kit.store.sealed_channels(Some(channels[0].id), 10).await.unwrap();
    assert_eq!(rest, [(channels[2].id, channels[2].target.clone())], "what is deleted leads nowhere");

    let (id, old, new) = (channels[0].id, channels[0].target.clone(), Sealed(vec![7, 8]));
    assert!(kit.store.reseal_channel(id, old.clone(), new.clone()).await.unwrap());
    assert!(!kit.store.reseal_channel(id, old, Sealed(vec![9])).await.unwrap(), "it leads elsewhere now");
    let channel = kit.store.channel(user, id).await.unwrap().unwrap();
    assert_eq!((channel.target, channel.version), (new, channels[0].version));
}
