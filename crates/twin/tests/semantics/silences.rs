//! Silences: when one is told, and when none may be claimed.

use crate::script::{EVERY, ONCE, check, check_evidence};

const MINUTE: &str = r#"{"type":"silent","for":"1m"}"#;
const COOLED: &str = r#"{"mode":"every","cooldown":"2m"}"#;
const TWICE: &str = r#"{"mode":"every","max_fires":2}"#;

#[test]
fn a_silence_is_told_with_the_last_tick_at_the_instant_at_which_it_was_so_long() {
    let evidence = ["1: 101@70#2 after nothing, silent since 10, ended"];
    check_evidence("100@0#1 arm 101@10#2 quiet@80 quiet@500", ONCE, MINUTE, &evidence);
    check("100@0 arm 101@10 quiet@70", ONCE, MINUTE, "");
    check("100@0 arm 101@10 quiet@70.000001", ONCE, MINUTE, "101@70");
}

#[test]
fn each_silence_is_told_once() {
    check("100@0 arm quiet@61 quiet@200 100@300 quiet@350 quiet@361", EVERY, MINUTE, "100@60 100@360");
    check("100@0 arm quiet@61 100@70 quiet@131 100@140 quiet@999", TWICE, MINUTE, "100@60 100@130");
    check("100@0 arm 100@59 100@118 quiet@177", EVERY, MINUTE, "");
}

#[test]
fn what_was_before_arming_or_was_not_watched_is_no_silence() {
    check("100@0 arm@40 quiet@100", EVERY, MINUTE, "");
    check("100@0 arm@40 quiet@101", EVERY, MINUTE, "100@100");
    check("100@0 arm watched@30 quiet@90 quiet@91", EVERY, MINUTE, "100@90");
    check("arm quiet@999", EVERY, MINUTE, "");
    check("100@0#5 arm>6 quiet@999 100@1000#6 quiet@1061", EVERY, MINUTE, "100@1060#6");
}

#[test]
fn arming_anew_begins_the_count_anew() {
    check("100@0 arm quiet@61 arm@100 quiet@150 quiet@161", EVERY, MINUTE, "100@60 100@160");
    check("100@0 arm disarm quiet@999", EVERY, MINUTE, "");
}

#[test]
fn cooldown_and_snooze_put_it_off_and_the_next_tick_ends_it() {
    check("100@0 arm quiet@61 100@70 quiet@180 quiet@181", COOLED, MINUTE, "100@60 100@180");
    check("100@0 arm quiet@61 100@70 100@150 quiet@209", COOLED, MINUTE, "100@60");
    check("100@0 arm snooze@90 quiet@90 quiet@91", EVERY, MINUTE, "100@90");
}

#[test]
fn a_tick_that_comes_late_begins_another_silence() {
    check("100@0#1 arm quiet@61 100@1#2 quiet@61 quiet@62", EVERY, MINUTE, "100@60#1 100@61#2");
    check("100@0#1 arm quiet@61 100@-5#2 quiet@62", EVERY, MINUTE, "100@60#1 100@60#2");
}
