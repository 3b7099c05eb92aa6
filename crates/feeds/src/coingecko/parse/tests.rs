//! Answers, whole and damaged.

use proptest::prelude::*;

use super::*;
use crate::damage::damaged;

/// As the venue documents them (`/coins/markets`), shortened.
const MARKETS: &str = r#"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin","image":"https://example.org/1.png","current_price":91310.5512345678,"market_cap":1381651251183,"market_cap_rank":1,"fully_diluted_valuation":null,"roi":null,"last_updated":"2026-11-21T01:02:03.451Z"},
    {"id":"shiba-inu","symbol":"shib","name":"Shiba Inu","current_price":8.42e-06,"last_updated":"2026-11-21T01:02:04Z"}]"#;

/// What an answer says in dollars, one symbol, price and second after the other; or that it is malformed.
fn said(body: &str) -> String {
    let Ok(markets) = markets(body.as_bytes()) else { return "malformed".to_owned() };
    let one = |market: &Market| {
        let second = market.updated.map_or(-1, |at| at.micros() / 1_000_000 % 60);
        Some(format!("{} {} {second}", market.quote("usd")?.symbol, market.price?))
    };
    markets.iter().filter_map(one).collect::<Vec<_>>().join("; ")
}

fn check(body: &str, expected: &str) {
    assert_eq!(said(body), expected, "{body:.300}");
}

#[test]
fn a_market_has_a_price_to_its_last_digit() {
    check(MARKETS, "bitcoin-usd 91310.5512345678 3; shiba-inu-usd 0.00000842 4");
    check("[]", "");
    let tickers: Vec<_> =
        markets(MARKETS.as_bytes()).unwrap().into_iter().map(|market| market.ticker).collect();
    assert_eq!(tickers, ["btc", "shib"]);
}

#[test]
fn a_market_that_cannot_be_read_harms_no_other() {
    let good = r#"{"id":"a","symbol":"a","current_price":2,"last_updated":"2026-11-21T01:02:03Z"}"#;
    for bad in [
        "17",
        "null",
        r#""bitcoin""#,
        "{}",
        r#"{"id":null,"current_price":2}"#,
        r#"{"id":7,"current_price":2}"#,
    ] {
        check(&format!("[{bad},{good}]"), "a-usd 2 3");
        check(&format!("[{bad}]"), "malformed");
    }
    // A coin without a price, or with a name that is none, is a market of which there is nothing to say.
    for mute in [
        r#"{"id":"b"}"#,
        r#"{"id":"b","current_price":null}"#,
        r#"{"id":"b","current_price":"2"}"#,
        r#"{"id":"b","current_price":0}"#,
        r#"{"id":"b","current_price":-2}"#,
        r#"{"id":"b","current_price":{"usd":2}}"#,
        r#"{"id":"B b","current_price":2}"#,
    ] {
        check(&format!("[{mute},{good}]"), "a-usd 2 3");
        check(&format!("[{mute}]"), "");
    }
    let huge = format!(r#"{{"id":"b","current_price":{}}}"#, "9".repeat(1 << 20));
    check(&format!("[{huge},{good}]"), "a-usd 2 3");
    check(r#"[{"id":"a","current_price":2,"last_updated":"yesterday"}]"#, "a-usd 2 -1");
}

#[test]
fn what_is_no_list_of_markets_is_malformed() {
    for body in
        ["", "{}", "null", r#"{"status":{"error_code":429,"error_message":"x"}}"#, "<html>", &MARKETS[..100]]
    {
        check(body, "malformed");
    }
    assert!(markets(&[0xff, 0xfe]).is_err());
}

proptest! {
    #[test]
    fn damaged_answers_are_survived_and_prices_print_as_themselves(bytes in damaged(Just(MARKETS.to_owned()))) {
        for price in markets(&bytes).unwrap_or_default().into_iter().filter_map(|market| market.price) {
            prop_assert_eq!(price.to_string().parse(), Ok(price));
        }
    }
}
