//! Repeat, cooldown, expiry, snoozing, numbers.

use bellwether_model::{Resolution, Timestamp};

use crate::script::{EVERY, ONCE, alert, check, check_evidence, run, second};

const ABOVE: &str = r#"{"type":"above","price":"10"}"#;
const CROSSING: &str = r#"{"type":"crossing","price":"10"}"#;
const COOL: &str = r#"{"mode":"every","cooldown":"10s"}"#;

#[test]
fn once_is_once() {
    check("9@0 arm 10@1 9@2 10@3", ONCE, ABOVE, "10@1");
}

#[test]
fn the_last_allowed_fire_ends_the_alert() {
    check_evidence(
        "9@0 arm 10@1 9@2 10@3 9@4 10@5",
        r#"{"mode":"every","max_fires":2}"#,
        ABOVE,
        &["1: 10@1 after 9, threshold 10", "2: 10@3 after 9, threshold 10, ended"],
    );
}

#[test]
fn a_crossing_within_the_cooldown_is_lost() {
    check("9@0 arm 11@1 9@5 9@11 11@12", COOL, CROSSING, "11@1 11@12");
    check("9@0 arm 11@1 9@10.999999 11@11", COOL, CROSSING, "11@1 11@11");
}

#[test]
fn a_state_that_still_holds_fires_at_the_end_of_the_cooldown() {
    check("9@0 arm 11@1 9@5 12@6 12@10.999999 12@11", COOL, ABOVE, "11@1 12@11");
    // Not ready, it does not.
    check("9@0 arm 11@1 12@11", COOL, ABOVE, "11@1");
}

#[test]
fn the_cooldown_moves_no_base() {
    let change = r#"{"type":"change","amount":"1","direction":"up"}"#;
    check_evidence(
        "10@0 arm 11@1 12@2 13@11",
        COOL,
        change,
        &["1: 11@1 after 10, reference 10", "2: 13@11 after 12, reference 11"],
    );
    let trailing = r#"{"type":"trailing","amount":"5","direction":"down"}"#;
    check_evidence(
        "20@0 arm 15@1 30@5 12@9 14@11",
        COOL,
        trailing,
        &["1: 15@1 after 20, reference 20", "2: 14@11 after 12, reference 30"],
    );
}

#[test]
fn the_cooldown_goes_by_the_time_of_ticks() {
    check("9@0#1 arm 11@20#2 9@5#3 11@6#4 9@31#5 11@30#6", COOL, CROSSING, "11@20#2 9@31#5");
}

#[test]
fn without_a_cooldown_no_tick_from_before_the_last_fire_fires() {
    // "No tick with `time < t0 + cooldown`", and the cooldown is zero.
    check("9@0#1 arm 11@20#2 9@5#3 11@20#4", EVERY, CROSSING, "11@20#2 11@20#4");
}

#[test]
fn no_tick_at_or_after_the_expiry_fires() {
    let mut spec = alert(EVERY, CROSSING);
    spec.expires_at = Some(second("5"));
    let times: Vec<Timestamp> =
        run("9@0#1 arm 11@3#2 9@5#3 11@6#4 9@4.999999#5", &spec).iter().map(|fire| fire.time).collect();
    assert_eq!(times, [second("3"), second("4.999999")]);
}

#[test]
fn a_snoozed_alert_goes_on_watching() {
    check("9@0 arm snooze@5 11@1 9@6", EVERY, CROSSING, "9@6");
    check("9@0 arm snooze@5 11@1 11@4 11@5", EVERY, ABOVE, "11@5");
    check(
        "100@0 arm snooze@5 200@1 181@5 180@6",
        ONCE,
        r#"{"type":"trailing","percent":"10","direction":"down"}"#,
        "180@6",
    );
}

#[test]
fn arming_anew_numbers_on_and_counts_anew() {
    check_evidence(
        "9@0 arm 10@1 arm 11@2 9@3 10@4 9@5 10@6",
        r#"{"mode":"every","max_fires":2}"#,
        ABOVE,
        &[
            "1: 10@1 after 9, threshold 10",
            "2: 11@2 after 10, threshold 10",
            "3: 10@4 after 9, threshold 10, ended",
        ],
    );
}

#[test]
fn arming_anew_forgets_the_cooldown() {
    check("9@0 arm 11@1 arm 9@2", COOL, CROSSING, "11@1 9@2");
}

#[test]
fn editing_the_repeat_rule_arms_nothing_anew() {
    check("9@0 arm every 11@1 12@2 9@3 10@4", ONCE, ABOVE, "11@1 10@4");
    check_evidence(
        "9@0 arm 11@1 9@2 11@3 once 12@4 9@5 10@6 9@7 10@8",
        EVERY,
        ABOVE,
        &[
            "1: 11@1 after 9, threshold 10",
            "2: 11@3 after 9, threshold 10",
            "3: 10@6 after 9, threshold 10, ended",
        ],
    );
}

#[test]
fn a_candle_marks_what_it_fires() {
    let fires = run("9@0 arm 10@1c 9@2 10@3r", &alert(EVERY, ABOVE));
    let marks: Vec<Resolution> = fires.iter().map(|fire| fire.resolution).collect();
    assert_eq!(marks, [Resolution::Minute, Resolution::Tick]);
}
