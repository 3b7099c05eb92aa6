//! Fires are committed with the state of their alerts and what they owe, or dropped.

use bellwether_model::{
    AlertState, Candle, Channel, DeliveryId, Evidence, Instrument, Interval, Measure, Position, Price, Status,
};
use bellwether_store::alert::{Action, Alert, AlertFilter};
use bellwether_store::candle::{NewCandle, RunningCandles};
use bellwether_store::channel::ChannelStatus;
use bellwether_store::delivery::{About, AttemptOutcome, Content, DeliveryFilter, DeliveryStatus, Notice};
use bellwether_store::evaluation::{Commit, MarketPosition, NewFire, Over, StateChange};
use bellwether_store::fire::Cause;
use bellwether_store::page::{Page, Stretch};

use crate::contract::channels;
use crate::contract::kit::{Kit, at, crossing, next_fire, price};

contract!(
    a_fire_changes_alert_ledger_and_outbox_together,
    a_fire_that_ends_its_alert_triggers_it,
    a_fire_of_an_older_revision_is_dropped_and_the_rest_commits,
    a_fire_of_an_alert_that_is_not_active_is_dropped,
    fires_are_numbered_without_gaps,
    one_alert_may_fire_several_times_in_a_commit,
    a_commit_may_be_repeated,
    a_fire_takes_the_words_and_channels_of_its_moment,
    checkpoints_store_states_and_positions,
    a_price_is_kept_to_its_last_digit_wherever_it_stands,
    a_large_commit_goes_through_whole,
    alerts_expire_once_their_time_is_over,
    an_alert_that_expires_says_so_over_its_channels,
    wanted_instruments_are_those_of_active_alerts,
);

const ALL: Stretch<DeliveryId> = Stretch { after: None, limit: 100 };

async fn a_fire_changes_alert_ledger_and_outbox_together(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let fire = next_fire(&kit.watched(alert.id).await.unwrap(), false);
    let committed = kit.commit(vec![fire.clone()]).await;
    assert_eq!((committed.dropped, committed.users), (vec![], vec![user]));

    let after = kit.read(&alert).await;
    assert_eq!((after.status, after.fires, after.version), (Status::Active, 1, 1));
    assert_eq!((after.last_fired_at, after.updated_at), (Some(at(5)), at(0)));
    let watched = kit.watched(alert.id).await.unwrap();
    assert_eq!((watched.revision, &watched.state), (1, &fire.state));

    let stored = kit.store.fire(user, fire.id).await.unwrap().unwrap();
    assert_eq!((stored.alert, stored.user, stored.number), (alert.id, user, 1));
    let cause = Cause::Tick { evidence: Box::new(fire.evidence.clone()), trades: Some((20, 22)) };
    assert_eq!(stored.cause, cause);
    assert_eq!((&stored.spec, stored.evaluated_at, stored.committed_at), (&alert.spec, at(6), at(10)));
    assert_eq!((stored.late, stored.ends), (false, false));

    let owed = kit.store.list_deliveries(user, &DeliveryFilter::default(), ALL).await.unwrap();
    assert_eq!(owed.items.len(), 1);
    let owed = &owed.items[0];
    assert_eq!((owed.id, owed.fire), (fire.deliveries[0], Some((fire.id, alert.id))));
    assert_eq!(
        (owed.status, owed.channel, owed.next_at),
        (DeliveryStatus::Pending, Channel::Email, Some(at(10)))
    );
    let claims = kit.claim(10).await;
    let Content::Fired(told) = &claims[0].content else { panic!("{claims:?}") };
    assert_eq!((told.id, told.number, &told.evidence), (stored.id, 1, &fire.evidence));
    assert_eq!((Some(&told.spec), told.committed_at), (stored.spec.price(), stored.committed_at));
}

