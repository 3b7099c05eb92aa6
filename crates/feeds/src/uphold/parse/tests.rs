//! Answers, whole and damaged, and those that were recorded.

use proptest::prelude::*;

use super::*;
use crate::damage::damaged;

const TICKERS: &str = r#"[{"ask":"91310.55","bid":"91190.10","currency":"USD","pair":"BTCUSD"},
    {"ask":"0.00001115718600796037","bid":"0.00001114797741541687","currency":"BTC","pair":"USDBTC"}]"#;

/// What an answer says, one symbol and price after the other; or that it is malformed.
fn said(body: &str) -> String {
    match tickers(body.as_bytes()) {
        Ok(quotes) => quotes
            .iter()
            .map(|quote| format!("{} {}", quote.symbol, quote.price))
            .collect::<Vec<_>>()
            .join("; "),
        Err(_) => "malformed".to_owned(),
    }
}

fn check(body: &str, expected: &str) {
    assert_eq!(said(body), expected, "{body:.300}");
}

#[test]
fn a_pair_has_a_bid_an_ask_and_the_exact_middle() {
    check(
        TICKERS,
        "BTC-USD@bid 91190.1; BTC-USD@ask 91310.55; BTC-USD 91250.325; \
         USD-BTC@bid 0.00001114797741541687; USD-BTC@ask 0.00001115718600796037; \
         USD-BTC 0.00001115258171168862",
    );
    check(
        r#"[{"ask":"37.537537537537537538","bid":"37.537537537537537538","currency":"USD","pair":"XUSD"}]"#,
        "X-USD@bid 37.537537537537537538; X-USD@ask 37.537537537537537538; X-USD 37.537537537537537538",
    );
    check(
        r#"[{"ask":"37.537537537537537539","bid":"37.537537537537537538","currency":"USD","pair":"BRK.BUSD","new":{"a":[1]}}]"#,
        "BRK.B-USD@bid 37.537537537537537538; BRK.B-USD@ask 37.537537537537537539; BRK.B-USD 37.5375375375375375385",
    );
    check("[]", "");
}

#[test]
fn a_ticker_that_cannot_be_read_harms_no_other() {
    let good = r#"{"ask":"2","bid":"1","currency":"USD","pair":"AUSD"}"#;
    for bad in [
        "17",
        "null",
        r#""AUSD""#,
        r#"{"ask":"2","bid":"1","currency":"USD"}"#,
        r#"{"ask":"2","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":2,"bid":1,"currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":null,"bid":"1","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":"0","bid":"0","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":"-2","bid":"1","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":"1e5","bid":"1","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":"1","bid":"2","currency":"USD","pair":"BUSD"}"#,
        r#"{"ask":"2","bid":"1","currency":"EUR","pair":"BUSD"}"#,
        r#"{"ask":"2","bid":"1","currency":"","pair":"BUSD"}"#,
        r#"{"ask":"2","bid":"1","currency":"USD","pair":"USD"}"#,
        r#"{"ask":"2","bid":"1","currency":"USD","pair":"B USD"}"#,
        r#"{"ask":"2","bid":"1","currency":"USD","pair":"ABCDEFGHIJKLMNOPQRSTUVUSD"}"#,
    ] {
        check(&format!("[{bad},{good}]"), "A-USD@bid 1; A-USD@ask 2; A-USD 1.5");
        check(&format!("[{bad}]"), "malformed");
    }
    let huge = format!(r#"{{"ask":"{}","bid":"1","currency":"USD","pair":"BUSD"}}"#, "9".repeat(1 << 20));
    check(&format!("[{huge},{good}]"), "A-USD@bid 1; A-USD@ask 2; A-USD 1.5");
}

#[test]
fn what_is_no_list_of_tickers_is_malformed() {
    for body in ["", "{}", "null", r#"{"code":"not_found"}"#, "<html>", &TICKERS[..100]] {
        check(body, "malformed");
    }
    assert!(tickers(&[0xff, 0xfe]).is_err());
}

/// The venue's recorded answers, where there is a folder of them.
#[test]
fn recorded_answers_are_read_whole() {
    let Some(folder) = std::env::var_os("BELLWETHER_DATA").map(std::path::PathBuf::from) else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join("uphold").join(name)).unwrap();
    let of = |body: &str, symbol: &str| {
        let quotes = tickers(body.as_bytes()).unwrap();
        quotes.into_iter().find(|quote| quote.symbol == symbol).unwrap().price.to_string()
    };
    let sdk = read("ticker_USD_sdk_20241117.json");
    assert_eq!(tickers(sdk.as_bytes()).unwrap().len(), 8 * 3);
    assert_eq!(of(&sdk, "USD-BTC@ask"), "0.00001115718600796037");
    assert_eq!(of(&sdk, "USD-CNY@bid"), "7.23168800082002135113");
    assert_eq!(of(&sdk, "USD-CNY"), "7.232499502473197991515");
    let documented = read("docs_example_ticker_all.json");
    assert_eq!(tickers(documented.as_bytes()).unwrap().len(), 72 * 3);
    #[derive(Deserialize)]
    struct Recorded<'a> {
        #[serde(borrow)]
        body: &'a RawValue,
    }
    let recorded = read("recorded_ticker_all_20150127.json");
    let recorded: Recorded<'_> = serde_json::from_str(&recorded).unwrap();
    assert_eq!(tickers(recorded.body.get().as_bytes()).unwrap().len(), 19 * 3);
    assert_eq!(of(recorded.body.get(), "BTC-USD"), "262.795");
}

proptest! {
    #[test]
    fn damaged_answers_are_survived_and_prices_print_as_themselves(bytes in damaged(Just(TICKERS.to_owned()))) {
        for quote in tickers(&bytes).unwrap_or_default() {
            prop_assert_eq!(quote.price.to_string().parse(), Ok(quote.price));
        }
    }
}
