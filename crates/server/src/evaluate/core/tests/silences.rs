//! What is told of silences, and what must not be claimed.

use bellwether_feeds::Coverage;

use super::*;

const MINUTE: &str = r#"{"type":"silent","for":"1m"}"#;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + second * 1_000_000)
}

fn seen(id: u64, second: i64, origin: Origin) -> Observation {
    Observation { tick: Tick::numbered("100".parse().unwrap(), at(second), id), trades: None, origin }
}

/// What is told of an instrument: when a silence was so long, and whether that is late.
fn told(desk: &mut Desk) -> Vec<(i64, bool)> {
    let fires = desk.commit();
    fires.iter().map(|fire| (fire.evidence.time.micros_since(at(0)) / 1_000_000, fire.late)).collect()
}

impl Desk {
    fn tick(&mut self, id: u64, second: i64) {
        self.core.observe(&btc(), &[seen(id, second, Origin::Live)], at(second));
    }

    fn cover(&mut self, coverage: Coverage, second: i64) {
        self.core.cover(&btc(), &coverage, at(second), at(second));
    }

    /// Looks every second, as the evaluator does.
    fn listen(&mut self, from: i64, to: i64) {
        (from..=to).for_each(|second| self.core.listen(at(second)));
    }

    /// Watched, with a trade at second 0, and an alert on a minute of silence that was accepted then.
    fn silent() -> (Self, Row) {
        let mut desk = Self::new();
        desk.cover(Coverage::Watched, 0);
        desk.tick(1, 0);
        let mut row = desk.accepted(spec(MINUTE, "every"));
        row.state.accepted_at = Some(at(0));
        desk.core.change(&row, at(0));
        desk.core.take_wanted(NOW);
        desk.cover(Coverage::Watched, 0);
        (desk, row)
    }
}

#[test]
fn a_silence_is_told_once_after_a_moment_of_grace() {
    let (mut desk, _) = Desk::silent();
    desk.listen(1, 62);
    assert_eq!(told(&mut desk), [], "a trade of the last two seconds may be on its way");
    desk.listen(63, 300);
    assert_eq!(told(&mut desk), [(60, false)]);
    desk.tick(2, 301);
    desk.listen(302, 400);
    assert_eq!(told(&mut desk), [(361, false)]);
}

#[test]
fn a_trade_that_was_on_its_way_ends_it_in_time() {
    let (mut desk, _) = Desk::silent();
    desk.listen(1, 61);
    desk.tick(2, 60);
    desk.listen(62, 100);
    assert_eq!(told(&mut desk), []);
}

#[test]
fn without_a_connection_nothing_is_claimed_until_it_is_known() {
    let (mut desk, _) = Desk::silent();
    desk.listen(1, 20);
    desk.cover(Coverage::Dark, 20);
    desk.listen(20, 200);
    assert_eq!(told(&mut desk), []);
    // What was missed is fetched: between two of the trades it was silent for more than a minute.
    desk.cover(Coverage::CatchingUp, 200);
    let missed = [seen(2, 30, Origin::Refilled), seen(3, 130, Origin::Refilled)];
    desk.core.observe(&btc(), &missed, at(201));
    desk.cover(Coverage::Watched, 201);
    desk.listen(201, 202);
    assert_eq!(told(&mut desk), [(90, true), (190, true)]);
}

#[test]
fn a_gap_that_nobody_fills_begins_the_count_anew() {
    let (mut desk, _) = Desk::silent();
    desk.listen(1, 30);
    desk.cover(Coverage::Dark, 30);
    desk.core.interrupt(&btc(), at(40));
    desk.cover(Coverage::Watched, 40);
    desk.listen(40, 102);
    assert_eq!(told(&mut desk), []);
    desk.listen(103, 200);
    assert_eq!(told(&mut desk), [(100, false)]);
}

#[test]
fn a_process_that_was_held_up_believes_no_silence_at_once() {
    let (mut desk, _) = Desk::silent();
    desk.listen(1, 10);
    desk.listen(100, 159);
    assert_eq!(told(&mut desk), [], "what came meanwhile may be on its way");
    desk.listen(160, 163);
    assert_eq!(told(&mut desk), [(60, false)]);
}