async fn a_fire_that_ends_its_alert_triggers_it(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let mut changed = kit.store.alerts_changed();
    changed.mark_unchanged();
    let last = NewFire { late: true, trades: None, ..next_fire(&kit.watched(alert.id).await.unwrap(), true) };
    kit.commit(vec![last.clone()]).await;
    assert!(changed.has_changed().unwrap());
    let after = kit.read(&alert).await;
    assert_eq!((after.status, after.version, after.updated_at), (Status::Triggered, 2, at(10)));
    assert_eq!(kit.watched(alert.id).await, None);
    let stored = kit.store.fire(user, last.id).await.unwrap().unwrap();
    assert_eq!((stored.late, stored.ends), (true, true));
    assert!(matches!(stored.cause, Cause::Tick { trades: None, .. }), "{stored:?}");
    let triggered = AlertFilter { statuses: vec![Status::Triggered], ..AlertFilter::default() };
    let page = Page { number: 1, size: 10 };
    assert_eq!(kit.store.list_alerts(user, &triggered, page).await.unwrap().total, 1);
}

async fn a_fire_of_an_older_revision_is_dropped_and_the_rest_commits(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (edited, other) = (kit.alert(user).await, kit.alert(user).await);
    let stale = next_fire(&kit.watched(edited.id).await.unwrap(), true);
    let good = next_fire(&kit.watched(other.id).await.unwrap(), true);
    kit.change(&edited, Action::Updated, |change| price(&mut change.spec).expires_at = Some(at(999))).await;
    let committed = kit.commit(vec![stale.clone(), good]).await;
    assert_eq!(committed.dropped, [(edited.id, 1)]);
    assert_eq!(kit.read(&edited).await.status, Status::Active);
    assert_eq!(kit.read(&other).await.status, Status::Triggered);
    assert_eq!(kit.store.fire(user, stale.id).await.unwrap(), None);
    assert_eq!(kit.claim(10).await.len(), 1, "a dropped fire owes nothing");
}

async fn a_fire_of_an_alert_that_is_not_active_is_dropped(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let fire = next_fire(&kit.watched(alert.id).await.unwrap(), false);
    kit.store.delete_alert(user, alert.id, at(1)).await.unwrap();
    assert_eq!(kit.commit(vec![fire]).await.dropped, [(alert.id, 1)]);

    let once = kit.alert(user).await;
    let watched = kit.watched(once.id).await.unwrap();
    kit.commit(vec![next_fire(&watched, true)]).await;
    let second = NewFire { number: 2, ..next_fire(&watched, true) };
    assert_eq!(kit.commit(vec![second]).await.dropped, [(once.id, 2)]);
    assert_eq!(kit.read(&once).await.fires, 1);
}

async fn fires_are_numbered_without_gaps(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let watched = kit.watched(alert.id).await.unwrap();
    let ahead = NewFire { number: 2, ..next_fire(&watched, false) };
    assert_eq!(kit.commit(vec![ahead]).await.dropped, [(alert.id, 2)]);
    kit.fire(&alert).await;
    let another = next_fire(&watched, false);
    assert_eq!(kit.commit(vec![another]).await.dropped, [(alert.id, 1)], "number 1 is another fire");
}

async fn one_alert_may_fire_several_times_in_a_commit(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let mut watched = kit.watched(alert.id).await.unwrap();
    let mut fires = Vec::new();
    for ends in [false, false, true, false] {
        let fire = next_fire(&watched, ends);
        watched.state = fire.state.clone();
        fires.push(fire);
    }
    assert_eq!(kit.commit(fires).await.dropped, [(alert.id, 4)], "nothing fires after its end");
    let after = kit.read(&alert).await;
    assert_eq!((after.fires, after.status), (3, Status::Triggered));
    assert_eq!(kit.claim(10).await.len(), 3);
}

async fn a_commit_may_be_repeated(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (every, once) = (kit.alert(user).await, kit.alert(user).await);
    let fires = vec![
        next_fire(&kit.watched(every.id).await.unwrap(), false),
        next_fire(&kit.watched(once.id).await.unwrap(), true),
    ];
    for _ in 0..3 {
        assert_eq!(kit.commit(fires.clone()).await.dropped, []);
    }
    assert_eq!(kit.read(&every).await.fires, 1);
    assert_eq!(kit.read(&once).await.fires, 1);
    assert_eq!(kit.claim(10).await.len(), 2);
}

