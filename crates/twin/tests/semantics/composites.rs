//! `all` and `any`: parts of several instruments.

use crate::script::{EVERY, ONCE, check, check_evidence};

const BOTH: &str = r#"{"type":"all","of":[{"type":"above","price":"10"},{"type":"below","price":"5","instrument":"push:test/b"}]}"#;
const ELSEWHERE: &str = r#"{"type":"any","of":[{"type":"above","price":"10","instrument":"push:test/b"},
    {"type":"above","price":"10","instrument":"push:test/c"}]}"#;

#[test]
fn all_and_any_count_the_parts_that_hold() {
    check("9@0 b:9@0 arm 11@1 b:5@2", ONCE, BOTH, "b:5@2");
    check("9@0 b:5@0 arm 10@1", ONCE, BOTH, "10@1");
    check("9@0 b:9@0 c:9@0 arm c:10@1", ONCE, ELSEWHERE, "c:10@1");
}

#[test]
fn a_part_without_a_price_does_not_hold() {
    check("arm 11@1 b:5@2", ONCE, BOTH, "b:5@2");
    check("arm b:10@1", ONCE, ELSEWHERE, "b:10@1");
}

#[test]
fn ticks_before_arming_count_for_the_parts_and_fire_nothing() {
    check("11@0 b:5@0 arm", ONCE, BOTH, "");
    check("11@0 b:5@0 arm b:4@1", ONCE, BOTH, "b:4@1");
}

#[test]
fn it_is_judged_at_ticks_of_its_own_instrument_even_where_no_part_names_it() {
    check("1@0 b:11@0 c:1@0 arm 1@1", ONCE, ELSEWHERE, "1@1");
}

#[test]
fn readiness_is_that_of_the_whole() {
    check("9@0 b:5@0 arm 11@1 12@2 b:4@3 b:6@4 b:5@5", EVERY, BOTH, "11@1 b:5@5");
}

#[test]
fn the_evidence_holds_the_truth_of_each_part() {
    check_evidence(
        "1@0 b:1@0 c:1@0 arm c:11@1 c:1@2 1@3 b:12@4",
        EVERY,
        ELSEWHERE,
        &[
            "1: c:11@1 after 1, test/b above false and test/c above true",
            "2: b:12@4 after 1, test/b above true and test/c above false",
        ],
    );
}

#[test]
fn the_first_tick_of_an_instrument_has_nothing_before_it() {
    check_evidence(
        "11@0 arm b:5@1",
        ONCE,
        BOTH,
        &["1: b:5@1 after nothing, test/a above true and test/b below true, ended"],
    );
}

#[test]
fn a_window_does_not_move_on_while_its_instrument_is_silent() {
    let rise = r#"{"type":"all","of":[{"type":"moving","amount":"5","direction":"up","window":"10s","instrument":"push:test/b"},
        {"type":"above","price":"10"}]}"#;
    check("b:100@0 b:105@1 9@2 arm 9@100 10@200", ONCE, rise, "10@200");
    check("b:100@0 b:105@1 9@2 arm b:105@100 10@200", ONCE, rise, "");
}

#[test]
fn for_counts_the_ticks_of_every_instrument() {
    let held = r#"{"type":"any","of":[{"type":"above","price":"10"},{"type":"above","price":"10","instrument":"push:test/b"}],"for":"10s"}"#;
    check("9@0 b:9@0 arm 11@1 b:9@5 b:11@9 9@10 b:11@11", ONCE, held, "b:11@11");
    check("9@0 b:9@0 arm 11@1 9@5 b:11@9 b:11@11 b:11@19", ONCE, held, "b:11@19");
}

#[test]
fn one_instrument_twice_is_one_instrument() {
    let band = r#"{"type":"all","of":[{"type":"above","price":"10"},{"type":"below","price":"20","instrument":"push:test/a"}]}"#;
    check("9@0 arm 15@1 21@2 20@3", EVERY, band, "15@1 20@3");
}
