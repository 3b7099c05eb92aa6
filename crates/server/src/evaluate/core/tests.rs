mod silences;

use bellwether_model::{AlertSpec, AlertState, Origin, Tick, UserId};
use bellwether_store::evaluation::{Commit, Committed, Cursor, NewFire};
use bellwether_store::lease::Fence;
use uuid::Uuid;

use super::*;
use crate::journal;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn btc() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

fn trade(id: u64, price: &str) -> Observation {
    let time = Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(id).unwrap());
    Observation {
        tick: Tick::numbered(price.parse().unwrap(), time, id),
        trades: Some((id, id)),
        origin: Origin::Live,
    }
}

fn spec(condition: &str, repeat: &str) -> AlertSpec {
    let json = format!(
        r#"{{"instrument":"binance:BTCUSDT","condition":{condition},"repeat":{{"mode":"{repeat}"}}}}"#
    );
    serde_json::from_str(&json).unwrap()
}

/// A desk with one instrument, whose trades are the given ones, numbered from 1.
struct Desk {
    core: Core,
    positions: Positions,
    next: u64,
}

impl Desk {
    fn new() -> Self {
        let positions = Positions::default();
        Self { core: Core::new(positions.clone()), positions, next: 1 }
    }

    fn trades(&mut self, prices: &[&str]) {
        for price in prices {
            self.core.observe(&btc(), &[trade(self.next, price)], NOW);
            self.next += 1;
        }
    }

    /// An alert as the store has it when it was accepted just now.
    fn accepted(&self, spec: AlertSpec) -> Row {
        Row {
            id: AlertId(Uuid::now_v7()),
            user: UserId(Uuid::nil()),
            status: Status::Active,
            snoozed_until: None,
            revision: 1,
            arming: 1,
            created_at: NOW,
            state: self.positions.arming_state(&spec, NOW),
            spec,
        }
    }

    /// Commits everything that waits, as a store does that takes it all.
    fn commit(&mut self) -> Vec<NewFire> {
        let mut fires = Vec::new();
        while let Some((_, commit)) = self.core.next_commit() {
            fires.extend(commit.fires.clone());
            self.core.settled(commit, &Committed::default());
        }
        fires
    }
}

fn prices(fires: &[NewFire]) -> Vec<String> {
    fires.iter().map(|fire| fire.evidence.price.to_string()).collect()
}

