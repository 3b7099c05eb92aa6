//! Which ticks are applied.

use bellwether_twin::Verdict::{Fresh, Mixed, Stale};

use crate::script::{EVERY, check, verdicts};

#[test]
fn with_ids_a_tick_is_stale_that_is_not_numbered_after_the_last() {
    assert_eq!(verdicts("1@0#5 1@1#5 1@2#4 1@0#6 b:1@0#1"), [Fresh, Stale, Stale, Fresh, Fresh]);
}

#[test]
fn without_ids_a_tick_is_stale_whose_time_is_before_the_last() {
    assert_eq!(verdicts("1@5 2@5 1@4 1@6"), [Fresh, Fresh, Stale, Fresh]);
}

#[test]
fn ticks_with_and_without_ids_do_not_mix() {
    assert_eq!(verdicts("1@5 1@6#1 1@7"), [Fresh, Mixed, Fresh]);
    assert_eq!(verdicts("1@5#1 1@6 1@7#2"), [Fresh, Mixed, Fresh]);
}

#[test]
fn a_stale_tick_changes_nothing() {
    let crossing = r#"{"type":"crossing","price":"10"}"#;
    check("9@0#1 arm 11@1#1 9.5@2#2", EVERY, crossing, "");
    check("9@5 arm 11@4 9.5@6", EVERY, crossing, "");
}
