//! The crossing conditions, both sides and the bounds of each.

use crate::script::{EVERY, check, check_evidence};

const CROSSING: &str = r#"{"type":"crossing","price":"10"}"#;
const UP: &str = r#"{"type":"crossing_up","price":"10"}"#;
const DOWN: &str = r#"{"type":"crossing_down","price":"10"}"#;
const ENTERING: &str = r#"{"type":"entering_channel","low":"10","high":"20"}"#;
const EXITING: &str = r#"{"type":"exiting_channel","low":"10","high":"20"}"#;

#[test]
fn a_path_through_a_level_crosses_once_at_the_level() {
    check("9@0 arm 10@1 11@2", EVERY, CROSSING, "10@1");
    check("11@0 arm 10@1 9@2", EVERY, CROSSING, "10@1");
    check("9@0 arm 10@1 9@2", EVERY, CROSSING, "10@1");
    check("9@0 arm 11@1 9@2 11@3", EVERY, CROSSING, "11@1 9@2 11@3");
}

#[test]
fn an_alert_armed_at_its_level_waits_until_the_price_left_and_came_back() {
    check("10@0 arm 10@1 11@2 10@3 9@4 10@5", EVERY, CROSSING, "10@3 10@5");
    check("10@0 arm 11@1 9@2", EVERY, CROSSING, "9@2");
}

#[test]
fn crossing_up_comes_from_below_and_crossing_down_from_above() {
    check("9@0 arm 10@1 11@2 9@3 12@4", EVERY, UP, "10@1 12@4");
    check("10@0 arm 11@1 9@2 9.99@3 10@4", EVERY, UP, "10@4");
    check("11@0 arm 10@1 9@2 11@3 8@4", EVERY, DOWN, "10@1 8@4");
    check("10@0 arm 9@1 11@2 10.01@3 10@4", EVERY, DOWN, "10@4");
}

#[test]
fn channels_have_their_bounds_within() {
    check("9@0 arm 10@1 15@2 20@3 21@4 20@5", EVERY, ENTERING, "10@1 20@5");
    check("10@0 arm 9.99@1 10@2 20@3 20.01@4", EVERY, EXITING, "9.99@1 20.01@4");
    // From one side to the other without a stop inside there is neither an entry nor an exit.
    check("9@0 arm 21@1 9@2", EVERY, ENTERING, "");
    check("9@0 arm 21@1 9@2", EVERY, EXITING, "");
}

#[test]
fn entering_names_the_bound_nearer_to_where_it_came_from() {
    check_evidence(
        "8@0 arm 19@1 25@2 11@3",
        EVERY,
        ENTERING,
        &["1: 19@1 after 8, threshold 10", "2: 11@3 after 25, threshold 20"],
    );
}

#[test]
fn exiting_names_the_bound_nearer_to_where_it_went() {
    check_evidence(
        "19@0 arm 8@1 11@2 25@3",
        EVERY,
        EXITING,
        &["1: 8@1 after 19, threshold 10", "2: 25@3 after 11, threshold 20"],
    );
}

#[test]
fn comparisons_are_exact_to_the_last_digit() {
    let level = r#"{"type":"crossing_up","price":"9999999999.999999999999999999"}"#;
    check(
        "1@0 arm 9999999999.999999999999999998@1 9999999999.999999999999999999@2",
        EVERY,
        level,
        "9999999999.999999999999999999@2",
    );
    let tiny = r#"{"type":"crossing_down","price":"0.000000000000000001"}"#;
    check(
        "9999999999999999999999999999@0 arm 0.000000000000000002@1 0.000000000000000001@2",
        EVERY,
        tiny,
        "0.000000000000000001@2",
    );
}
