//! Every kind of message, whole and damaged; and the two readers held to one meaning.

use proptest::prelude::*;

use super::*;
use crate::Numbered;
use crate::damage::damaged;

/// A match of the documented shape.
const MATCH: &str = r#"{"type":"match","trade_id":881207,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","side":"sell","size":"0.25000000","price":"3121.44","product_id":"ETH-USD","sequence":77120033,"time":"2026-11-21T01:02:03.000451Z"}"#;

/// What a message says, in one line: `product id price time`, or the kind.
fn heard(text: &str) -> String {
    let mut words = Vec::new();
    let result = message(text.as_bytes(), &mut |heard| words.push(describe(&heard)));
    match result {
        Ok(()) => words.join("; "),
        Err(_) => "malformed".to_owned(),
    }
}

fn describe(heard: &Heard<'_>) -> String {
    match heard {
        Heard::Trade { symbol, observation } => {
            let tick = observation.tick;
            assert_eq!((tick.id, observation.trades), (Some(tick.position.0), None));
            format!("{symbol} {} {} {}", tick.position.0, tick.price, tick.time)
        }
        Heard::Newest { symbol, id } => format!("newest {symbol} {id}"),
        Heard::Carried { symbols } => format!("carried {symbols:?}"),
        Heard::Refused { symbol, reason } => format!("refused {symbol:?} {reason:?}"),
        Heard::Reply { request, outcome } => format!("reply {request:?} {outcome:?}"),
        Heard::Nothing => "nothing".to_owned(),
        other => unreachable!("Coinbase says no such thing: {other:?}"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(heard(text), expected, "{text:.300}");
}

const SAID: &str = "ETH-USD 881207 3121.44 2026-11-21T01:02:03.000451Z";

#[test]
fn a_match_is_read_exactly() {
    check(MATCH, SAID);
    assert!(scan::trade(MATCH.as_bytes()).is_some(), "the usual form is the fast one");
}

#[test]
fn the_order_of_fields_and_white_space_do_not_matter() {
    check(
        r#" { "time":"2026-11-21T01:02:03Z", "price":"0.00001234" , "product_id":"A-B", "trade_id":1, "type":"match" } "#,
        "A-B 1 0.00001234 2026-11-21T01:02:03Z",
    );
    check(&MATCH.replace("ETH-USD", "\\u0045TH-USD"), SAID);
}

#[test]
fn unknown_fields_are_passed_over() {
    check(&MATCH.replace(r#","side":"#, r#","new":{"x":[1,"}"]},"side":"#), SAID);
    check(&MATCH.replace(r#"{"type""#, r#"{"v":2,"type""#), SAID);
}

#[test]
fn a_match_that_lacks_or_spoils_a_field_is_malformed() {
    for (from, to) in [
        (r#""trade_id":881207,"#, ""),
        (r#""trade_id":"#, r#""tradeId":"#),
        (r#""product_id":"#, r#""product":"#),
        (r#""time":"#, r#""timestamp":"#),
        (r#""price":"3121.44""#, r#""price":3121.44"#),
        (r#""price":"3121.44""#, r#""price":"""#),
        (r#""price":"3121.44""#, r#""price":"-1""#),
        (r#""price":"3121.44""#, r#""price":"0.00""#),
        (r#""price":"3121.44""#, r#""price":"1e3""#),
        (r#""price":"3121.44""#, r#""price":"92345678901234567890123456789""#),
        (r#""price":"3121.44""#, r#""price":null"#),
        (r#""trade_id":881207"#, r#""trade_id":-1"#),
        (r#""trade_id":881207"#, r#""trade_id":1.5"#),
        (r#""trade_id":881207"#, r#""trade_id":"881207""#),
        (r#""trade_id":881207"#, r#""trade_id":99999999999999999999"#),
        (r#""trade_id":881207"#, r#""trade_id":0881207"#),
        (r#""trade_id":881207"#, r#""trade_id":881207,"trade_id":881208"#),
        ("2026-11-21T01:02:03.000451Z", "2026-11-21 01:02:03"),
        ("2026-11-21T01:02:03.000451Z", "2026-11-31T01:02:03.000451Z"),
        ("2026-11-21T01:02:03.000451Z", "1795226512735"),
    ] {
        let text = MATCH.replace(from, to);
        assert_ne!(text, MATCH);
        check(&text, "malformed");
    }
}

#[test]
fn a_message_cut_anywhere_is_malformed() {
    for end in 0..MATCH.len() {
        check(&MATCH[..end], "malformed");
    }
    check(&format!("{MATCH}}}"), "malformed");
    check(&format!("{MATCH}{MATCH}"), "malformed");
}

#[test]
fn a_trade_of_nothing_is_malformed() {
    let text = MATCH.replace(r#""product_id":"ETH-USD""#, r#""product_id":"""#);
    assert_ne!(text, MATCH);
    check(&text, "malformed");
}

#[test]
fn what_is_no_message_is_malformed() {
    for text in ["", " ", "null", "17", "\"text\"", "{}", "[]", "hello", r#"{"type":7}"#, "[", "\u{0}"] {
        check(text, "malformed");
    }
    assert!(message(b"\xff\xfe{}", &mut |_| {}).is_err());
}

#[test]
fn a_huge_message_is_survived() {
    let long = "9".repeat(1 << 20);
    check(&MATCH.replace("3121.44", &long), "malformed");
    check(&MATCH.replace("881207", &long), "malformed");
    check(&format!("{{\"type\":{}", "[".repeat(1 << 20)), "malformed");
    check(&MATCH.replace(r#","side":"#, &format!(r#","note":"{long}","side":"#)), SAID);
}

#[test]
fn the_last_trade_is_known_from_heartbeats_and_from_the_first_match() {
    check(
        r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}"#,
        "newest BTC-USD 20",
    );
    check(&MATCH.replace(r#""match""#, r#""last_match""#), "newest ETH-USD 881207");
    check(r#"{"type":"heartbeat","sequence":90,"product_id":"BTC-USD"}"#, "malformed");
    check(r#"{"type":"heartbeat","last_trade_id":null,"product_id":"BTC-USD"}"#, "malformed");
}

#[test]
fn an_acknowledgement_says_what_is_carried() {
    check(
        r#"{"type":"subscriptions","channels":[{"name":"heartbeat","product_ids":["BTC-USD","X-Y"],"account_ids":null},
            {"name":"matches","product_ids":["BTC-USD","ETH-USD"],"account_ids":null}]}"#,
        r#"carried ["BTC-USD", "ETH-USD"]"#,
    );
    check(r#"{"type":"subscriptions","channels":[]}"#, "carried []");
    check(r#"{"type":"subscriptions","channels":[{"name":"matches"}]}"#, "carried []");
    check(r#"{"type":"subscriptions"}"#, "malformed");
}

#[test]
fn a_refusal_names_its_culprit_where_the_venue_does() {
    check(
        r#"{"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}"#,
        r#"refused "FOO-USD" "Failed to subscribe: FOO-USD is not a valid product""#,
    );
    check(
        r#"{"type":"error","message":"Failed to subscribe","reason":" is not a valid product"}"#,
        r#"reply None Err("Failed to subscribe:  is not a valid product")"#,
    );
    check(r#"{"type":"error","message":"Malformed JSON"}"#, r#"reply None Err("Malformed JSON")"#);
    check(r#"{"type":"error"}"#, "malformed");
}

#[test]
fn other_messages_are_understood_and_of_no_use() {
    for text in [
        r#"{"type":"ticker","sequence":77120033,"product_id":"ETH-USD","price":"3120.11","trade_id":550123}"#,
        r#"{"type":"status","products":[],"currencies":[]}"#,
        r#"{"type":"something_new","z":[1,2,3]}"#,
    ] {
        check(text, "nothing");
    }
}

fn read_page(body: &str) -> Result<Vec<(u64, Option<String>)>, Malformed> {
    let line = |trade: &Numbered| {
        let seen = trade.observation.map(|seen| {
            assert_eq!(seen.origin, Origin::Refilled);
            format!("{} {}", seen.tick.price, seen.tick.time)
        });
        (trade.id, seen)
    };
    page(body.as_bytes()).map(|page| page.trades.iter().map(line).collect())
}

#[test]
fn a_page_is_turned_round() {
    let body = r#"[{"trade_id":12,"side":"sell","size":"0.1","price":"1.60","time":"2026-11-21T01:02:04.5Z"},
        {"time":"2026-11-21T01:02:03Z","trade_id":11,"price":"0.00"},
        {"time":"2026-11-21T01:02:03Z","trade_id":10,"price":"1.50"}]"#;
    let trades = read_page(body).unwrap();
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(
        trades,
        [(10, at("1.5 2026-11-21T01:02:03Z")), (11, None), (12, at("1.6 2026-11-21T01:02:04.5Z"))]
    );
    assert_eq!(read_page("[]"), Ok(vec![]));
}

#[test]
fn a_page_out_of_order_is_malformed() {
    let element = |id: u64| format!(r#"{{"trade_id":{id},"price":"1","time":"2026-11-21T01:02:03Z"}}"#);
    for ids in [[11, 11], [10, 11]] {
        let body = format!("[{}]", ids.map(element).join(","));
        assert!(read_page(&body).is_err(), "{body}");
    }
    for body in ["", "{}", "[1]", r#"[{"trade_id":11}]"#, r#"{"message":"NotFound"}"#] {
        assert!(read_page(body).is_err(), "{body}");
    }
}

fn price() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[0-9]{1,9}\\.[0-9]{1,8}", 1 => "[0-9.]{0,32}", 1 => "\\PC{0,6}"]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{1,9}Z",
        1 => "\\PC{0,6}"
    ]
}

prop_compose! {
    fn match_text()(
        id in "[0-9]{1,20}|0|[1-9][0-9]{0,18}", order in "[0-9a-f-]{36}|\\PC{0,8}", price in price(),
        product in "[A-Z0-9]{1,6}-[A-Z]{3,4}|\\PC{0,8}", sequence in "0|[1-9][0-9]{0,18}", time in time(),
    ) -> String {
        format!(
            r#"{{"type":"match","trade_id":{id},"maker_order_id":"{order}","taker_order_id":"{order}","side":"buy","size":"1","price":"{price}","product_id":"{product}","sequence":{sequence},"time":"{time}"}}"#
        )
    }
}

/// What the scanner accepts, the general reader accepts with the same meaning.
fn readers_agree(text: &[u8]) {
    let Some(scanned) = scan::trade(text) else {
        return;
    };
    let mut words = Vec::new();
    let read = json::message(text, &mut |heard| words.push(describe(&heard)));
    assert_eq!(read, Ok(()), "{}", String::from_utf8_lossy(text));
    assert_eq!(words, [describe(&scanned.heard())], "{}", String::from_utf8_lossy(text));
}

proptest! {
    #[test]
    fn both_readers_agree_on_any_match(text in match_text()) {
        readers_agree(text.as_bytes());
    }

    #[test]
    fn both_readers_agree_on_damaged_matches(
        bytes in damaged(prop_oneof![Just(MATCH.to_owned()), match_text()]),
    ) {
        readers_agree(&bytes);
        let _ = message(&bytes, &mut |_| {});
    }

    #[test]
    fn every_usual_match_takes_the_fast_path(id in 1u64..1 << 40, cents in 1u64..1 << 40, micros in 0u32..1_000_000) {
        let text = MATCH
            .replace("881207", &id.to_string())
            .replace("3121.44", &format!("{}.{:02}", cents / 100, cents % 100))
            .replace("000451", &format!("{micros:06}"));
        prop_assert!(scan::trade(text.as_bytes()).is_some());
        readers_agree(text.as_bytes());
    }
}
