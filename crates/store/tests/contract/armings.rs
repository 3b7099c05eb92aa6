//! No alert falls between its arming and a checkpoint: whichever of the two is stored second gives way.

use bellwether_model::{AlertSpec, AlertState, Instrument, Position, Standing, Status};
use bellwether_store::alert::{Action, AlertChange, Changed, Creation, NewAlert};
use bellwether_store::candle::RunningCandles;
use bellwether_store::evaluation::{Commit, Committed, Cursor, MarketPosition, StateChange};
use bellwether_store::lease::Fence;
use bellwether_store::share::Share;
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing, new_alert, next_fire, spec};

contract!(
    an_alert_behind_the_stored_position_is_refused,
    an_alert_is_armed_anew_only_where_no_checkpoint_has_passed,
    a_checkpoint_waits_for_an_alert_not_heard_of,
    a_checkpoint_waits_for_no_alert_that_is_not_its_own,
    a_checkpoint_waits_for_a_change_not_heard_of,
    of_an_alert_and_a_checkpoint_at_a_time_one_gives_way,
);

const BTC: &str = "binance:BTCUSDT";
const ETH: &str = "binance:ETHUSDT";

fn standing(name: &str, position: u64) -> MarketPosition {
    MarketPosition {
        instrument: name.parse().unwrap(),
        position: Position(position),
        numbered: true,
        price: "1".parse().unwrap(),
        time: at(3),
        memory: vec![],
        running: RunningCandles::default(),
        in_force: true,
    }
}

fn checkpoint(name: &str, position: u64, heard: Cursor) -> Commit {
    Commit { positions: vec![standing(name, position)], heard: Some(heard), ..Commit::default() }
}

fn armed_at(position: u64) -> AlertState {
    AlertState { position: Some(Position(position)), has_reference: true, ..AlertState::default() }
}

async fn commit(kit: &Kit, commit: Commit) -> Committed {
    kit.store.commit(commit, at(10)).await.unwrap()
}

/// Creates an alert on BTC, or on BTC and ETH, that is armed at these positions.
async fn create(kit: &Kit, email: &str, positions: &[u64]) -> Creation {
    let user = match kit.store.credentials(email).await.unwrap() {
        Some((user, _)) => user.id,
        None => kit.user(email).await,
    };
    let spec = match positions {
        [_] => crossing(BTC, "33000"),
        _ => spec(
            r#"{"instrument":"binance:BTCUSDT","condition":{"type":"all","of":[{"type":"above","price":"2"},
                {"instrument":"binance:ETHUSDT","type":"below","price":"3"}]}}"#,
        ),
    };
    let others =
        positions[1..].iter().map(|at| Standing { position: Some(Position(*at)), has_reference: true });
    let state = AlertState { others: others.collect(), ..armed_at(positions[0]) };
    let new = NewAlert { state, ..new_alert(user, spec) };
    kit.store.create_alert(new, 1_000, at(5)).await.unwrap()
}

fn is_created(creation: &Creation) -> bool {
    match creation {
        Creation::Created(_) => true,
        Creation::Passed => false,
        other => panic!("{other:?}"),
    }
}

async fn an_alert_behind_the_stored_position_is_refused(kit: Kit) {
    let head = kit.store.head().await.unwrap();
    commit(&kit, checkpoint(BTC, 100, head)).await;
    assert!(!is_created(&create(&kit, "a@example.org", &[99]).await));
    assert!(is_created(&create(&kit, "a@example.org", &[100]).await));
    assert!(is_created(&create(&kit, "a@example.org", &[101]).await));
    assert!(is_created(&create(&kit, "a@example.org", &[0]).await), "the venue counts anew");
    commit(&kit, checkpoint(ETH, 50, kit.store.head().await.unwrap())).await;
    assert!(!is_created(&create(&kit, "a@example.org", &[100, 49]).await));
    assert!(is_created(&create(&kit, "a@example.org", &[100, 50]).await));
    let alerts = kit.store.watched(None, 100).await.unwrap();
    assert_eq!(alerts.len(), 4, "what was refused is not there");
}

async fn an_alert_is_armed_anew_only_where_no_checkpoint_has_passed(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let before = kit.store.head().await.unwrap();
    let alert = kit.alert(user).await;
    let heard = kit.changes(before, 1).await[0].cursor;
    assert!(!commit(&kit, checkpoint(BTC, 100, heard)).await.unheard);
    let rearmed_at = |position| AlertChange {
        action: Action::Rearmed,
        spec: alert.spec.clone(),
        status: Status::Active,
        snoozed_until: None,
        rearm: Some(armed_at(position)),
        next_at: None,
        from_version: alert.version,
    };
    let change = async |position| kit.store.change_alert(user, alert.id, rearmed_at(position), at(20)).await;
    assert!(matches!(change(99).await.unwrap(), Changed::Passed));
    assert_eq!(kit.read(&alert).await.version, alert.version, "nothing is changed");
    assert!(matches!(change(100).await.unwrap(), Changed::Done(_)));
}