async fn a_fire_takes_the_words_and_channels_of_its_moment(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let fire = next_fire(&kit.watched(alert.id).await.unwrap(), false);
    let added = Channel::Made(channels::made(&kit, user, ChannelStatus::Active).await.id);
    kit.change(&alert, Action::Updated, |change| {
        price(&mut change.spec).name = "renamed".into();
        price(&mut change.spec).channels = vec![Channel::Email, added];
    })
    .await;
    assert_eq!(kit.commit(vec![fire.clone()]).await.dropped, []);
    assert_eq!(kit.store.fire(user, fire.id).await.unwrap().unwrap().spec.name(), "renamed");
    let claims = kit.claim(10).await;
    let mut channels: Vec<_> = claims.iter().map(|claim| claim.channel).collect();
    channels.sort();
    assert_eq!(channels, [Channel::Email, added]);
    assert!(claims.iter().any(|claim| claim.id == fire.deliveries[0]));

    kit.change(&kit.read(&alert).await, Action::Updated, |change| price(&mut change.spec).channels = vec![])
        .await;
    kit.fire(&alert).await;
    assert_eq!(kit.claim(11).await.len(), 0, "without channels nothing is owed");
}

async fn checkpoints_store_states_and_positions(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, edited, other) = (kit.alert(user).await, kit.alert(user).await, kit.alert(user).await);
    let state = AlertState { position: Some(Position(u64::MAX)), not_ready: true, ..AlertState::default() };
    let moved = |alert: &Alert, revision| StateChange { alert: alert.id, revision, state: state.clone() };
    let ahead = AlertState { fires: 1, ..state.clone() };
    let position = |number, memory: &[u8]| MarketPosition {
        instrument: "binance:BTCUSDT".parse().unwrap(),
        position: Position(number),
        numbered: true,
        price: "37.537537537537537538".parse().unwrap(),
        time: at(3),
        memory: memory.to_vec(),
        running: RunningCandles::default(),
        in_force: true,
    };
    let commit = Commit {
        states: vec![moved(&alert, 1), moved(&edited, 7), StateChange { state: ahead, ..moved(&other, 1) }],
        positions: vec![position(u64::MAX, b"")],
        ..Commit::default()
    };
    let committed = kit.store.commit(commit, at(10)).await.unwrap();
    assert_eq!(committed, Default::default(), "a checkpoint changes nobody's list");
    assert_eq!(kit.watched(alert.id).await.unwrap().state, state);
    assert_eq!(kit.watched(edited.id).await.unwrap().state, AlertState::default(), "another revision");
    let kept = kit.watched(other.id).await.unwrap().state;
    assert_eq!(kept, AlertState::default(), "a state after a fire that was not committed");
    assert_eq!(kit.store.positions().await.unwrap(), [position(u64::MAX, b"")]);
    assert_eq!(kit.read(&alert).await.version, 1);

    let commit = Commit { positions: vec![position(1, b"w"), position(2, b"\0x")], ..Commit::default() };
    kit.store.commit(commit, at(11)).await.unwrap();
    assert_eq!(kit.store.positions().await.unwrap(), [position(2, b"\0x")], "the last one counts");
}

