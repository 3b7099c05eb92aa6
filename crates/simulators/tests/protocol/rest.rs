//! The REST interface: answers, errors, headers.

use bellwether_simulators::binance::{Config, Limits, Running};
use serde_json::{Value, json};

use crate::client::{NOW_US, get, http, ok, scripted, start};

async fn lively() -> Running {
    start(Config { paused: true, ..Config::lively(7, || NOW_US) }).await
}

async fn check_error(venue: &Running, path: &str, code: i64) {
    let (status, body) = get(venue, path).await;
    assert_eq!((status, body["code"].as_i64()), (400, Some(code)), "{path}: {body}");
}

#[tokio::test]
async fn the_simple_ones_are_simple() {
    let venue = scripted().await;
    assert_eq!(ok(&venue, "/api/v3/ping").await, json!({}));
    assert_eq!(ok(&venue, "/api/v3/time").await, json!({"serverTime": NOW_US / 1_000}));
}

#[tokio::test]
async fn exchange_info_lists_what_is_asked_for() {
    let venue = lively().await;
    let all = ok(&venue, "/api/v3/exchangeInfo").await;
    assert_eq!(all["symbols"].as_array().unwrap().len(), 13);
    let one = ok(&venue, "/api/v3/exchangeInfo?symbol=BTCUSDT").await;
    let symbol = &one["symbols"][0];
    assert_eq!((&symbol["baseAsset"], &symbol["quoteAsset"]), (&json!("BTC"), &json!("USDT")));
    assert_eq!(symbol["filters"][0]["filterType"], "PRICE_FILTER");
    assert_eq!(symbol["filters"][0]["tickSize"], "0.01000000");
    assert_eq!(symbol["permissionSets"], json!([["SPOT", "MARGIN"]]));
    let two = ok(&venue, "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22ETHBTC%22%5D").await;
    assert_eq!(two["symbols"].as_array().unwrap().len(), 2);
    let halted = ok(&venue, "/api/v3/exchangeInfo?symbolStatus=BREAK").await;
    assert_eq!(halted["symbols"][0]["symbol"], "WAVESUSDT");
    let none = ok(&venue, "/api/v3/exchangeInfo?permissions=LEVERAGED").await;
    assert_eq!(none["symbols"], json!([]));
}

#[tokio::test]
async fn aggregate_trades_are_paged_without_holes() {
    let venue = lively().await;
    let latest = ok(&venue, "/api/v3/aggTrades?symbol=BTCUSDC&limit=1").await;
    let last = latest[0]["a"].as_u64().unwrap();
    let mut next = last - 2_500;
    let mut pages = 0;
    while next <= last {
        let page = ok(&venue, &format!("/api/v3/aggTrades?symbol=BTCUSDC&fromId={next}&limit=1000")).await;
        for trade in page.as_array().unwrap() {
            assert_eq!(trade["a"].as_u64(), Some(next));
            next += 1;
        }
        pages += 1;
    }
    assert_eq!(pages, 3);
    assert_eq!(ok(&venue, &format!("/api/v3/aggTrades?symbol=BTCUSDC&fromId={next}")).await, json!([]));
}

