//! Every kind of message, whole and damaged; and the two readers held to one meaning.

use proptest::prelude::*;

use super::*;
use crate::Numbered;
use crate::damage::damaged;

/// A trade of the documented shape, in microseconds.
const TRADE: &str = r#"{"stream":"ethusdt@aggTrade","data":{"e":"aggTrade","E":1795226512737001,"s":"ETHUSDT","a":881207,"p":"3121.44000000","q":"0.25000000","f":1440901,"l":1440903,"T":1795226512735999,"m":false,"M":true}}"#;

/// What a message says, in one line: `symbol id price first-last time`, or the kind.
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
            let (first, last) = observation.trades.unwrap();
            let tick = observation.tick;
            format!("{symbol} {} {} {first}-{last} {}", tick.position.0, tick.price, tick.time.micros())
        }
        Heard::Reply { request, outcome } => format!("reply {request:?} {outcome:?}"),
        Heard::Leaving => "leaving".to_owned(),
        Heard::Nothing => "nothing".to_owned(),
        other => unreachable!("Binance says no such thing: {other:?}"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(heard(text), expected, "{text:.300}");
}

#[test]
fn a_trade_is_read_exactly() {
    let said = "ETHUSDT 881207 3121.44 1440901-1440903 1795226512735999";
    check(TRADE, said);
    assert!(scan::combined_trade(TRADE.as_bytes()).is_some(), "the usual form is the fast one");
    let raw = TRADE.split_once("\"data\":").unwrap().1;
    check(&raw[..raw.len() - 1], said);
}

#[test]
fn milliseconds_are_read_too() {
    let millis =
        TRADE.replace("1795226512737001", "1795226512737").replace("1795226512735999", "1795226512735");
    check(&millis, "ETHUSDT 881207 3121.44 1440901-1440903 1795226512735000");
    assert!(scan::combined_trade(millis.as_bytes()).is_some());
}

#[test]
fn the_order_of_fields_and_white_space_do_not_matter() {
    check(
        r#" { "data" : { "T":1795226512735, "l":3,"f":2, "p":"0.00001234","a":1,"s":"A","e":"aggTrade" },
             "stream":"a@aggTrade"} "#,
        "A 1 0.00001234 2-3 1795226512735000",
    );
}

#[test]
fn symbols_may_be_any_letters() {
    check(&TRADE.replace("ETHUSDT", "币安USDT"), "币安USDT 881207 3121.44 1440901-1440903 1795226512735999");
    check(&TRADE.replace("ETHUSDT", "\\u5e01A"), "币A 881207 3121.44 1440901-1440903 1795226512735999");
}