/// Quotes have up to 28 decimals, and the middle of two has one more than they.
async fn a_price_is_kept_to_its_last_digit_wherever_it_stands(kit: Kit) {
    let user = kit.user("a@example.org").await;
    for text in [
        "37.537537537537537538",
        "37.5375375375375375385",
        "0.000011152581711688621",
        "0.0000000000000000000000000001",
    ] {
        let price: Price = text.parse().unwrap();
        let alert = kit.alert(user).await;
        let fire = next_fire(&kit.watched(alert.id).await.unwrap(), false);
        let state = AlertState { reference: Some(price), extreme: Some(price), ..fire.state.clone() };
        let measure = Measure::Reference(price);
        let evidence = Evidence { price, previous_price: Some(price), measure, ..fire.evidence.clone() };
        let instrument: Instrument = "uphold:BTC-USD".parse().unwrap();
        let candle =
            Candle { open_time: at(0), open: price, high: price, low: price, close: price, partial: false };
        let position = MarketPosition {
            instrument: instrument.clone(),
            position: Position(7),
            numbered: false,
            price,
            time: at(1),
            memory: vec![],
            running: RunningCandles { minute: Some(candle), ..RunningCandles::default() },
            in_force: true,
        };
        let commit = Commit {
            fires: vec![NewFire { state: state.clone(), evidence: evidence.clone(), ..fire.clone() }],
            positions: vec![position.clone()],
            candles: vec![NewCandle { instrument: instrument.clone(), interval: Interval::Minute, candle }],
            ..Commit::default()
        };
        kit.store.commit(commit, at(10)).await.unwrap();
        let store = kit.second().await;
        assert_eq!(store.watched(None, 100).await.unwrap().last().unwrap().state, state, "{text}");
        let cause = Cause::Tick { evidence: Box::new(evidence), trades: fire.trades };
        assert_eq!(store.fire(user, fire.id).await.unwrap().unwrap().cause, cause, "{text}");
        assert_eq!(store.positions().await.unwrap(), [position], "{text}");
        let candles = store.candles(&instrument, Interval::Minute, at(0), at(60), 9).await.unwrap();
        assert_eq!(candles, [candle], "{text}");
    }
}

async fn a_large_commit_goes_through_whole(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let new = (0..2_050)
        .map(|n| crate::contract::kit::new_alert(user, crossing("binance:BTCUSDT", &format!("{}", n + 1))))
        .collect();
    kit.store.create_alerts(new, u64::MAX, at(0)).await.unwrap();
    let fires: Vec<_> = kit
        .store
        .watched(None, 5_000)
        .await
        .unwrap()
        .iter()
        .map(|watched| next_fire(watched, true))
        .collect();
    let committed = kit.commit(fires).await;
    assert_eq!((committed.dropped.len(), committed.users.len()), (0, 1));
    assert_eq!(kit.store.watched(None, 5_000).await.unwrap(), []);
    let depths = kit.store.queue_depths(at(10)).await.unwrap();
    assert_eq!(depths.iter().map(|(.., count)| count).sum::<u64>(), 2_050);
}

async fn alerts_expire_once_their_time_is_over(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let timed = |seconds| {
        let mut spec = crossing("binance:BTCUSDT", "1");
        spec.expires_at = Some(at(seconds));
        spec
    };
    let (soon, later) = (kit.alert_of(user, timed(50)).await, kit.alert_of(user, timed(51)).await);
    let paused = kit.alert_of(user, timed(50)).await;
    kit.change(&paused, Action::Paused, |change| change.status = Status::Paused).await;
    let deleted = kit.alert_of(user, timed(50)).await;
    kit.store.delete_alert(user, deleted.id, at(1)).await.unwrap();
    kit.alert(user).await;

    let stale = next_fire(&kit.watched(soon.id).await.unwrap(), false);
    assert_eq!(kit.store.over(at(49), None, 100).await.unwrap(), []);
    assert_eq!(kit.store.expire(vec![soon.id, later.id], at(49)).await.unwrap(), [], "it is not over yet");
    let over = kit.store.over(at(50), None, 100).await.unwrap();
    let active = |alert: &Alert| {
        let instruments = vec!["binance:BTCUSDT".parse().unwrap()];
        Over { id: alert.id, expires_at: at(50), is_active: true, instruments }
    };
    assert_eq!(over, [active(&soon), Over { is_active: false, ..active(&paused) }]);
    let first = over.first().map(|one| (one.expires_at, one.id));
    assert_eq!(kit.store.over(at(50), first, 1).await.unwrap(), over[1..], "page by page");
    assert_eq!(kit.expire(50).await, [user]);
    assert_eq!(kit.expire(50).await, []);
    for (alert, expected) in [
        (&soon, Status::Expired),
        (&paused, Status::Expired),
        (&later, Status::Active),
        (&deleted, Status::Deleted),
    ] {
        assert_eq!(kit.read(alert).await.status, expected);
    }
    assert_eq!(kit.commit(vec![stale]).await.dropped, [(soon.id, 1)]);
}

