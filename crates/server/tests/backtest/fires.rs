//! Files that are right: which fires are printed, how, and in which order.

use crate::desk::{CROSSING, Desk, EVERY, PATH, check, check_short};

#[test]
fn a_fire_is_one_line_with_its_evidence() {
    check(
        CROSSING,
        &[PATH],
        "{\"alert_id\":0,\"fire\":1,\"instrument\":\"push:t/a\",\"time_us\":2000000,\"id\":null,\
         \"price\":\"103\",\"previous_price\":\"101\",\"threshold\":\"102\"}\n",
    );
}

#[test]
fn a_silence_stands_before_the_tick_that_ended_it_and_none_after_the_last() {
    let silent =
        r#"{"instrument":"push:t/a","condition":{"type":"silent","for":"10s"},"repeat":{"mode":"every"}}"#;
    let armed_at = r#""armed_at":"1970-01-01T00:00:05Z","instrument":"push:t/a","condition":"#;
    let later = silent.replacen(r#""instrument":"push:t/a","condition":"#, armed_at, 1);
    check(
        &format!("{silent}\n{later}"),
        &["push:t/a,100,0,7\npush:t/b,100,11000000,\npush:t/a,101,15000000,8\npush:t/a,102,25000000,9\n"],
        "{\"alert_id\":0,\"fire\":1,\"instrument\":\"push:t/a\",\"time_us\":10000000,\"id\":7,\"price\":\"100\",\
         \"previous_price\":null,\"silent_since_us\":0}\n",
    );
    check_short(
        silent,
        &["push:t/a,100,0,\npush:t/a,101,10000000,\npush:t/a,102,20000001,\n"],
        &["0: 20 101"],
    );
}

#[test]
fn ids_are_integers_and_prices_are_shortest() {
    check(
        r#"{"instrument":"binance:BTCUSDT","condition":{"type":"above","price":"33000.00"}}"#,
        &["binance:BTCUSDT,33000.50000000,1759881600000001,18446744073709551615\n"],
        "{\"alert_id\":0,\"fire\":1,\"instrument\":\"binance:BTCUSDT\",\"time_us\":1759881600000001,\
         \"id\":18446744073709551615,\"price\":\"33000.5\",\"previous_price\":null,\"threshold\":\"33000\"}\n",
    );
    check(
        r#"{"instrument":"push:t/a","condition":{"type":"below","price":"0.000012340"}}"#,
        &["push:t/a,0.00002,0,\npush:t/a,0.00001234,-1,\npush:t/a,00.00001234,1,"],
        "{\"alert_id\":0,\"fire\":1,\"instrument\":\"push:t/a\",\"time_us\":1,\"id\":null,\
         \"price\":\"0.00001234\",\"previous_price\":\"0.00002\",\"threshold\":\"0.00001234\"}\n",
    );
}

#[test]
fn an_alert_keeps_the_id_it_was_given() {
    let alerts = format!(
        "{}\n\n{}\n{}\n{EVERY}\n",
        CROSSING.replacen('{', r#"{"id":"a \"b\" é","#, 1),
        CROSSING.replacen('{', r#"{"id":1.50,"#, 1),
        CROSSING.replacen('{', r#"{"id":"1.50","#, 1),
    );
    check_short(
        &alerts,
        &[PATH],
        &["\"a \\\"b\\\" é\": 2 103", "1.5: 2 103", "\"1.50\": 2 103", "4: 2 103", "4: 3 102"],
    );
    let (out, _) = Desk::new(&alerts, &[PATH.as_bytes()]).run(false);
    assert!(out.contains("{\"alert_id\":1.50,"), "{out}");
}

#[test]
fn fires_of_one_tick_come_in_the_order_of_the_alerts() {
    let level = |price: &str| {
        format!(
            r#"{{"id":"{price}","instrument":"push:t/a","condition":{{"type":"crossing_up","price":"{price}"}}}}"#
        )
    };
    let alerts = [level("103"), level("101"), level("102"), level("104"), level("101.5")].join("\n");
    check_short(
        &alerts,
        &["push:t/a,100,0,\npush:t/a,103,1000000,\n"],
        &["\"103\": 1 103", "\"101\": 1 103", "\"102\": 1 103", "\"101.5\": 1 103"],
    );
}

#[test]
fn the_header_and_the_last_line_break_are_optional() {
    let fires = ["0: 2 103"];
    let headed = format!("instrument,price,time_us,id\n{PATH}");
    check_short(CROSSING, &[&headed], &fires);
    check_short(CROSSING, &[headed.trim_end()], &fires);
    check_short(CROSSING, &[&headed.replace('\n', "\r\n")], &fires);
    check_short(&format!("{CROSSING}\r\n"), &[PATH], &fires);
    check_short(CROSSING, &[""], &[]);
    check_short("", &[PATH], &[]);
}

#[test]
fn compressed_ticks_are_known_by_their_first_bytes() {
    let packed = zstd::encode_all(PATH.as_bytes(), 3).unwrap();
    let two_frames = [
        zstd::encode_all(&PATH.as_bytes()[..20], 3).unwrap(),
        zstd::encode_all(&PATH.as_bytes()[20..], 3).unwrap(),
    ]
    .concat();
    for content in [packed.as_slice(), two_frames.as_slice()] {
        let (out, error) = Desk::new(CROSSING, &[content]).run(false);
        assert_eq!((out.lines().count(), error), (1, None));
    }
    let (_, error) = Desk::new(CROSSING, &[&packed[..packed.len() - 4]]).run(false);
    assert!(error.as_ref().is_some_and(|told| told.starts_with("ticks.csv:")), "{error:?}");
}

#[test]
fn several_files_are_merged_by_the_time_of_their_next_lines() {
    let first = "push:t/a,100,1000000,\npush:t/a,103,3000000,\n";
    let second = "push:t/a,101,1000000,\npush:t/a,99,2000000,\npush:t/a,101.5,3000000,\n";
    // 100, 101 (both at 1, the first file first), 99, 103, 101.5 (again).
    check_short(EVERY, &[first, second], &["0: 3 103", "0: 3 101.5"]);
    // 101, 100, 99, 101.5, 103.
    check_short(EVERY, &[second, first], &["0: 3 103"]);
}

#[test]
fn lines_of_one_file_are_not_put_in_order() {
    let with_ids = "push:t/a,100,5000000,1\npush:t/a,103,4000000,2\npush:t/a,100,6000000,3\n";
    check_short(EVERY, &[with_ids], &["0: 4 103", "0: 6 100"]);
    // A late head holds back the lines behind it, though they are earlier than those of the other file.
    let other = "push:t/b,1,4500000,1\npush:t/b,2,4600000,2\n";
    let alerts = format!("{EVERY}\n{}", EVERY.replace("push:t/a", "push:t/b").replace("102", "2"));
    check_short(&alerts, &[with_ids, other], &["1: 4 2", "0: 4 103", "0: 6 100"]);
}

#[test]
fn stale_lines_change_nothing() {
    check_short(EVERY, &["push:t/a,100,5,7\npush:t/a,103,6,7\npush:t/a,104,6,6\npush:t/a,101,7,8\n"], &[]);
    check_short(EVERY, &["push:t/a,100,5,\npush:t/a,103,4,\npush:t/a,101,6,\n"], &[]);
}

#[test]
fn an_alert_is_armed_after_the_last_tick_up_to_its_instant() {
    let armed = |at: &str| EVERY.replacen('{', &format!(r#"{{"armed_at":"{at}","#), 1);
    let path = "push:t/a,100,0,\npush:t/a,103,1000000,\npush:t/a,101,2000000,\npush:t/a,104,3000000,\n";
    check_short(&armed("1969-12-31T23:59:59Z"), &[path], &["0: 1 103", "0: 2 101", "0: 3 104"]);
    check_short(&armed("1970-01-01T00:00:00Z"), &[path], &["0: 1 103", "0: 2 101", "0: 3 104"]);
    check_short(&armed("1970-01-01T00:00:00.999999Z"), &[path], &["0: 1 103", "0: 2 101", "0: 3 104"]);
    check_short(&armed("1970-01-01T00:00:01Z"), &[path], &["0: 2 101", "0: 3 104"]);
    check_short(&armed("1970-01-01T01:00:02.5+01:00"), &[path], &["0: 3 104"]);
    check_short(&armed("2030-01-01T00:00:00Z"), &[path], &[]);
}

#[test]
fn the_last_tick_up_to_an_instant_may_come_late() {
    // The tick at second 2 is the last one up to second 2, though one at second 9 was before it.
    let path = "push:t/a,100,0,1\npush:t/a,103,9000000,2\npush:t/a,101,2000000,3\npush:t/a,104,8000000,4\n";
    let alerts = EVERY.replacen('{', r#"{"armed_at":"1970-01-01T00:00:02Z","#, 1);
    check_short(&alerts, &[path], &["0: 8 104"]);
}

#[test]
fn each_instrument_and_instant_has_its_own_place() {
    let armed = |name: &str, at: &str| {
        EVERY
            .replacen('{', &format!(r#"{{"id":"{name}{at}","armed_at":"1970-01-01T00:00:0{at}Z","#), 1)
            .replace("t/a", &format!("t/{name}"))
    };
    let alerts = [
        armed("a", "1"),
        armed("b", "1"),
        armed("b", "3"),
        armed("a", "2"),
        armed("a", "1").replace("a1", "again"),
    ]
    .join("\n");
    let path: String = (0..5)
        .map(|s| {
            format!("push:t/a,{},{s}000000,\npush:t/b,{},{s}500000,\n", 100 + 4 * (s % 2), 100 + 4 * (s % 2))
        })
        .collect();
    check_short(
        &alerts,
        &[&path],
        &[
            "\"b1\": 1 104",
            "\"a1\": 2 100",
            "\"again\": 2 100",
            "\"b1\": 2 100",
            "\"a1\": 3 104",
            "\"a2\": 3 104",
            "\"again\": 3 104",
            "\"b1\": 3 104",
            "\"b3\": 3 104",
            "\"a1\": 4 100",
            "\"a2\": 4 100",
            "\"again\": 4 100",
            "\"b1\": 4 100",
            "\"b3\": 4 100",
        ],
    );
}

#[test]
fn an_alert_that_expires_before_it_is_armed_never_fires() {
    let alert = |armed: &str| {
        EVERY.replacen(
            '{',
            &format!(r#"{{"armed_at":"1970-01-01T00:00:0{armed}Z","expires_at":"1970-01-01T00:00:02Z","#),
            1,
        )
    };
    let path = "push:t/a,100,0,\npush:t/a,103,1000000,\npush:t/a,101,2000000,\npush:t/a,104,3000000,\n";
    check_short(&alert("0"), &[path], &["0: 1 103"]);
    check_short(&alert("2"), &[path], &[]);
    check_short(&alert("5"), &[path], &[]);
}

#[test]
fn the_summary_counts_fires_and_their_rates() {
    let alerts = format!("{EVERY}\n{}", EVERY.replacen("102", "500", 1).replacen('{', r#"{"id":"far","#, 1));
    let ticks =
        "push:t/a,100,0,\npush:t/a,103,43200000000,\npush:t/a,1,43100000000,\npush:t/a,102,172800000000,\n";
    let (out, error) = Desk::new(&alerts, &[ticks.as_bytes()]).run(true);
    assert_eq!(error, None);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "     fires    per day  alert",
            "         2        1.0  0 push:t/a reaches 102",
            "         0        0.0  \"far\" push:t/a reaches 500",
            "2 fires of 1 among 2 alerts, 1.0 per day",
        ]
    );
    assert!(lines[4].starts_with("3 ticks of 1 instruments over 2.00 days (1 stale), replayed in "), "{out}");
}
