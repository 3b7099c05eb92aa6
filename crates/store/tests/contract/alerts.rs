//! Alerts as their users see them.

use bellwether_model::{AlertId, AlertState, Position, Status, UserId};
use bellwether_store::alert::{Action, Alert, AlertChange, AlertFilter, Changed};
use bellwether_store::page::Page;
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing, price, spec};

contract!(
    an_alert_is_read_as_it_was_made,
    an_alert_of_another_user_does_not_exist,
    a_list_is_newest_first_and_paged,
    a_list_is_filtered_by_status_instrument_and_text,
    a_change_needs_the_version_it_was_made_from,
    a_change_of_words_leaves_the_revision_alone,
    a_change_that_evaluation_must_know_of_grows_the_revision,
    arming_anew_keeps_the_lifelong_count,
    deleting_is_final_and_idempotent,
    a_history_tells_who_did_what,
);

const FIRST: Page = Page { number: 1, size: 10 };

async fn an_alert_is_read_as_it_was_made(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let rich = spec(
        r#"{"name":"Zwölf \u0000 \"quoted\" 币","instrument":"push:a/GOLD",
            "condition":{"type":"all","of":[{"type":"above","price":"37.537537537537537538"},
                {"type":"below","price":"2","instrument":"binance:ETHUSDT"}],"for":"30s"},
            "repeat":{"mode":"every","cooldown":"15m","max_fires":10},
            "expires_at":"2027-01-01T00:00:00.000001Z","note":"a\nb","message":"{price}\n!","channels":["email"],"tags":["x","y"]}"#,
    );
    let alert = kit.alert_of(user, rich.clone()).await;
    assert_eq!(
        (alert.spec.price(), alert.status, alert.version, alert.fires),
        (Some(&rich), Status::Active, 1, 0)
    );
    assert_eq!((alert.created_at, alert.armed_at, alert.updated_at), (at(0), at(0), at(0)));
    assert_eq!((alert.last_fired_at, alert.last_sent_at, alert.snoozed_until), (None, None, None));
    assert_eq!(kit.read(&alert).await, alert);
}

async fn an_alert_of_another_user_does_not_exist(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let alert = kit.alert(ada).await;
    assert_eq!(kit.store.alert(bob, alert.id).await.unwrap(), None);
    assert_eq!(kit.store.delete_alert(bob, alert.id, at(1)).await.unwrap(), None);
    assert_eq!(kit.store.alert_history(bob, alert.id, FIRST).await.unwrap(), None);
    let theirs = Alert { user: bob, ..alert.clone() };
    assert_eq!(change(&kit, &theirs, |_| {}).await, Changed::NotFound);
    assert_eq!(kit.store.list_alerts(bob, &AlertFilter::default(), FIRST).await.unwrap().total, 0);
    assert_eq!(kit.read(&alert).await, alert);
}

async fn a_list_is_newest_first_and_paged(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut made = Vec::new();
    for _ in 0..25 {
        made.push(kit.alert(user).await.id);
    }
    kit.store.delete_alert(user, made.remove(3), at(1)).await.unwrap();
    made.reverse();
    for (number, expected) in [(1, &made[..10]), (2, &made[10..20]), (3, &made[20..]), (4, &made[24..])] {
        let page = Page { number, size: 10 };
        let listed = kit.store.list_alerts(user, &AlertFilter::default(), page).await.unwrap();
        assert_eq!(ids(&listed.items), expected, "page {number}");
        assert_eq!(listed.total, 24);
    }
}

async fn a_list_is_filtered_by_status_instrument_and_text(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let named = spec(
        r#"{"name":"Großer ALARM 100%","instrument":"binance:ETHUSDT","tags":["Übung"],
            "condition":{"type":"above","price":"1"}}"#,
    );
    let eth = kit.alert_of(user, named).await;
    let btc = kit.alert(user).await;
    let paused = kit.alert(user).await;
    kit.change(&paused, Action::Paused, |change| change.status = Status::Paused).await;
    let deleted = kit.alert(user).await;
    kit.store.delete_alert(user, deleted.id, at(1)).await.unwrap();

    let check = async |filter: AlertFilter, expected: &[AlertId]| {
        let listed = kit.store.list_alerts(user, &filter, FIRST).await.unwrap();
        assert_eq!(ids(&listed.items), expected, "{filter:?}");
        assert_eq!(listed.total, expected.len() as u64, "{filter:?}");
    };
    let any = AlertFilter::default;
    let statuses = |statuses: &[Status]| AlertFilter { statuses: statuses.to_vec(), ..any() };
    let text = |text: &str| AlertFilter { text: Some(text.to_owned()), ..any() };
    check(any(), &[paused.id, btc.id, eth.id]).await;
    check(statuses(&[Status::Active]), &[btc.id, eth.id]).await;
    check(statuses(&[Status::Deleted]), &[deleted.id]).await;
    check(statuses(&[Status::Deleted, Status::Paused]), &[deleted.id, paused.id]).await;
    let instruments = vec!["binance:ETHUSDT".parse().unwrap(), "binance:XRPUSDT".parse().unwrap()];
    check(AlertFilter { instruments, ..any() }, &[eth.id]).await;
    for found in ["alarm", "GROSSER".to_lowercase().replace("ss", "ß").as_str(), "übUNG", "ethusdt", "100%"]
    {
        check(text(found), &[eth.id]).await;
    }
    for missed in ["alarm_", "1%0", "nothing", "\0"] {
        let expected: &[AlertId] = if missed == "\0" { &[paused.id, btc.id, eth.id] } else { &[] };
        check(text(missed), expected).await;
    }
}