async fn an_alert_that_expires_says_so_over_its_channels(kit: Kit) {
    let (user, stranger) = (kit.user("a@example.org").await, kit.user_who("b@example.org", false).await);
    let channel = channels::made(&kit, user, ChannelStatus::Active).await.id;
    let mut timed = crossing("binance:BTCUSDT", "33000");
    timed.expires_at = Some(at(50));
    let unverified = kit.alert_of(stranger, timed.clone()).await;
    timed.channels.push(Channel::Made(channel));
    let (alert, gone) = (kit.alert_of(user, timed.clone()).await, kit.alert_of(user, timed).await);
    kit.fire(&alert).await;
    for claim in kit.claim(11).await {
        kit.record(&claim, AttemptOutcome::Delivered, 12).await;
    }
    kit.expire(50).await;
    kit.store.delete_alert(user, gone.id, at(51)).await.unwrap();
    let told = kit.claim(52).await;
    let name = "A binance:BTCUSDT".to_owned();
    let watched = "BTCUSDT reaches 33,000".to_owned();
    let expected = Content::Notice(Notice::AlertExpired { alert: alert.id, name, watched, fires: 1 });
    assert!(told.iter().all(|claim| claim.content == expected && claim.user == user), "{told:?}");
    let mut over: Vec<_> = told.iter().map(|claim| claim.channel).collect();
    over.sort();
    assert_eq!(over, [Channel::Email, Channel::Made(channel)]);
    let (delivery, _) = kit.store.delivery(user, told[0].id).await.unwrap().unwrap();
    assert_eq!(delivery.about, About::AlertExpired);
    let held = DeliveryFilter { alert: Some(unverified.id), ..DeliveryFilter::default() };
    let newest = Stretch { after: None, limit: 10 };
    let held = kit.store.list_deliveries(stranger, &held, newest).await.unwrap().items;
    assert_eq!(held.iter().map(|one| one.status).collect::<Vec<_>>(), [DeliveryStatus::Held]);
}

async fn wanted_instruments_are_those_of_active_alerts(kit: Kit) {
    let user = kit.user("a@example.org").await;
    assert_eq!(kit.store.wanted_instruments().await.unwrap(), []);
    for instrument in ["binance:ETHUSDT", "binance:BTCUSDT", "binance:BTCUSDT", "kraken:XBTUSD"] {
        kit.alert_of(user, crossing(instrument, "1")).await;
    }
    let composite = crate::contract::kit::spec(
        r#"{"instrument":"binance:BTCUSDT","condition":{"type":"any","of":[
            {"type":"above","price":"1","instrument":"push:a/GOLD"},{"type":"below","price":"2"}]}}"#,
    );
    let composite = kit.alert_of(user, composite).await;
    let gone = kit.alert_of(user, crossing("binance:GONE", "1")).await;
    kit.store.delete_alert(user, gone.id, at(1)).await.unwrap();
    let wanted = async || {
        let wanted = kit.store.wanted_instruments().await.unwrap();
        wanted.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let plain = ["binance:BTCUSDT", "binance:ETHUSDT", "kraken:XBTUSD"];
    assert_eq!(wanted().await, [&plain[..], &["push:a/GOLD"]].concat());
    kit.store.delete_alert(user, composite.id, at(1)).await.unwrap();
    assert_eq!(wanted().await, plain);
}
