//! Every kind of message, whole and damaged; and the two readers held to one meaning.

use proptest::prelude::*;

use super::*;
use crate::Numbered;
use crate::damage::damaged;

/// A trade of the documented shape.
const TRADE: &str = r#"{"channel":"trade","type":"update","data":[{"symbol":"ETH/USD","side":"sell","price":3121.44,"qty":0.25,"ord_type":"market","trade_id":881207,"timestamp":"2026-11-21T01:02:03.000451Z"}]}"#;
const ITEM: &str = r#"{"symbol":"ETH/USD","side":"buy","price":3121.5,"qty":1.0,"ord_type":"limit","trade_id":881208,"timestamp":"2026-11-21T01:02:03.000452Z"}"#;
const SAID: &str = "ETH/USD 881207 3121.44 2026-11-21T01:02:03.000451Z";

/// What a message says, in one line: `symbol id price time`, or the kind.
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
        Heard::ReplyFor { symbol, outcome } => format!("{symbol}: {outcome:?}"),
        Heard::Reply { request, outcome } => format!("reply {request:?} {outcome:?}"),
        Heard::Nothing => "nothing".to_owned(),
        other => unreachable!("Kraken says no such thing: {other:?}"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(heard(text), expected, "{text:.300}");
}

#[test]
fn a_trade_is_read_exactly() {
    check(TRADE, SAID);
    assert!(scan::trades(TRADE.as_bytes()).is_some(), "the usual form is the fast one");
    for (price, expected) in [("0.00000842", "0.00000842"), ("8.42e-6", "0.00000842"), ("91250", "91250")] {
        check(&TRADE.replace("3121.44", price), &SAID.replace("3121.44", expected));
    }
}