#[tokio::test]
async fn a_year_of_klines_agrees_with_its_trades() {
    let venue = lively().await;
    let year_ago = NOW_US / 1_000 - 365 * 86_400_000;
    let days =
        ok(&venue, &format!("/api/v3/klines?symbol=ETHBTC&interval=1d&startTime={year_ago}&limit=1000"))
            .await;
    assert_eq!(days.as_array().unwrap().len(), 365);
    let minute =
        ok(&venue, &format!("/api/v3/klines?symbol=ETHBTC&interval=1m&startTime={year_ago}&limit=1")).await;
    let minute = &minute[0];
    let (open, close) = (&minute[0], &minute[6]);
    let trades =
        ok(&venue, &format!("/api/v3/aggTrades?symbol=ETHBTC&startTime={open}&endTime={close}&limit=1000"))
            .await;
    let trades = trades.as_array().unwrap();
    let prices = || trades.iter().map(|trade| trade["p"].as_str().unwrap());
    assert_eq!(minute[1].as_str(), prices().next());
    assert_eq!(minute[2].as_str(), prices().max());
    assert_eq!(minute[3].as_str(), prices().min());
    assert_eq!(minute[4].as_str(), prices().next_back());
    let count = |trade: &Value| trade["l"].as_u64().unwrap() - trade["f"].as_u64().unwrap() + 1;
    assert_eq!(minute[8].as_u64(), Some(trades.iter().map(count).sum()));
    assert_eq!(minute.as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn prices_quotes_and_books_fit_together() {
    let venue = lively().await;
    let last = venue.control().last("BTCUSDT").unwrap().unwrap();
    let price = ok(&venue, "/api/v3/ticker/price?symbol=BTCUSDT").await;
    assert_eq!(price, json!({"symbol": "BTCUSDT", "price": last.price.to_string()}));
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let quote = ok(&venue, "/api/v3/ticker/bookTicker?symbol=BTCUSDT").await;
    let depth = ok(&venue, "/api/v3/depth?symbol=BTCUSDT&limit=20").await;
    assert_eq!((&depth["bids"][0][0], &depth["asks"][0][0]), (&quote["bidPrice"], &quote["askPrice"]));
    assert!(number(&quote["bidPrice"]) < number(&quote["askPrice"]));
    assert_eq!(depth["bids"].as_array().unwrap().len(), 20);
    let all = ok(&venue, "/api/v3/ticker/price").await;
    assert_eq!(all.as_array().unwrap().len(), 13);
    let average = ok(&venue, "/api/v3/avgPrice?symbol=BTCUSDT").await;
    assert!((number(&average["price"]) / number(&price["price"]) - 1.0).abs() < 0.05);
    let singles = ok(&venue, "/api/v3/trades?symbol=BTCUSDT&limit=3").await;
    assert_eq!(singles[2]["id"].as_u64(), Some(last.last_trade));
}

#[tokio::test]
async fn mistakes_have_their_codes() {
    let venue = lively().await;
    for (path, code) in [
        ("/api/v3/aggTrades", -1102),
        ("/api/v3/aggTrades?symbol=NOPE", -1121),
        ("/api/v3/aggTrades?symbol=btcusdt", -1100),
        ("/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1", -1128),
        ("/api/v3/aggTrades?symbol=BTCUSDT&limit=x", -1100),
        ("/api/v3/aggTrades?symbol=BTCUSDT&colour=red", -1104),
        ("/api/v3/aggTrades?symbol=BTCUSDT&symbol=BTCUSDT", -1101),
        ("/api/v3/klines?symbol=BTCUSDT", -1102),
        ("/api/v3/klines?symbol=BTCUSDT&interval=2m", -1120),
        ("/api/v3/ticker/24hr?symbol=BTCUSDT&type=HUGE", -1139),
        ("/api/v3/ticker/price?symbols=[\"BTCUSDT\",\"BTCUSDT\"]", -1151),
        ("/api/v3/ticker/price?symbol=BTCUSDT&symbolStatus=BREAK", -1220),
        ("/api/v3/ticker/price?symbolStatus=ASLEEP", -1122),
    ] {
        check_error(&venue, path, code).await;
    }
}

#[tokio::test]
async fn times_come_in_microseconds_on_request() {
    let venue = scripted().await;
    let request = |unit: &str| {
        http()
            .get(format!("{}/api/v3/time", venue.rest_url()))
            .header("X-MBX-TIME-UNIT", unit.to_owned())
            .send()
    };
    let time: Value = request("MICROSECOND").await.unwrap().json().await.unwrap();
    assert_eq!(time["serverTime"], NOW_US);
    let wrong: Value = request("FORTNIGHT").await.unwrap().json().await.unwrap();
    assert_eq!(wrong["code"], -1194);
}

#[tokio::test]
async fn weight_is_counted_told_and_limited() {
    let limits = Limits { weight_per_minute: 30, refusals_until_ban: 1, ..Limits::default() };
    let venue = start(Config { limits, ..Config::scripted(|| NOW_US) }).await;
    let url = format!("{}/api/v3/trades?symbol=BTCUSDT", venue.rest_url());
    let first = http().get(&url).send().await.unwrap();
    assert_eq!(first.headers()["x-mbx-used-weight-1m"], "25");
    for (status, retry_after) in [(429, "16"), (418, "120")] {
        let refused = http().get(&url).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), status);
        assert_eq!(refused.headers()["retry-after"], retry_after);
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], -1003);
    }
}
