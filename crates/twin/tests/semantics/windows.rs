//! `moving`, `new_high` and `new_low`: what their windows hold.

use crate::script::{EVERY, ONCE, check, check_evidence};

const HIGH: &str = r#"{"type":"new_high","window":"10s"}"#;
const UP: &str = r#"{"type":"moving","amount":"5","direction":"up","window":"10s"}"#;

#[test]
fn ticks_before_arming_count() {
    check("100@0 101@1 arm 105@2", ONCE, UP, "105@2");
    check("100@0 120@1 arm 110@2 121@3", ONCE, HIGH, "121@3");
}

#[test]
fn the_opener_is_the_last_tick_at_or_before_the_opening() {
    // At second 10 the window opens at second 0, where 100 was in force, and 90 no more.
    check("90@0 100@0 arm 104@10 105@10", ONCE, UP, "105@10");
    // At second 11 it opens at second 1, where the price was 103.
    check("100@0 103@1 arm 107@11 108@11", ONCE, UP, "108@11");
    check("100@0 103@1 arm 107@10.999999", ONCE, UP, "107@10.999999");
}

#[test]
fn moving_measures_upwards_where_both_ways_hold() {
    let either = r#"{"type":"moving","amount":"5","direction":"either","window":"10s"}"#;
    check_evidence("100@0 arm 110@1 105@2", EVERY, either, &["1: 110@1 after 100, reference 100"]);
    check_evidence("arm 110@0 106@1 100@2 105@3", EVERY, either, &["1: 100@2 after 106, reference 110"]);
    check_evidence("110@0 100@1 arm 105@2", EVERY, either, &["1: 105@2 after 100, reference 100"]);
}

#[test]
fn moving_down_goes_by_the_highest() {
    check_evidence(
        "100@0 200@1 arm 190@2 180@3",
        EVERY,
        r#"{"type":"moving","percent":"10","direction":"down","window":"1m"}"#,
        &["1: 180@3 after 190, reference 200"],
    );
}

#[test]
fn a_new_high_needs_a_price_before_it_and_names_the_former() {
    check("arm 100@0", ONCE, HIGH, "");
    check_evidence("arm 100@0 101@1", ONCE, HIGH, &["1: 101@1 after 100, reference 100, ended"]);
    check("100@0 arm 100@1", ONCE, HIGH, "");
    // What left the window counts no more, but the price in force when it opened does.
    check("120@0 100@1 arm 101@11", ONCE, HIGH, "101@11");
    check("120@0 100@1 arm 101@10.5", ONCE, HIGH, "");
}

#[test]
fn a_new_low_is_below_all_of_the_window_before() {
    check_evidence(
        "100@0 98@1 arm 99@2 97@3 96@4 99@5 95@6",
        EVERY,
        r#"{"type":"new_low","window":"1m"}"#,
        &["1: 97@3 after 99, reference 98", "2: 95@6 after 99, reference 96"],
    );
}

#[test]
fn windows_go_by_time_where_times_run_back() {
    // The tick at second 30 is not in [5, 15]; the one at second 4, applied last, opens the window.
    check("100@2#1 50@30#2 103@4#3 arm 107@15#4 108@15#5", ONCE, UP, "108@15#5");
    // Where all earlier ticks lie after this one, there is nothing that it could be higher than.
    check("100@30#1 arm 200@15#2 201@16#3", ONCE, HIGH, "201@16#3");
}