#[test]
fn a_restart_in_the_middle_of_a_silence_tells_it_once() {
    let (mut desk, row) = Desk::silent();
    desk.core.checkpoint(Cursor::default(), at(30));
    let stored = desk.core.next_commit().unwrap().1;
    let again = |state: &AlertState, second: i64| {
        let mut again = Desk::new();
        stored.positions.iter().for_each(|position| again.core.resume(position));
        stored.coverage.iter().for_each(|stretch| again.core.resume_coverage(stretch));
        again.core.load(&Row { state: state.clone(), ..row.clone() });
        again.core.loaded();
        again.core.up(at(second));
        again.cover(Coverage::Watched, second);
        again
    };
    let mut next = again(&row.state, 40);
    next.listen(40, 61);
    assert_eq!(told(&mut next), []);
    next.listen(62, 63);
    let state = next.core.next_commit().unwrap().1.fires[0].state.clone();
    assert_eq!((state.fires, state.told), (1, Some(Position(1))));

    let mut last = again(&state, 70);
    last.listen(70, 900);
    assert_eq!(told(&mut last), []);
    last.tick(2, 901);
    last.listen(902, 970);
    assert_eq!(told(&mut last), [(961, false)]);

    let mut late = again(&row.state, 80);
    late.listen(80, 81);
    assert_eq!(told(&mut late), [(60, true)], "nobody listened when it was so long");
}

#[test]
fn an_edit_of_the_only_alert_on_an_instrument_goes_on_listening() {
    let (mut desk, mut row) = Desk::silent();
    (row.revision, row.arming) = (2, 2);
    row.state.accepted_at = Some(at(50));
    desk.core.change(&row, at(50));
    desk.core.take_wanted(NOW);
    desk.listen(51, 112);
    assert_eq!(told(&mut desk), []);
    desk.listen(113, 114);
    assert_eq!(told(&mut desk), [(110, false)]);
    (row.revision, row.status) = (3, Status::Paused);
    desk.core.change(&row, at(115));
    desk.core.take_wanted(NOW);
    desk.listen(116, 400);
    assert_eq!(told(&mut desk), []);
}

#[test]
fn a_newcomer_hears_the_silence_that_was_over_before_it_came() {
    let mut desk = Desk::new();
    desk.cover(Coverage::Watched, 0);
    desk.tick(1, 0);
    let mut row = desk.accepted(spec(MINUTE, "every"));
    row.state.accepted_at = Some(at(0));
    desk.cover(Coverage::Watched, 0);
    desk.tick(2, 70);
    desk.core.change(&row, at(71));
    assert_eq!(told(&mut desk), [(60, false)]);
}

#[test]
fn a_fire_that_the_store_drops_is_told_again_from_the_row() {
    let (mut desk, mut row) = Desk::silent();
    desk.listen(1, 63);
    let commit = desk.core.next_commit().unwrap().1;
    assert_eq!(commit.fires.len(), 1);
    let dropped = Committed { dropped: vec![(row.id, 1)], ..Committed::default() };
    desk.core.settled(commit, &dropped);
    row.revision = 2;
    desk.core.reread(row.id, Some(&row), at(64));
    desk.listen(65, 66);
    assert_eq!(told(&mut desk), [(60, false)]);
}

#[test]
fn who_follows_the_log_hears_a_silence_as_far_as_the_log_has_come() {
    let core = Core::of(Share::Partition { index: 0, of: 1 }, Positions::default());
    let mut desk = Desk { core, ..Desk::new() };
    desk.cover(Coverage::Watched, 0);
    desk.tick(1, 0);
    let mut row = desk.accepted(spec(MINUTE, "every"));
    row.state = AlertState { position: Some(Position(1)), accepted_at: Some(at(0)), ..AlertState::default() };
    desk.core.change(&row, at(0));
    desk.listen(1, 500);
    assert_eq!(told(&mut desk), [], "the log may be behind, or its feed dead");
    desk.cover(Coverage::Watched, 61);
    assert_eq!(told(&mut desk), []);
    desk.cover(Coverage::Dark, 63);
    assert_eq!(told(&mut desk), []);
    desk.cover(Coverage::Watched, 65);
    assert_eq!(told(&mut desk), [(60, true)], "it was not live then");
    desk.cover(Coverage::Watched, 70);
    assert_eq!(told(&mut desk), []);
    desk.tick(2, 71);
    desk.cover(Coverage::Watched, 134);
    assert_eq!(told(&mut desk), [(131, false)]);
}

#[test]
fn a_pushed_feed_is_silent_while_the_service_is_up() {
    let gold: Instrument = "push:metals/GOLD".parse().unwrap();
    let mut desk = Desk::new();
    desk.core.up(at(0));
    let pushed = Tick::unnumbered("100".parse().unwrap(), at(0), Position(1));
    let observation = Observation { tick: pushed, trades: None, origin: Origin::Live };
    desk.core.observe(&gold, &[observation], at(0));
    let mut wish = spec(MINUTE, "every");
    wish.instrument = gold.clone();
    let mut row = desk.accepted(wish);
    row.state.accepted_at = Some(at(0));
    desk.core.change(&row, at(0));
    assert_eq!(desk.core.listened_pushes(), [gold]);
    desk.listen(1, 63);
    assert_eq!(told(&mut desk), [(60, false)]);
}