async fn a_checkpoint_waits_for_an_alert_not_heard_of(kit: Kit) {
    let before = kit.store.head().await.unwrap();
    assert!(is_created(&create(&kit, "a@example.org", &[100]).await));
    let watched = kit.store.watched(None, 10).await.unwrap().remove(0);
    let fire = next_fire(&watched, false);
    kit.store.claim_lease("p", None, Uuid::now_v7()).await.unwrap();
    let fence = Some(Fence { name: "p".to_owned(), epoch: 1, log_number: Some(7) });
    let state = AlertState { reference: Some("5".parse().unwrap()), ..fire.state.clone() };
    let all = Commit {
        fires: vec![fire],
        states: vec![StateChange { alert: watched.id, revision: watched.revision, state: state.clone() }],
        fence,
        ..checkpoint(BTC, 101, before)
    };
    let committed = commit(&kit, all.clone()).await;
    assert!(committed.unheard);
    assert_eq!(committed.users, [watched.user], "fires are committed all the same");
    assert_eq!(kit.store.positions().await.unwrap(), []);
    assert_eq!(kit.store.leases().await.unwrap()[0].log_number, None);
    assert_eq!(kit.watched(watched.id).await.unwrap().state.reference, None);

    let heard = kit.changes(before, 1).await[0].cursor;
    let committed = commit(&kit, Commit { heard: Some(heard), ..all }).await;
    assert!(!committed.unheard);
    assert_eq!(kit.store.positions().await.unwrap(), [standing(BTC, 101)]);
    assert_eq!(kit.store.leases().await.unwrap()[0].log_number, Some(7));
    assert_eq!(kit.watched(watched.id).await.unwrap().state, state);
}

async fn a_checkpoint_waits_for_a_change_not_heard_of(kit: Kit) {
    let before = kit.store.head().await.unwrap();
    assert!(is_created(&create(&kit, "a@example.org", &[100]).await));
    let heard = kit.changes(before, 1).await[0].cursor;
    let seen = kit.store.watched(None, 10).await.unwrap().remove(0);
    let expires = |version| AlertChange {
        action: Action::Updated,
        spec: AlertSpec { expires_at: Some(at(1_000_000)), ..seen.spec.clone() }.into(),
        status: Status::Active,
        snoozed_until: None,
        rearm: None,
        next_at: None,
        from_version: version,
    };
    let changed = kit.store.change_alert(seen.user, seen.id, expires(1), at(20)).await.unwrap();
    assert!(matches!(changed, Changed::Done(_)));

    let moved = AlertState { reference: Some("5".parse().unwrap()), ..seen.state.clone() };
    let states = vec![StateChange { alert: seen.id, revision: seen.revision, state: moved }];
    let moved = Commit { states, ..checkpoint(BTC, 101, heard) };
    assert!(commit(&kit, moved.clone()).await.unheard, "its state would stay behind");
    let fired = Commit { fires: vec![next_fire(&seen, false)], ..checkpoint(BTC, 101, heard) };
    let committed = commit(&kit, fired).await;
    assert_eq!((committed.dropped.len(), committed.unheard), (1, true), "its fire is yet to be made");
    assert_eq!(kit.store.positions().await.unwrap(), []);

    // Who is out of force has nothing to lose.
    let version = kit.store.alert(seen.user, seen.id).await.unwrap().unwrap().version;
    let paused = AlertChange { status: Status::Paused, ..expires(version) };
    let changed = kit.store.change_alert(seen.user, seen.id, paused, at(21)).await.unwrap();
    assert!(matches!(changed, Changed::Done(_)));
    assert!(!commit(&kit, moved).await.unheard);
    assert_eq!(kit.store.positions().await.unwrap(), [standing(BTC, 101)]);
}

async fn a_checkpoint_waits_for_no_alert_that_is_not_its_own(kit: Kit) {
    let before = kit.store.head().await.unwrap();
    let alert = kit.alert_of(kit.user("a@example.org").await, crossing(ETH, "1")).await;
    assert!(is_created(&create(&kit, "a@example.org", &[100]).await));
    assert!(is_created(&create(&kit, "a@example.org", &[100, 7]).await));
    let index = Share::partition_of(&BTC.parse::<Instrument>().unwrap(), 8);
    let own = Share::Partition { index, of: 8 };
    for (share, name, position, waits) in [
        (own, BTC, 100, false),
        (own, BTC, 101, true),
        (Share::Composites, ETH, 7, false),
        (Share::Composites, ETH, 8, true),
        (Share::Composites, BTC, 100, false),
    ] {
        let committed = commit(&kit, Commit { share, ..checkpoint(name, position, before) }).await;
        assert_eq!(committed.unheard, waits, "{share}: {name} at {position}");
    }
    // Nobody waits for one that is deleted, or that was changed without being armed.
    let heard = kit.changes(before, 3).await[2].cursor;
    kit.change(&alert, Action::Updated, |change| change.status = Status::Paused).await;
    kit.store.delete_alert(alert.user, alert.id, at(30)).await.unwrap();
    assert!(!commit(&kit, checkpoint(ETH, 1_000, heard)).await.unheard);
}

/// Two at a time, again and again: never are both stored.
async fn of_an_alert_and_a_checkpoint_at_a_time_one_gives_way(kit: Kit) {
    let (mut alerts_first, mut checkpoints_first) = (0, 0);
    let mut heard = kit.store.head().await.unwrap();
    for round in 1..=60 {
        let at = [round];
        let created = create(&kit, "a@example.org", &at);
        let committed = commit(&kit, checkpoint(BTC, round + 1, heard));
        let (created, committed) = if round % 2 == 0 {
            tokio::join!(created, committed)
        } else {
            let (committed, created) = tokio::join!(committed, created);
            (created, committed)
        };
        match (is_created(&created), committed.unheard) {
            (true, true) => alerts_first += 1,
            (false, false) => checkpoints_first += 1,
            both => panic!("round {round}: {both:?}"),
        }
        if committed.unheard {
            heard = kit.changes(heard, 1).await[0].cursor;
            assert!(!commit(&kit, checkpoint(BTC, round + 1, heard)).await.unheard);
        }
    }
    assert_eq!(alerts_first + checkpoints_first, 60);
}