#[test]
fn unknown_fields_are_passed_over() {
    let said = "ETHUSDT 881207 3121.44 1440901-1440903 1795226512735999";
    check(&TRADE.replace(r#","m":"#, r#","new":{"x":[1,"}"]},"m":"#), said);
    check(&TRADE.replace(r#"{"stream""#, r#"{"v":2,"stream""#), said);
}

#[test]
fn a_trade_that_lacks_or_spoils_a_field_is_malformed() {
    for (from, to) in [
        (r#""a":881207,"#, ""),
        (r#""a":"#, r#""A":"#),
        (r#""s":"#, r#""symbol":"#),
        (r#""T":"#, r#""t":"#),
        (r#""p":"3121.44000000""#, r#""p":3121.44"#),
        (r#""p":"3121.44000000""#, r#""p":"""#),
        (r#""p":"3121.44000000""#, r#""p":"-1""#),
        (r#""p":"3121.44000000""#, r#""p":"0.00000000""#),
        (r#""p":"3121.44000000""#, r#""p":"1e3""#),
        (r#""p":"3121.44000000""#, r#""p":"92345678901234567890123456789""#),
        (r#""a":881207"#, r#""a":-1"#),
        (r#""a":881207"#, r#""a":1.5"#),
        (r#""a":881207"#, r#""a":99999999999999999999"#),
        (r#""a":881207"#, r#""a":0881207"#),
        (r#""a":881207"#, r#""a":881207,"a":881208"#),
        (r#""s":"ETHUSDT""#, r#""s":null"#),
        (r#""s":"ETHUSDT""#, r#""s":"""#),
        (r#""T":1795226512735999"#, r#""T":18446744073709551615"#),
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
fn what_is_no_message_is_malformed() {
    for text in ["", " ", "null", "17", "\"text\"", "{}", "hello", "{\"stream\":\"x\"}", "[", "\u{0}"] {
        check(text, "malformed");
    }
    assert!(message(b"\xff\xfe{}", &mut |_| {}).is_err());
}

#[test]
fn a_huge_message_is_survived() {
    let long = "9".repeat(1 << 20);
    check(&TRADE.replace("3121.44000000", &long), "malformed");
    check(&TRADE.replace("881207", &long), "malformed");
    check(&format!("{{\"data\":{}", "[".repeat(1 << 20)), "malformed");
    let padded = TRADE.replace(r#","m":"#, &format!(r#","note":"{long}","m":"#));
    check(&padded, "ETHUSDT 881207 3121.44 1440901-1440903 1795226512735999");
}

#[test]
fn replies_name_their_request() {
    check(r#"{"result":null,"id":7}"#, "reply Some(7) Ok(())");
    check(r#"{"id":7,"result":["btcusdt@aggTrade"]}"#, "reply Some(7) Ok(())");
    check(r#"{"result":null,"id":"4f0f-not-ours"}"#, "reply None Ok(())");
    check(
        r#"{"code":2,"msg":"Invalid request: too many parameters","id":8}"#,
        r#"reply Some(8) Err("Invalid request: too many parameters (2)")"#,
    );
    check(
        r#"{"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}}"#,
        r#"reply None Err("Invalid JSON: expected value at line 1 column 1 (3)")"#,
    );
}

#[test]
fn the_shutdown_notice_is_heard_in_both_modes() {
    check(r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1795226512737}}"#, "leaving");
    check(r#"{"e":"serverShutdown","E":1795226512737}"#, "leaving");
}

#[test]
fn other_streams_are_understood_and_of_no_use() {
    for text in [
        r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true,"M":true}}"#,
        r#"{"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}}"#,
        r#"{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker","E":1,"s":"ETHUSDT","c":"1"}]}"#,
        r#"[{"e":"24hrMiniTicker","E":1,"s":"ETHUSDT","c":"1"}]"#,
        r#"{"e":"kline","E":1,"s":"BTCUSDT","k":{"t":1,"T":2,"x":false}}"#,
    ] {
        check(text, "nothing");
    }
}

fn read_page(body: &str, after: u64) -> Result<Vec<(u64, Option<String>)>, Malformed> {
    let line = |trade: &Numbered| {
        let seen = trade.observation.map(|seen| format!("{} {:?}", seen.tick.price, seen.trades));
        (trade.id, seen)
    };
    page(body.as_bytes(), Some(after), 3).map(|page| {
        assert_eq!(page.more, page.trades.len() >= 3);
        page.trades.iter().map(line).collect()
    })
}

#[test]
fn a_page_holds_numbered_trades() {
    let body = r#"[{"a":11,"p":"1.50","q":"1","f":5,"l":6,"T":1795226512735999,"m":true,"M":true},
        {"M":true,"T":1795226512736000,"l":-1,"f":-1,"q":"0.00000000","p":"0.00000000","a":12}]"#;
    let trades = read_page(body, 10).unwrap();
    assert_eq!(trades, [(11, Some("1.5 Some((5, 6))".to_owned())), (12, None)]);
    assert_eq!(read_page("[]", 10), Ok(vec![]));
    let full = format!(
        "[{}]",
        [11, 12, 13].map(|id| format!(r#"{{"a":{id},"p":"1","f":1,"l":1,"T":1}}"#)).join(",")
    );
    assert_eq!(read_page(&full, 10).unwrap().len(), 3);
}

#[test]
fn a_page_out_of_order_is_malformed() {
    let element = |id: u64| format!(r#"{{"a":{id},"p":"1","f":1,"l":1,"T":1}}"#);
    for ids in [[11, 11], [12, 11], [10, 11]] {
        let body = format!("[{}]", ids.map(element).join(","));
        assert!(read_page(&body, 10).is_err(), "{body}");
    }
    for body in ["", "{}", "[1]", r#"[{"a":11}]"#, r#"{"code":-1121,"msg":"Invalid symbol."}"#] {
        assert!(read_page(body, 10).is_err(), "{body}");
    }
}

fn digits() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,20}", "0|[1-9][0-9]{0,18}"]
}

fn price() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[0-9]{1,9}\\.[0-9]{8}", 1 => "[0-9.]{0,32}", 1 => "\\PC{0,6}"]
}

prop_compose! {
    fn trade_text()(
        stream in "[a-z0-9]{1,12}@aggTrade|\\PC{0,8}", event in digits(), symbol in "[A-Z0-9]{1,12}|\\PC{0,8}",
        id in digits(), price in price(), quantity in price(), first in digits(), last in digits(),
        time in digits(), maker in any::<bool>(),
    ) -> String {
        format!(
            r#"{{"stream":"{stream}","data":{{"e":"aggTrade","E":{event},"s":"{symbol}","a":{id},"p":"{price}","q":"{quantity}","f":{first},"l":{last},"T":{time},"m":{maker},"M":true}}}}"#
        )
    }
}

/// What the scanner accepts, the general reader accepts with the same meaning.
fn readers_agree(text: &[u8]) {
    let Some(scanned) = scan::combined_trade(text) else {
        return;
    };
    let mut words = Vec::new();
    let read = json::message(text, &mut |heard| words.push(describe(&heard)));
    assert_eq!(read, Ok(()), "{}", String::from_utf8_lossy(text));
    assert_eq!(words, [describe(&scanned.heard())], "{}", String::from_utf8_lossy(text));
}

proptest! {
    #[test]
    fn both_readers_agree_on_any_trade(text in trade_text()) {
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
    fn every_usual_trade_takes_the_fast_path(id in 1u64..1 << 40, cents in 1u64..1 << 40, time in 1u64..4 << 50) {
        let text = TRADE
            .replace("881207", &id.to_string())
            .replace("3121.44000000", &format!("{}.{:02}000000", cents / 100, cents % 100))
            .replace("1795226512735999", &time.to_string());
        prop_assert!(scan::combined_trade(text.as_bytes()).is_some());
        readers_agree(text.as_bytes());
    }
}