async fn a_change_needs_the_version_it_was_made_from(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let renamed =
        kit.change(&alert, Action::Updated, |change| price(&mut change.spec).name = "new".into()).await;
    assert_eq!((renamed.version, renamed.spec.name(), renamed.updated_at), (2, "new", at(20)));
    assert_eq!(
        change(&kit, &alert, |change| price(&mut change.spec).name = "late".into()).await,
        Changed::Conflict
    );
    assert_eq!(kit.read(&alert).await, renamed);
    let unknown = Alert { id: AlertId(Uuid::now_v7()), ..alert };
    assert_eq!(change(&kit, &unknown, |_| {}).await, Changed::NotFound);
}

async fn a_change_of_words_leaves_the_revision_alone(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    kit.change(&alert, Action::Updated, |change| {
        price(&mut change.spec).name = "new".into();
        price(&mut change.spec).note = "note".into();
        price(&mut change.spec).tags = vec!["tag".into()];
        price(&mut change.spec).channels = vec![];
    })
    .await;
    let watched = kit.watched(alert.id).await.unwrap();
    assert_eq!((watched.revision, watched.arming, watched.spec.name.as_str()), (1, 1, "new"));
}

async fn a_change_that_evaluation_must_know_of_grows_the_revision(kit: Kit) {
    let user = kit.user("a@example.org").await;
    type Edit = fn(&mut AlertChange);
    let edits: [(&str, Edit); 6] = [
        ("instrument", |change| price(&mut change.spec).instrument = "binance:ETHUSDT".parse().unwrap()),
        ("condition", |change| {
            price(&mut change.spec).condition = crossing("binance:BTCUSDT", "1").condition
        }),
        ("repeat", |change| price(&mut change.spec).repeat = Default::default()),
        ("expiry", |change| price(&mut change.spec).expires_at = Some(at(1_000))),
        ("snooze", |change| change.snoozed_until = Some(at(1_000))),
        ("arming", |change| change.rearm = Some(AlertState::default())),
    ];
    for (what, edit) in edits {
        let alert = kit.alert(user).await;
        kit.change(&alert, Action::Updated, edit).await;
        assert_eq!(kit.watched(alert.id).await.unwrap().revision, 2, "{what}");
    }
    let alert = kit.alert(user).await;
    let paused = kit.change(&alert, Action::Paused, |change| change.status = Status::Paused).await;
    assert_eq!(kit.watched(alert.id).await, None, "only active alerts are watched");
    kit.change(&paused, Action::Resumed, |change| change.status = Status::Active).await;
    assert_eq!(kit.watched(alert.id).await.unwrap().revision, 3);
}

async fn arming_anew_keeps_the_lifelong_count(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    kit.fire(&alert).await;
    kit.fire(&alert).await;
    let state = AlertState { position: Some(Position(99)), ..AlertState::default() };
    let fresh = kit.read(&alert).await;
    let rearmed = kit.change(&fresh, Action::Rearmed, |change| change.rearm = Some(state.clone())).await;
    assert_eq!((rearmed.fires, rearmed.armed_at), (2, at(20)));
    let watched = kit.watched(alert.id).await.unwrap();
    assert_eq!((watched.arming, watched.revision), (2, 2));
    assert_eq!(watched.state, AlertState { fires: 2, ..state });
    kit.fire(&alert).await;
    assert_eq!(kit.read(&alert).await.fires, 3);
}

async fn deleting_is_final_and_idempotent(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    assert_eq!(kit.store.delete_alert(user, alert.id, at(1)).await.unwrap(), Some(true));
    assert_eq!(kit.store.delete_alert(user, alert.id, at(2)).await.unwrap(), Some(false));
    let deleted = kit.read(&alert).await;
    assert_eq!((deleted.status, deleted.updated_at), (Status::Deleted, at(1)));
    assert_eq!(change(&kit, &deleted, |change| change.status = Status::Active).await, Changed::NotFound);
    assert_eq!(kit.store.delete_alert(user, AlertId(Uuid::now_v7()), at(1)).await.unwrap(), None);
}

async fn a_history_tells_who_did_what(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let renamed =
        kit.change(&alert, Action::Updated, |change| price(&mut change.spec).name = "two".into()).await;
    let watched = kit.watched(alert.id).await.unwrap();
    kit.commit(vec![crate::contract::kit::next_fire(&watched, true)]).await;
    kit.store.delete_alert(user, renamed.id, at(30)).await.unwrap();
    let history = kit.store.alert_history(user, alert.id, FIRST).await.unwrap().unwrap();
    let told: Vec<(Action, Option<UserId>, Status, &str)> = history
        .items
        .iter()
        .map(|entry| (entry.action, entry.actor, entry.status, entry.spec.name()))
        .collect();
    let name = alert.spec.name();
    assert_eq!(
        told,
        [
            (Action::Deleted, Some(user), Status::Deleted, "two"),
            (Action::Triggered, None, Status::Triggered, "two"),
            (Action::Updated, Some(user), Status::Active, "two"),
            (Action::Created, Some(user), Status::Active, name),
        ]
    );
    assert_eq!(history.total, 4);
    let second = Page { number: 2, size: 3 };
    let rest = kit.store.alert_history(user, alert.id, second).await.unwrap().unwrap();
    assert_eq!(rest.items, history.items[3..]);
}

async fn change(kit: &Kit, alert: &Alert, edit: impl FnOnce(&mut AlertChange)) -> Changed {
    let mut change = AlertChange {
        action: Action::Updated,
        spec: alert.spec.clone(),
        status: alert.status,
        snoozed_until: alert.snoozed_until,
        rearm: None,
        next_at: None,
        from_version: alert.version,
    };
    edit(&mut change);
    kit.store.change_alert(alert.user, alert.id, change, at(20)).await.unwrap()
}

fn ids(alerts: &[Alert]) -> Vec<AlertId> {
    alerts.iter().map(|alert| alert.id).collect()
}
