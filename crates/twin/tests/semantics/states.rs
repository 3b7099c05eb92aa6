//! The state conditions that need no window: when they hold, when they are ready, and their options.

use crate::script::{EVERY, ONCE, check, check_evidence};

#[test]
fn above_and_below_include_their_level() {
    check("5@0 arm 9@1 10@2", ONCE, r#"{"type":"above","price":"10"}"#, "10@2");
    check("15@0 arm 11@1 10@2", ONCE, r#"{"type":"below","price":"10"}"#, "10@2");
}

#[test]
fn inside_and_outside_are_each_others_reverse() {
    let inside = r#"{"type":"inside_channel","low":"10","high":"20"}"#;
    let outside = r#"{"type":"outside_channel","low":"10","high":"20"}"#;
    check("9@0 arm 9@1 10@2 20@3 21@4 20@5", EVERY, inside, "10@2 20@5");
    check("15@0 arm 10@1 20@2 21@3 5@4 12@5 9@6", EVERY, outside, "21@3 9@6");
}

#[test]
fn a_channel_is_measured_at_the_bound_nearer_to_the_price() {
    check_evidence(
        "5@0 arm 15@1 25@2 16@3",
        EVERY,
        r#"{"type":"inside_channel","low":"10","high":"20"}"#,
        &["1: 15@1 after 5, threshold 10", "2: 16@3 after 25, threshold 20"],
    );
    check_evidence(
        "15@0 arm 25@1 15@2 1@3",
        EVERY,
        r#"{"type":"outside_channel","low":"10","high":"20"}"#,
        &["1: 25@1 after 15, threshold 20", "2: 1@3 after 15, threshold 10"],
    );
}

#[test]
fn change_by_an_amount_either_way() {
    let change = r#"{"type":"change","amount":"2","direction":"either"}"#;
    check_evidence(
        "10@0 arm 11.99@1 12@2 10.01@3 10@4",
        EVERY,
        change,
        &["1: 12@2 after 11.99, reference 10", "2: 10@4 after 10.01, reference 12"],
    );
    // Nothing falls to zero or less.
    check("1@0 arm 0.001@1", EVERY, r#"{"type":"change","amount":"1","direction":"down"}"#, "");
}

#[test]
fn change_that_keeps_its_first_reference_goes_by_readiness() {
    check_evidence(
        "10@0 arm 12@1 13@2 11@3 12@4",
        EVERY,
        r#"{"type":"change","percent":"20","direction":"up","rebase":false}"#,
        &["1: 12@1 after 10, reference 10", "2: 12@4 after 11, reference 10"],
    );
}

#[test]
fn change_is_armed_on_the_first_tick_where_there_was_none() {
    check("arm 10@1 11.9@2 12@3", ONCE, r#"{"type":"change","percent":"20","direction":"up"}"#, "12@3");
}

#[test]
fn trailing_starts_again_from_the_price_that_it_told() {
    let down = r#"{"type":"trailing","percent":"10","direction":"down"}"#;
    check_evidence(
        "100@0 arm 90@1 81@2 100@3 90.01@4 90@5",
        EVERY,
        down,
        &[
            "1: 90@1 after 100, reference 100",
            "2: 81@2 after 90, reference 90",
            "3: 90@5 after 90.01, reference 100",
        ],
    );
    let up = r#"{"type":"trailing","amount":"5","direction":"up"}"#;
    check("100@0 arm 97@1 101@2 102@3 106@4 107@5", EVERY, up, "102@3 107@5");
}

#[test]
fn trailing_counts_the_reference_among_its_extremes() {
    check("100@0 arm 90@1", ONCE, r#"{"type":"trailing","percent":"10","direction":"down"}"#, "90@1");
    check("arm 100@0 90@1", ONCE, r#"{"type":"trailing","percent":"10","direction":"down"}"#, "90@1");
    // What was before arming does not count.
    check(
        "200@0 100@1 arm 95@2 90@3",
        ONCE,
        r#"{"type":"trailing","percent":"10","direction":"down"}"#,
        "90@3",
    );
}

#[test]
fn reset_of_below_waits_until_the_price_is_above_it() {
    check(
        "15@0 arm 10@1 12@2 9@3 13@4 10@5",
        EVERY,
        r#"{"type":"below","price":"10","reset":"12"}"#,
        "10@1 10@5",
    );
}

#[test]
fn for_counts_ticks_after_arming_only() {
    let held = r#"{"type":"above","price":"10","for":"10s"}"#;
    check("11@0 11@5 arm 11@12 11@20 11@22", ONCE, held, "11@22");
    check("arm 11@0 11@10", ONCE, held, "11@10");
}

#[test]
fn for_needs_every_tick() {
    let held = r#"{"type":"above","price":"10","for":"10s"}"#;
    check("9@0 arm 11@1 9@10.999999 11@11 11@20 11@21", ONCE, held, "11@21");
}

#[test]
fn for_takes_any_tick_of_the_run_where_times_run_back() {
    // The second tick of the run is the earlier one, and the condition held on every tick since.
    check("9@0#1 arm 11@9#2 11@5#3 11@15#4", ONCE, r#"{"type":"above","price":"10","for":"10s"}"#, "11@15#4");
}

#[test]
fn a_fire_of_change_starts_the_count_of_for_anew() {
    let change = r#"{"type":"change","amount":"1","direction":"either","for":"5s"}"#;
    // Up at 1, down at 4: one run; R = 9 from second 6, so the next run starts at 7.
    check("10@0 arm 11@1 9@4 9@6 11@7 11@11 11@12", EVERY, change, "9@6 11@12");
}

#[test]
fn a_fire_of_above_does_not_start_the_count_of_for_anew_but_needs_readiness() {
    check(
        "9@0 arm 11@1 11@6 11@12 9@13 11@14 11@19",
        EVERY,
        r#"{"type":"above","price":"10","for":"5s"}"#,
        "11@6 11@19",
    );
}
