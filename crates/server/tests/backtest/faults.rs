//! Files that are wrong, and a reader that goes away.

use bellwether_server::backtest::{BacktestArgs, run_to};

use crate::desk::{CROSSING, Desk, PATH, refused};

#[test]
fn a_malformed_tick_is_named_by_file_and_line() {
    let bad = |line: &str, what: &str| {
        let ticks = format!("instrument,price,time_us,id\n{PATH}{line}\n{PATH}");
        refused(CROSSING, &ticks, &format!("ticks.csv:6: {what}"));
    };
    let few = "has fewer than the four fields instrument,price,time_us,id";
    bad("push:t/a,100,5", few);
    bad("nonsense", few);
    bad("push:t/a,100,5,,", "has more than the four fields instrument,price,time_us,id");
    bad("a,100,5,", "instrument 'a' is not of the form venue:symbol, for example binance:BTCUSDT");
    bad(
        "push:t/a,-1,5,",
        "price '-1' is not a plain decimal such as 0.5 or 1200 (no sign, no exponent, no spaces)",
    );
    bad("push:t/a,0,5,", "price '0' must be greater than zero");
    bad("push:t/a,37.5375375375375375385,5,", "price '37.5375375375375375385' has more than 18 decimals");
    bad(
        "push:t/a,1e3,5,",
        "price '1e3' is not a plain decimal such as 0.5 or 1200 (no sign, no exponent, no spaces)",
    );
    bad(
        "push:t/a,,5,",
        "price '' is not a plain decimal such as 0.5 or 1200 (no sign, no exponent, no spaces)",
    );
    bad("push:t/a,100,,", "time_us '' is not a whole number of microseconds");
    bad("push:t/a,100,1.5,", "time_us '1.5' is not a whole number of microseconds");
    bad(
        "push:t/a,100,9223372036854775808,",
        "time_us '9223372036854775808' is not a whole number of microseconds",
    );
    bad("push:t/a,100,5,x", "id 'x' is neither empty nor a whole number below 2^64");
    bad(
        "push:t/a,100,5,18446744073709551616",
        "id '18446744073709551616' is neither empty nor a whole number below 2^64",
    );
    bad(
        "instrument,price,time_us,id",
        "instrument 'instrument' is not of the form venue:symbol, for example binance:BTCUSDT",
    );
    bad(&"x".repeat(2_000), "is longer than 512 bytes");
}

#[test]
fn the_middle_of_two_quotes_has_one_decimal_more_and_is_replayed() {
    let alert = r#"{"instrument":"uphold:EUR-USD","condition":{"type":"above","price":"37.5"}}"#;
    let ticks = "uphold:EUR-USD,37.5375375375375375385,5,\n";
    let (out, error) = Desk::new(alert, &[ticks.as_bytes()]).run(false);
    assert!(error.is_none() && out.contains(r#""price":"37.5375375375375375385""#), "{out} {error:?}");
}

#[test]
fn fires_before_a_malformed_line_are_printed() {
    let (out, error) = Desk::new(CROSSING, &[format!("{PATH}oops\n").as_bytes()]).run(false);
    assert_eq!(out.lines().count(), 1);
    assert!(error.is_some_and(|told| told.starts_with("ticks.csv:5: ")));
}

#[test]
fn ticks_with_and_without_ids_on_one_instrument_are_refused() {
    let mixed = "an instrument's ticks either all have ids or all have none; here the two are mixed";
    refused(CROSSING, "push:t/a,1,1,\npush:t/b,1,1,5\npush:t/a,1,2,1\n", &format!("ticks.csv:3: {mixed}"));
    refused(CROSSING, "push:t/b,1,1,5\npush:t/a,1,1,\npush:t/b,1,2,\n", &format!("ticks.csv:3: {mixed}"));
    let armed = CROSSING.replacen('{', r#"{"armed_at":"1970-01-01T00:00:00Z","#, 1);
    refused(&armed, "push:t/a,1,1,\npush:t/a,1,2,1\n", &format!("ticks.csv:2: {mixed}"));
}

#[test]
fn a_malformed_alert_is_named_by_file_and_line() {
    let bad = |line: &str, what: &str| {
        refused(&format!("{CROSSING}\n\n{line}\n"), PATH, &format!("alerts.jsonl:3: {what}"))
    };
    bad("{", "is not JSON: EOF while parsing an object at line 1 column 1");
    bad("[]", "must be an object");
    bad(r#"{"instrument":"push:t/a"}"#, "condition is required");
    bad(
        r#"{"instrument":"nyse:A","condition":{"type":"crossing","price":"1e3"}}"#,
        "instrument names an unknown venue; known are binance, coinbase, kraken, uphold, coingecko, ebay, push; \
         condition.price is not a plain decimal such as 0.5 or 1200 (no sign, no exponent, no spaces)",
    );
    bad(&CROSSING.replacen('{', r#"{"id":true,"#, 1), "id must be a string or a number");
    bad(&CROSSING.replacen('{', r#"{"colour":1,"#, 1), "colour is not a field that is known here");
    bad(
        &CROSSING.replacen('{', r#"{"armed_at":"2026-11-21T10:00:00.1234567Z","#, 1),
        "armed_at is not an RFC 3339 time such as 2026-11-21T10:00:00Z, with at most six decimals of a second",
    );
}

#[test]
fn an_id_may_be_given_once() {
    let named = |id: &str| CROSSING.replacen('{', &format!(r#"{{"id":{id},"#), 1);
    refused(&[named("7"), named("8"), named("7")].join("\n"), PATH, "alerts.jsonl:3: id 7 is given twice");
    refused(
        &[named("\"x\""), named("\"\\u0078\"")].join("\n"),
        PATH,
        "alerts.jsonl:2: id \"x\" is given twice",
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let mut desk = Desk::new(CROSSING, &[PATH.as_bytes()]);
    desk.ticks = vec![desk.folder.path().join("nowhere.csv")];
    let (_, error) = desk.run(false);
    assert!(
        error.as_ref().is_some_and(|told| told.starts_with("nowhere.csv: cannot be opened: ")),
        "{error:?}"
    );
}

#[test]
fn a_reader_that_goes_away_is_told_to_the_caller() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let desk = Desk::new(CROSSING, &[PATH.as_bytes()]);
    let args = BacktestArgs {
        alerts: desk.folder.path().join("alerts.jsonl"),
        ticks: desk.ticks.clone(),
        summary: false,
    };
    let error = run_to(args, &mut Gone).unwrap_err();
    assert_eq!(
        error.downcast_ref::<std::io::Error>().map(std::io::Error::kind),
        Some(std::io::ErrorKind::BrokenPipe)
    );
}
