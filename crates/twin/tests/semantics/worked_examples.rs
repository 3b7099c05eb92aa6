//! Worked examples, as `docs/semantics.md` has them.

use crate::script::{EVERY, ONCE, check};

#[test]
fn crossing_is_told_at_the_tick_that_reaches_or_passes() {
    let crossing = r#"{"type":"crossing","price":"102"}"#;
    check("100@0 arm 101@1 103@2 102@3", ONCE, crossing, "103@2");
    check("100@0 arm 101@1 103@2 102@3", EVERY, crossing, "103@2 102@3");
    check("102@0 arm 102@1 103@2 102@3", ONCE, crossing, "102@3");
    let far = r#"{"type":"crossing","price":"33000"}"#;
    check("28000@0 arm 33000@9", ONCE, far, "33000@9");
    check("35000@0 arm 32999@9", ONCE, far, "32999@9");
}

#[test]
fn above_is_told_when_it_comes_to_hold() {
    let above = r#"{"type":"above","price":"102"}"#;
    check("105@0 arm 104@1", ONCE, above, "104@1");
    check("105@0 arm 104@1 101@2 103@3", EVERY, above, "104@1 103@3");
    check(
        "105@0 arm 104@1 101@2 103@3 104@12",
        r#"{"mode":"every","cooldown":"10s"}"#,
        above,
        "104@1 104@12",
    );
}

#[test]
fn change_measures_from_the_price_that_it_told() {
    check(
        "100@0 arm 100.005@5 100.01@10 100.02@15",
        EVERY,
        r#"{"type":"change","percent":"0.01","direction":"either"}"#,
        "100.01@10",
    );
}

#[test]
fn moving_sees_the_price_in_force_when_its_window_opened() {
    check(
        "100@0 arm 100@3000 106@3660",
        ONCE,
        r#"{"type":"moving","percent":"5","direction":"up","window":"1h"}"#,
        "106@3660",
    );
}

#[test]
fn trailing_measures_from_the_highest_since_arming() {
    check(
        "100@0 arm 120@1 109@2 108@3",
        ONCE,
        r#"{"type":"trailing","percent":"10","direction":"down"}"#,
        "108@3",
    );
}

#[test]
fn above_with_reset_waits_until_the_price_is_below_it() {
    check(
        "105@0 arm 104@1 101@2 103@3 97@4 103@5",
        EVERY,
        r#"{"type":"above","price":"102","reset":"98"}"#,
        "104@1 103@5",
    );
}

#[test]
fn above_for_a_while_counts_from_the_tick_since_which_it_held() {
    check(
        "100@0 arm 103@1 101@3 103@5 104@9 104@15",
        ONCE,
        r#"{"type":"above","price":"102","for":"10s"}"#,
        "104@15",
    );
}

#[test]
fn a_new_high_is_above_all_of_the_window_before() {
    check("100@0 arm 101@1 100@2 101@3 102@4", EVERY, r#"{"type":"new_high","window":"10s"}"#, "101@1 102@4");
}

#[test]
fn the_first_tick_of_all_is_a_reference_but_for_state_conditions() {
    check("arm 5@1 6@2", ONCE, r#"{"type":"crossing_up","price":"5"}"#, "");
    check("arm 5@1", ONCE, r#"{"type":"above","price":"5"}"#, "5@1");
}