#[test]
fn a_newcomer_lives_through_what_came_since_it_was_accepted() {
    let mut desk = Desk::new();
    desk.trades(&["100", "101"]);
    let row = desk.accepted(spec(r#"{"type":"crossing","price":"103"}"#, "every"));
    desk.trades(&["102", "104", "105"]);
    desk.core.change(&row, NOW);
    desk.trades(&["102"]);
    let fires = desk.commit();
    assert_eq!(prices(&fires), ["104", "102"]);
    assert_eq!(fires.iter().map(|fire| fire.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(fires[0].evidence.previous_price.unwrap().to_string(), "102");
}

#[test]
fn a_newcomer_is_judged_the_same_however_late_it_comes() {
    let path = ["100", "103", "99", "103", "98", "104", "104", "97", "103"];
    for condition in [
        r#"{"type":"crossing","price":"102"}"#,
        r#"{"type":"above","price":"102"}"#,
        r#"{"type":"exiting_channel","low":"99","high":"103"}"#,
    ] {
        let run = |late_by: usize| {
            let mut desk = Desk::new();
            desk.trades(&path[..2]);
            let row = desk.accepted(spec(condition, "every"));
            desk.trades(&path[2..2 + late_by]);
            desk.core.checkpoint(Cursor::default(), NOW);
            desk.core.change(&row, NOW);
            desk.trades(&path[2 + late_by..]);
            let fires = desk.commit();
            fires.into_iter().map(|fire| (fire.number, fire.evidence)).collect::<Vec<_>>()
        };
        let at_once = run(0);
        assert!(!at_once.is_empty(), "{condition} must fire for this to show anything");
        for late_by in 1..path.len() - 2 {
            assert_eq!(run(late_by), at_once, "{condition}, late by {late_by}");
        }
    }
}

#[test]
fn a_fire_that_the_store_drops_is_judged_again_from_the_row() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let mut row = desk.accepted(spec(r#"{"type":"crossing","price":"103"}"#, "once"));
    desk.core.change(&row, NOW);
    desk.trades(&["104"]);
    let commit = desk.core.next_commit().unwrap().1;
    let dropped = Committed { dropped: vec![(row.id, 1)], ..Committed::default() };
    desk.trades(&["105", "102"]);
    desk.core.settled(commit, &dropped);

    let mut asked = Vec::new();
    desk.core.ask_rereads(|id| {
        asked.push(id);
        true
    });
    assert_eq!(asked, [row.id]);
    // Its owner had made it fire every time, which does not arm it anew.
    row.revision = 2;
    row.spec = spec(r#"{"type":"crossing","price":"103"}"#, "every");
    desk.core.reread(row.id, Some(&row), NOW);
    assert_eq!(prices(&desk.commit()), ["104", "102"]);
}

#[test]
fn no_checkpoint_passes_a_fire_that_is_to_be_judged_again() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let mut row = desk.accepted(spec(r#"{"type":"crossing","price":"103"}"#, "every"));
    desk.core.change(&row, NOW);
    desk.trades(&["104"]);
    let fired = desk.core.next_commit().unwrap().1;
    assert!(desk.core.checkpoint(Cursor::default(), NOW), "nobody knows of the change");
    desk.core.settled(fired, &Committed { dropped: vec![(row.id, 1)], ..Committed::default() });
    assert!(desk.core.next_commit().is_none(), "the one that waited says that the fire was made");
    assert!(!desk.core.checkpoint(Cursor::default(), NOW));

    row.revision = 2;
    desk.core.reread(row.id, Some(&row), NOW);
    assert!(desk.core.checkpoint(Cursor::default(), NOW));
    let together = desk.core.next_commit().unwrap().1;
    assert_eq!((prices(&together.fires), together.positions.len()), (vec!["104".to_owned()], 1));
}

#[test]
fn a_row_that_was_read_again_too_late_changes_nothing() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let row = desk.accepted(spec(r#"{"type":"crossing","price":"103"}"#, "every"));
    desk.core.change(&row, NOW);
    desk.trades(&["104"]);
    let fired = desk.core.next_commit().unwrap().1;
    desk.core.settled(fired, &Committed { dropped: vec![(row.id, 1)], ..Committed::default() });
    // It leaves and comes back by the change log, and fires, before the answer is there.
    desk.core.change(&Row { status: Status::Paused, revision: 2, ..row.clone() }, NOW);
    desk.core.reread(row.id, None, NOW);
    desk.core.change(&Row { revision: 3, ..row.clone() }, NOW);
    let fired = desk.core.next_commit().unwrap().1;
    assert_eq!(prices(&fired.fires), ["104"]);
    desk.core.reread(row.id, Some(&row), NOW);
    desk.core.settled(fired, &Committed::default());
    assert!(desk.core.next_commit().is_none(), "its fire is not made once more");
}

#[test]
fn an_edit_while_a_fire_is_on_its_way_waits_for_the_store_to_decide() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let mut row = desk.accepted(spec(r#"{"type":"crossing","price":"103"}"#, "every"));
    desk.core.change(&row, NOW);
    desk.trades(&["104"]);
    let commit = desk.core.next_commit().unwrap().1;
    row.revision = 2;
    desk.core.change(&row, NOW);
    desk.trades(&["102"]);
    assert!(desk.core.next_commit().is_none(), "out of force until the store has decided");

    // The fire was first: the row has its state and number.
    row.state = commit.fires[0].state.clone();
    desk.core.settled(commit, &Committed::default());
    desk.core.reread(row.id, Some(&row), NOW);
    let fires = desk.commit();
    assert_eq!(prices(&fires), ["102"]);
    assert_eq!((fires[0].number, fires[0].revision), (2, 2));
}

#[test]
fn a_deleted_alert_leaves_and_its_instrument_is_wanted_for_a_while() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let mut row = desk.accepted(spec(r#"{"type":"above","price":"50"}"#, "every"));
    desk.core.change(&row, NOW);
    let wanted = |desk: &mut Desk, now| {
        let wanted = desk.core.take_wanted(now)?;
        Some(wanted.into_keys().collect::<Vec<_>>())
    };
    assert_eq!(wanted(&mut desk, NOW), Some(vec![btc()]));
    (row.revision, row.status) = (2, Status::Deleted);
    desk.core.change(&row, NOW);
    assert_eq!(wanted(&mut desk, NOW), Some(vec![btc()]), "who arms another goes by its price");
    assert_eq!(desk.core.alerts(), 0);
    assert!(desk.accepted(spec(r#"{"type":"crossing","price":"1"}"#, "once")).state.has_reference);
    let in_minutes = |minutes: i64| Timestamp::from_micros(NOW.micros() + minutes * 60_000_000);
    desk.core.end_lingering(in_minutes(14));
    assert_eq!(wanted(&mut desk, in_minutes(14)), None, "nothing has changed");

    // It is joined and left again meanwhile: the while begins anew.
    (row.revision, row.status, row.arming) = (3, Status::Active, 2);
    desk.core.change(&row, in_minutes(14));
    assert_eq!(wanted(&mut desk, in_minutes(14)), Some(vec![btc()]));
    (row.revision, row.status) = (4, Status::Paused);
    desk.core.change(&row, in_minutes(15));
    assert_eq!(wanted(&mut desk, in_minutes(15)), Some(vec![btc()]));
    desk.core.end_lingering(in_minutes(30));
    assert_eq!(wanted(&mut desk, in_minutes(30)), Some(Vec::new()));
    let later = desk.accepted(spec(r#"{"type":"crossing","price":"1"}"#, "once"));
    assert!(!later.state.has_reference, "nobody knows what came since");
    desk.trades(&["101"]);
    assert!(desk.commit().is_empty());
    let late = desk.accepted(spec(r#"{"type":"crossing","price":"1"}"#, "once"));
    assert!(late.state.has_reference, "the trade that came all the same is in force again");
}

#[test]
fn a_price_that_was_interrupted_is_not_worth_watching_for() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let mut row = desk.accepted(spec(r#"{"type":"above","price":"50"}"#, "every"));
    desk.core.change(&row, NOW);
    desk.core.take_wanted(NOW);
    desk.core.interrupt(&btc(), NOW);
    (row.revision, row.status) = (2, Status::Deleted);
    desk.core.change(&row, NOW);
    assert!(desk.core.take_wanted(NOW).unwrap().is_empty());
}

#[test]
fn a_pushed_price_stays_in_force_whether_anybody_looks_at_it_or_not() {
    let pushed: Instrument = "push:a/X".parse().unwrap();
    let crossing = || {
        let mut spec = spec(r#"{"type":"crossing","price":"105"}"#, "once");
        spec.instrument = pushed.clone();
        spec
    };
    let push = |desk: &mut Desk, price: &str, position: u64| {
        let tick = Tick::unnumbered(price.parse().unwrap(), NOW, Position(position));
        desk.core.observe(&pushed, &[journal::observation(tick)], NOW);
    };
    let mut desk = Desk::new();
    push(&mut desk, "100", 1);
    let row = desk.accepted(crossing());
    desk.core.change(&row, NOW);
    desk.core.take_wanted(NOW);
    push(&mut desk, "106", 2);
    assert_eq!(prices(&desk.commit()), ["106"]);
    desk.core.change(&Row { status: Status::Triggered, revision: 2, ..row }, NOW);
    desk.core.take_wanted(NOW);
    let anew = desk.accepted(crossing());
    assert!(anew.state.has_reference);
    desk.core.checkpoint(Cursor::default(), NOW);
    let stored = desk.core.next_commit().unwrap().1.positions;

    // Nor does a restart take it out of force.
    let mut again = Desk::new();
    stored.iter().for_each(|position| again.core.resume(position));
    again.core.loaded();
    let row = again.accepted(crossing());
    assert!(row.state.has_reference);
    again.core.change(&row, NOW);
    push(&mut again, "104", 3);
    assert_eq!(prices(&again.commit()), ["104"]);
}

#[test]
fn a_restart_goes_on_where_the_checkpoint_stands() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let row = desk.accepted(spec(r#"{"type":"above","price":"102"}"#, "every"));
    desk.core.change(&row, NOW);
    desk.trades(&["103", "101"]);
    desk.core.checkpoint(Cursor::default(), NOW);
    let (mut state, mut positions) = (AlertState::default(), Vec::new());
    while let Some((_, commit)) = desk.core.next_commit() {
        commit.fires.iter().for_each(|fire| state = fire.state.clone());
        commit.states.iter().for_each(|change| state = change.state.clone());
        positions.extend(commit.positions);
    }
    desk.trades(&["104"]);

    let mut again = Desk::new();
    positions.iter().for_each(|position| again.core.resume(position));
    again.core.load(&Row { state, ..row });
    again.core.loaded();
    assert_eq!(again.core.take_wanted(NOW).unwrap()[&btc()], Start::After(Position(3)));
    again.next = 4;
    again.trades(&["104"]);
    let fires = again.commit();
    assert_eq!(prices(&fires), ["104"]);
    assert_eq!(fires[0].number, 2);
}

#[test]
fn what_an_alert_measures_from_survives_a_restart_though_nothing_moved_it() {
    for (condition, later, expected) in [
        (r#"{"type":"change","amount":"10","direction":"up"}"#, ["106", "110"], ["110"]),
        (r#"{"type":"trailing","amount":"10","direction":"down"}"#, ["91", "90"], ["90"]),
    ] {
        let mut desk = Desk::new();
        desk.trades(&["100"]);
        let row = desk.accepted(spec(condition, "once"));
        desk.core.change(&row, NOW);
        desk.trades(&["95"]);
        desk.core.checkpoint(Cursor::default(), NOW);
        let stored = desk.core.next_commit().unwrap().1;
        let state = stored.states.iter().find(|change| change.alert == row.id);
        let state = state.map_or(row.state.clone(), |change| change.state.clone());

        let mut again = Desk::new();
        stored.positions.iter().for_each(|position| again.core.resume(position));
        again.core.load(&Row { state, ..row });
        again.core.loaded();
        again.next = 3;
        again.trades(&later);
        assert_eq!(prices(&again.commit()), expected, "{condition}");
    }
}

#[test]
fn a_checkpoint_that_the_store_leaves_out_is_in_the_next_one() {
    let mut desk = Desk::new();
    desk.trades(&["100"]);
    let quiet = desk.accepted(spec(r#"{"type":"trailing","percent":"50","direction":"down"}"#, "once"));
    desk.core.change(&quiet, NOW);
    desk.trades(&["130", "120"]);
    let unheard_of = desk.accepted(spec(r#"{"type":"trailing","percent":"10","direction":"down"}"#, "once"));
    desk.trades(&["125"]);
    desk.core.reached(7);
    desk.core.checkpoint(Cursor::default(), NOW);
    let (log_number, left_out) = desk.core.next_commit().unwrap();
    assert_eq!((log_number, left_out.positions[0].position), (Some(7), Position(4)));
    assert_eq!(left_out.states.len(), 1);
    // Another one waits behind it, which alone would say too much.
    desk.trades(&["126"]);
    desk.core.checkpoint(Cursor::default(), NOW);
    let fence = Fence { name: String::new(), epoch: 1, log_number };
    let left_out = Commit { fence: Some(fence), ..left_out };
    desk.core.settled(left_out, &Committed { unheard: true, ..Committed::default() });
    assert!(desk.core.next_commit().is_none());

    desk.core.change(&unheard_of, NOW);
    let heard = Cursor { transaction: 0, seq: 2 };
    desk.core.checkpoint(heard, NOW);
    let (log_number, commit) = desk.core.next_commit().unwrap();
    assert_eq!((log_number, commit.heard), (Some(7), Some(heard)));
    assert_eq!(commit.positions[0].position, Position(5));
    let extreme = |row: &Row| {
        let of_it = commit.states.iter().filter(|change| change.alert == row.id);
        of_it.map(|change| change.state.extreme.unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!((extreme(&quiet), extreme(&unheard_of)), (vec!["130".into()], vec!["126".into()]));
    desk.core.settled(commit, &Committed::default());
    desk.core.checkpoint(heard, NOW);
    assert!(desk.core.next_commit().is_none(), "nothing is owed any more");
}

/// Where each desk of a row begins to watch, once it has loaded what the store has.
fn start_after(rows: &[Row], positions: &[MarketPosition]) -> Start {
    let mut desk = Desk::new();
    positions.iter().for_each(|position| desk.core.resume(position));
    rows.iter().for_each(|row| desk.core.load(row));
    desk.core.loaded();
    desk.core.take_wanted(NOW).unwrap()[&btc()]
}

#[test]
fn what_happened_since_an_alert_was_accepted_is_asked_for_where_no_price_was_in_force() {
    let crossing = || spec(r#"{"type":"crossing","price":"103"}"#, "once");
    let accepted_at = |row: &Row| row.state.accepted_at.unwrap();
    let mut desk = Desk::new();
    let first = desk.accepted(crossing());
    desk.core.change(&first, NOW);
    assert_eq!(desk.core.take_wanted(NOW).unwrap()[&btc()], Start::Since(accepted_at(&first)));

    // The process dies before anything is stored, and starts again.
    let mut later = desk.accepted(crossing());
    later.state.accepted_at = Some(accepted_at(&first).saturating_add("1m".parse().unwrap()));
    let rows = [later.clone(), first.clone()];
    assert_eq!(start_after(&rows, &[]), Start::Since(accepted_at(&first)));

    // A price that was stored long ago, when others watched, is not in force for this one.
    desk.trades(&["100"]);
    desk.core.checkpoint(Cursor::default(), NOW);
    let stored = desk.core.next_commit().unwrap().1.positions;
    assert_eq!(start_after(&[first], &stored), Start::Since(NOW));
    let sighted = desk.accepted(crossing());
    assert!(sighted.state.has_reference);
    assert_eq!(start_after(&[later, sighted], &stored), Start::After(Position(1)));
}

#[test]
fn alerts_outlive_a_venue_that_counts_anew() {
    let mut desk = Desk::new();
    desk.next = 1_000;
    desk.trades(&["100"]);
    let crossing = || spec(r#"{"type":"crossing","price":"103"}"#, "every");
    let before = desk.accepted(crossing());
    let on_its_way = desk.accepted(crossing());
    desk.core.change(&before, NOW);
    desk.core.checkpoint(Cursor::default(), NOW);
    desk.commit();
    desk.core.renumber(&btc());
    desk.next = 1;
    desk.trades(&["104"]);
    desk.core.change(&on_its_way, NOW);
    let after = desk.accepted(crossing());
    assert_eq!(after.state.position, Some(Position(1)));
    desk.core.change(&after, NOW);
    desk.trades(&["102"]);
    let fires = desk.commit();
    assert_eq!(prices(&fires), ["104", "104", "102", "102", "102"]);

    desk.core.checkpoint(Cursor::default(), NOW);
    let checkpoint = desk.core.next_commit().unwrap().1;
    assert_eq!(checkpoint.positions[0].position, Position(2));
    let stale = checkpoint.states.iter().find(|change| change.state.position > Some(Position(2)));
    assert!(stale.is_none(), "{stale:?}");
}

#[test]
fn candles_are_stored_with_the_position_that_they_stand_at() {
    let at = |id: u64, second: i64, price: &str| {
        let time = Timestamp::from_micros(1_795_257_180_000_000 + second * 1_000_000);
        let tick = Tick::numbered(price.parse().unwrap(), time, id);
        Observation { tick, trades: None, origin: Origin::Live }
    };
    let day = [at(1, -5, "9"), at(2, 0, "10"), at(3, 30, "12"), at(4, 50, "8"), at(5, 60, "11")];
    let mut desk = Desk::new();
    desk.core.observe(&btc(), &day[..3], NOW);
    desk.core.checkpoint(Cursor::default(), NOW);
    let stored = desk.core.next_commit().unwrap().1;
    assert_eq!(stored.holes.len(), 3, "the past, and the beginnings that nobody watched");
    assert!(stored.candles[..] == [stored.candles[0].clone()] && stored.candles[0].candle.partial);
    desk.core.observe(&btc(), &day[3..], NOW);

    // The process ends before the next checkpoint; the feed sends the last trades once more, and one too many.
    let mut later = Desk::new();
    later.core.resume(&stored.positions[0]);
    later.core.observe(&btc(), &day[2..], NOW);
    let committed = |desk: &mut Desk| {
        desk.core.checkpoint(Cursor::default(), NOW);
        let commit = desk.core.next_commit().unwrap().1;
        (commit.candles, commit.positions[0].running, commit.holes)
    };
    let (expected, found) = (committed(&mut desk), committed(&mut later));
    let minute = expected.0[0].candle;
    assert_eq!(
        [minute.open, minute.high, minute.low, minute.close].map(|p| p.to_string()),
        ["10", "12", "8", "8"]
    );
    assert_eq!((minute.partial, expected.0.len()), (false, 1));
    assert_eq!(found, expected);
}