#[test]
fn several_trades_of_one_message_are_told_in_order() {
    let both = TRADE.replace("]}", &format!(",{ITEM}]}}"));
    let said = format!("{SAID}; ETH/USD 881208 3121.5 2026-11-21T01:02:03.000452Z");
    check(&both, &said);
    assert!(scan::trades(both.as_bytes()).is_some());
    check(&both.replace(r#","data""#, r#","sequence":1,"data""#), &said);
    check(r#"{"channel":"trade","type":"update","data":[]}"#, "");
}

#[test]
fn the_order_of_fields_and_white_space_do_not_matter() {
    check(
        r#" {"data":[ {"timestamp":"2026-11-21T01:02:03Z", "price" : 1.5, "trade_id":1,"symbol":"A\/B"} ],"type":"update","channel":"trade"} "#,
        "A/B 1 1.5 2026-11-21T01:02:03Z",
    );
    check(&TRADE.replace(r#","side":"#, r#","new":{"x":[1,"}"]},"side":"#), SAID);
}

#[test]
fn a_trade_that_lacks_or_spoils_a_field_is_malformed() {
    for (from, to) in [
        (r#""trade_id":881207,"#, ""),
        (r#""trade_id":"#, r#""tradeId":"#),
        (r#""symbol":"#, r#""pair":"#),
        (r#""timestamp":"#, r#""time":"#),
        (r#""price":3121.44"#, r#""price":"3121.44""#),
        (r#""price":3121.44"#, r#""price":-1"#),
        (r#""price":3121.44"#, r#""price":0"#),
        (r#""price":3121.44"#, r#""price":null"#),
        (r#""price":3121.44"#, r#""price":1e300"#),
        (r#""price":3121.44"#, r#""price":03121.44"#),
        (r#""price":3121.44"#, r#""price":3121."#),
        (r#""price":3121.44"#, r#""price":.5"#),
        (r#""price":3121.44"#, r#""price":92345678901234567890123456789"#),
        (r#""trade_id":881207"#, r#""trade_id":-1"#),
        (r#""trade_id":881207"#, r#""trade_id":1.5"#),
        (r#""trade_id":881207"#, r#""trade_id":"881207""#),
        (r#""trade_id":881207"#, r#""trade_id":99999999999999999999"#),
        (r#""trade_id":881207"#, r#""trade_id":881207,"trade_id":881208"#),
        ("2026-11-21T01:02:03.000451Z", "2026-11-21 01:02:03"),
        ("2026-11-21T01:02:03.000451Z", "1688669597.8277369"),
        (r#""type":"update""#, r#""type":"rumour""#),
        (r#""type":"update","#, ""),
        (r#""data":"#, r#""date":"#),
    ] {
        let text = TRADE.replace(from, to);
        assert_ne!(text, TRADE);
        check(&text, "malformed");
    }
}

#[test]
fn a_message_cut_anywhere_is_malformed() {
    for end in 0..TRADE.len() {
        check(&TRADE[..end], "malformed");
    }
    check(&format!("{TRADE}}}"), "malformed");
    check(&format!("{TRADE}{TRADE}"), "malformed");
}

#[test]
fn a_trade_of_nothing_is_malformed() {
    let text = TRADE.replace(r#""symbol":"ETH/USD""#, r#""symbol":"""#);
    assert_ne!(text, TRADE);
    check(&text, "malformed");
}

#[test]
fn what_is_no_message_is_malformed() {
    for text in ["", " ", "null", "17", "\"text\"", "{}", "[]", "hello", r#"{"channel":7}"#, "[", "\u{0}"] {
        check(text, "malformed");
    }
    assert!(message(b"\xff\xfe{}", &mut |_| {}).is_err());
}

#[test]
fn a_huge_message_is_survived() {
    let long = "9".repeat(1 << 20);
    check(&TRADE.replace("3121.44", &long), "malformed");
    check(&TRADE.replace("3121.44", &format!("1e{long}")), "malformed");
    check(&TRADE.replace("881207", &long), "malformed");
    check(&format!("{{\"channel\":{}", "[".repeat(1 << 20)), "malformed");
    check(&TRADE.replace(r#","side":"#, &format!(r#","note":"{long}","side":"#)), SAID);
}

#[test]
fn each_symbol_has_its_reply() {
    check(
        r#"{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD","snapshot":false,"warnings":["x"]},"success":true,"time_in":"2026-11-21T01:02:03.000100Z","time_out":"2026-11-21T01:02:03.000190Z","req_id":17}"#,
        "BTC/USD: Ok(())",
    );
    check(
        r#"{"error":"Currency pair not supported FOO/BAR","method":"subscribe","req_id":17,"success":false,"symbol":"FOO/BAR","time_in":"x","time_out":"y"}"#,
        r#"FOO/BAR: Err("Currency pair not supported FOO/BAR")"#,
    );
    check(
        r#"{"method":"unsubscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}"#,
        "BTC/USD: Ok(())",
    );
    check(
        r#"{"error":"Malformed request","success":false,"req_id":9}"#,
        r#"reply Some(9) Err("Malformed request")"#,
    );
    check(r#"{"method":"subscribe","success":false}"#, r#"reply None Err("refused without a reason")"#);
    check(r#"{"method":"subscribe"}"#, "malformed");
}

#[test]
fn a_snapshot_tells_which_trade_is_the_newest() {
    check(&TRADE.replace("update", "snapshot"), "newest ETH/USD 881207");
    check(r#"{"channel":"trade","type":"snapshot","data":[]}"#, "");
}

#[test]
fn other_messages_are_understood_and_of_no_use() {
    for text in [
        r#"{"channel":"heartbeat"}"#,
        r#"{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":9911002233445566123}]}"#,
        r#"{"channel":"ticker","type":"update","data":[{"symbol":"ETH/USD","last":3120.15}]}"#,
        r#"{"method":"pong","req_id":101,"time_in":"x","time_out":"y"}"#,
        r#"{"Error":"Exceeded msg rate"}"#,
    ] {
        check(text, "nothing");
    }
}

/// The trades of a page by number, each as its price and time, and whether there are more.
type ReadPage = (Vec<(u64, Option<String>)>, bool);

fn read_page(result: &str) -> Result<ReadPage, Malformed> {
    let line = |trade: &Numbered| {
        let seen = trade.observation.map(|seen| {
            assert_eq!(seen.origin, Origin::Refilled);
            format!("{} {}", seen.tick.price, seen.tick.time.micros())
        });
        (trade.id, seen)
    };
    page(result, 3).map(|page| (page.trades.iter().map(line).collect(), page.more))
}

#[test]
fn a_page_is_read_by_number_and_to_the_microsecond() {
    let result = r#"{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],
        ["0.00000","0.00376960",1688669598.28,"s","l","",61044954],
        ["30243.30000","0.01235716",1688669602,"s","m","",61044953,"more"]],"last":"1688671969993150842"}"#;
    let at = |text: &str| Some(text.to_owned());
    let expected = vec![
        (61_044_952, at("30243.4 1688669597827736")),
        (61_044_953, at("30243.3 1688669602000000")),
        (61_044_954, None),
    ];
    assert_eq!(read_page(result), Ok((expected, true)));
    assert_eq!(read_page(r#"{"last":"1","XETHZUSD":[]}"#), Ok((vec![], false)));
}

#[test]
fn what_is_no_page_is_malformed() {
    for result in [
        "",
        "[]",
        "{}",
        r#"{"last":"1"}"#,
        r#"{"A":[[1,2]]}"#,
        r#"{"A":{}}"#,
        r#"{"A":[["1","1",1.5,"b","m","","x"]]}"#,
        r#"{"A":[["1","1",1.5,"b","m","",-1]]}"#,
    ] {
        assert!(read_page(result).is_err(), "{result}");
    }
}

#[test]
fn an_answer_is_a_result_or_a_word() {
    let read = |body: &str| {
        let answer = answer(body.as_bytes());
        answer.map(|answer| answer.map(|result| result.get().to_owned())).map_err(|_| ())
    };
    assert_eq!(read(r#"{"error":[],"result":{"a":1}}"#), Ok(Ok(r#"{"a":1}"#.to_owned())));
    let word = "EQuery:Unknown asset pair".to_owned();
    assert_eq!(read(r#"{"error":["EQuery:Unknown asset pair"]}"#), Ok(Err(word)));
    for body in ["", "{}", "[]", r#"{"error":[]}"#, r#"{"error":"x","result":{}}"#] {
        assert_eq!(read(body), Err(()), "{body}");
    }
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[0-9]{1,9}\\.[0-9]{1,8}", 2 => "(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?", 1 => "[0-9.e-]{0,32}", 1 => "\\PC{0,6}"]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{1,9}Z",
        1 => "\\PC{0,6}"
    ]
}

prop_compose! {
    fn item()(
        symbol in "[A-Z0-9]{1,6}/[A-Z]{3,4}|\\PC{0,8}", price in number(), quantity in number(),
        id in "[0-9]{1,20}|0|[1-9][0-9]{0,18}", time in time(),
    ) -> String {
        format!(
            r#"{{"symbol":"{symbol}","side":"buy","price":{price},"qty":{quantity},"ord_type":"limit","trade_id":{id},"timestamp":"{time}"}}"#
        )
    }
}

fn trade_text() -> impl Strategy<Value = String> {
    prop::collection::vec(item(), 0..4)
        .prop_map(|items| format!(r#"{{"channel":"trade","type":"update","data":[{}]}}"#, items.join(",")))
}

/// What the scanner accepts, the general reader accepts with the same meaning.
fn readers_agree(text: &[u8]) {
    let Some((first, others)) = scan::trades(text) else {
        return;
    };
    let scanned: Vec<_> = [first].into_iter().chain(others).map(|trade| describe(&trade.heard())).collect();
    let mut words = Vec::new();
    let read = json::message(text, &mut |heard| words.push(describe(&heard)));
    assert_eq!(read, Ok(()), "{}", String::from_utf8_lossy(text));
    assert_eq!(words, scanned, "{}", String::from_utf8_lossy(text));
}

proptest! {
    #[test]
    fn both_readers_agree_on_any_trades(text in trade_text()) {
        readers_agree(text.as_bytes());
    }

    #[test]
    fn both_readers_agree_on_damaged_trades(
        bytes in damaged(prop_oneof![Just(TRADE.to_owned()), trade_text()]),
    ) {
        readers_agree(&bytes);
        let _ = message(&bytes, &mut |_| {});
    }

    #[test]
    fn every_usual_trade_takes_the_fast_path(id in 1u64..1 << 40, cents in 1u64..1 << 40, micros in 0u32..1_000_000) {
        let text = TRADE
            .replace("881207", &id.to_string())
            .replace("3121.44", &format!("{}.{:02}", cents / 100, cents % 100))
            .replace("000451", &format!("{micros:06}"));
        prop_assert!(scan::trades(text.as_bytes()).is_some());
        readers_agree(text.as_bytes());
    }
}
