//! Where an alert is armed, what its reference is, and what never fires it.

use crate::script::{EVERY, ONCE, check, check_evidence};

const ABOVE: &str = r#"{"type":"above","price":"10"}"#;
const CROSSING: &str = r#"{"type":"crossing","price":"10"}"#;
const CHANGE: &str = r#"{"type":"change","amount":"1","direction":"up"}"#;

#[test]
fn the_reference_is_the_price_in_force() {
    check_evidence("9@0 arm 10@1", ONCE, CROSSING, &["1: 10@1 after 9, threshold 10, ended"]);
    check_evidence("9@0 arm 10@1", ONCE, CHANGE, &["1: 10@1 after 9, reference 9, ended"]);
}

#[test]
fn after_an_unfilled_gap_the_first_tick_is_the_reference() {
    check("9@0 gap arm 11@1 9@2", ONCE, CROSSING, "9@2");
    check_evidence("9@0 gap arm 10@1", ONCE, ABOVE, &["1: 10@1 after nothing, threshold 10, ended"]);
    check("9@0 gap arm 10@1 11@2", ONCE, CHANGE, "11@2");
    check(
        "200@0 gap arm 100@1 90@2",
        ONCE,
        r#"{"type":"trailing","percent":"10","direction":"down"}"#,
        "90@2",
    );
}

#[test]
fn a_gap_after_arming_takes_no_reference_away() {
    check("9@0 arm gap 10@1", ONCE, CROSSING, "10@1");
    check("9@0 gap 9@1 arm 10@2", ONCE, CROSSING, "10@2");
}

#[test]
fn a_position_to_come_is_waited_for() {
    check("9@0#1 arm>3 11@1#2 9@2#3 11@3#4", EVERY, CROSSING, "11@3#4");
    check_evidence(
        "5@0#1 arm>3 8@1#2 9@2#3 10@3#4",
        ONCE,
        CHANGE,
        &["1: 10@3#4 after 9, reference 9, ended"],
    );
    // The position lies between two ticks: what was in force there is the price of the one before.
    check_evidence("5@0#1 arm>3 8@1#2 10@3#4", ONCE, CROSSING, &["1: 10@3#4 after 8, threshold 10, ended"]);
}

#[test]
fn refilled_ticks_not_after_the_acceptance_fire_nothing() {
    check("9@0 arm@5 11@4r 9@5r 11@6r", EVERY, CROSSING, "11@6r".trim_end_matches('r'));
    check("9@0 arm@5 11@4r 12@5r 13@5", ONCE, ABOVE, "13@5");
    // Live ticks are judged by their position alone.
    check("9@0 arm@5 11@4", ONCE, CROSSING, "11@4");
    // State advances over them: the highest is that of a refilled tick.
    check(
        "100@0 arm@5 200@4r 180@6",
        ONCE,
        r#"{"type":"trailing","percent":"10","direction":"down"}"#,
        "180@6",
    );
}

#[test]
fn a_refilled_tick_may_become_the_reference() {
    check("arm@5 9@4r 10@6", ONCE, CROSSING, "10@6");
}

#[test]
fn candles_are_refilled_ticks() {
    check("9@0 arm@5 11@4c 9@6c", EVERY, CROSSING, "9@6");
}

#[test]
fn a_paused_alert_sees_nothing_and_is_armed_anew() {
    check("9@0 arm disarm 11@1 arm 12@2", ONCE, CROSSING, "");
    check("9@0 arm 11@1 disarm 9@2 11@3 arm 9@4", EVERY, CROSSING, "11@1 9@4");
    check("9@0 arm 11@1 12@2 arm 13@3", EVERY, ABOVE, "11@1 13@3");
}
