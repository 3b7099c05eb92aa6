//! Recorded messages and trades of the real venues. They are found through `BELLWETHER_DATA`; without it there is
//! nothing to check, and the test says so.
#![expect(clippy::unwrap_used, reason = "a test's support fails loudly")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::world::{HttpError, HttpReply, HttpRequest, Promise, SystemClock, WebSocketDialer};
use bellwether_feeds::{Heard, Jitter, Listing, Malformed, Venue, World, world};
use bellwether_model::{Observation, Timestamp};
use bytes::Bytes;
use serde_json::Value;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("BELLWETHER_DATA").map(PathBuf::from);
    if folder.is_none() {
        // Past the test runner, which keeps what passing tests print to itself.
        std::io::stdout().write_all(b"skipped: recorded messages: BELLWETHER_DATA is not set\n").unwrap();
    }
    folder
}

/// Answers every request with one body.
struct OneBody(Bytes);

impl world::Http for OneBody {
    fn send(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let reply = HttpReply { status: 200, headers: vec![], body: self.0.clone() };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

fn world(body: Vec<u8>) -> World {
    World {
        clock: Arc::new(SystemClock::start()),
        jitter: Arc::new(Jitter::seeded(0)),
        dialer: Arc::new(WebSocketDialer::default()),
        http: Arc::new(OneBody(Bytes::from(body))),
    }
}

fn binance(body: Vec<u8>) -> Binance {
    Binance::new(BinanceConfig::default(), &world(body))
}

fn lines(path: &Path) -> Box<dyn Iterator<Item = String>> {
    let file = File::open(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "zst") {
        let decoder = zstd::stream::read::Decoder::new(file).unwrap();
        Box::new(BufReader::new(decoder).lines().map(Result::unwrap))
    } else {
        Box::new(BufReader::new(file).lines().map(Result::unwrap))
    }
}

/// The message on a line of a recording; none where the line is not a received message.
fn message(line: &str) -> Option<String> {
    if line.starts_with(|first: char| first.is_ascii_digit()) {
        return line.split_once(' ').map(|(_, message)| message.to_owned());
    }
    let line: Value = serde_json::from_str(line).unwrap();
    let text = line.get("raw").or_else(|| line.get("data").filter(|_| line["t"] == "recv"))?;
    Some(text.as_str().unwrap().to_owned())
}

/// The aggregate trade in a message as `symbol,id,price,first,last,time in µs`, read by way of a tree.
fn expected_trade(message: &str) -> Option<String> {
    let tree: Value = serde_json::from_str(message).unwrap();
    let data = tree.get("data").unwrap_or(&tree);
    (data["e"] == "aggTrade").then(|| {
        let symbol = data["s"].as_str().unwrap();
        let price = shortest(data["p"].as_str().unwrap());
        let time_us = data["T"].as_i64().unwrap() * 1_000;
        format!("{symbol},{},{price},{},{},{time_us}", data["a"], data["f"], data["l"])
    })
}

fn shortest(price: &str) -> &str {
    price.trim_end_matches('0').trim_end_matches('.')
}

/// The trade that the feed reads in a message, in the same form.
fn read_trade(binance: &Binance, message: &str) -> Result<Option<String>, Malformed> {
    let mut trade = None;
    binance.read(message.as_bytes(), &mut |heard| {
        if let Heard::Trade { symbol, observation } = heard {
            let (tick, (first, last)) = (observation.tick, observation.trades.unwrap());
            let (id, price, time_us) = (tick.position.0, tick.price, tick.time.micros());
            trade = Some(format!("{symbol},{id},{price},{first},{last},{time_us}"));
        }
    })?;
    Ok(trade)
}

#[test]
fn every_recorded_message_is_understood() {
    let Some(data) = data() else { return };
    let binance = binance(vec![]);
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for entry in data.join("binance/ws").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for text in lines(&path).filter_map(|line| message(&line)) {
            let result = read_trade(&binance, &text);
            // What else a recording holds: answers of other interfaces, which have no field of a message.
            let foreign = result.is_err() && !text.contains("\"e\":") && !text.contains("\"stream\":");
            assert!(result.is_ok() || foreign, "{name}: {result:?} {text:.200}");
            let expected = expected_trade(&text);
            assert_eq!(result.unwrap_or_default(), expected, "{name}: {text:.200}");
            let count = counts.entry(name.clone()).or_default();
            count.0 += 1;
            count.1 += u64::from(expected.is_some());
        }
    }
    eprintln!("messages and aggregate trades: {counts:#?}");
    assert!(counts.values().map(|count| count.1).sum::<u64>() >= 100, "{counts:?}");
}

/// A day of real trades, sent through the stream's form: prices, numbers and microseconds come out as
/// they went in.
#[test]
fn a_recorded_day_of_trades_passes_unchanged() {
    let Some(data) = data() else { return };
    let binance = binance(vec![]);
    let mut count = 0;
    for line in lines(&data.join("binance/trades/BTCUSDC-aggTrades-2025-10-08.csv.zst")) {
        let row: Vec<&str> = line.split(',').collect();
        let [id, price, quantity, first, last, time, ..] = row[..] else {
            panic!("{line}");
        };
        let text = format!(
            r#"{{"stream":"btcusdc@aggTrade","data":{{"e":"aggTrade","E":{time},"s":"BTCUSDC","a":{id},"p":"{price}","q":"{quantity}","f":{first},"l":{last},"T":{time},"m":true,"M":true}}}}"#
        );
        let expected = format!("BTCUSDC,{id},{},{first},{last},{time}", shortest(price));
        assert_eq!(read_trade(&binance, &text), Ok(Some(expected)));
        count += 1;
    }
    assert_eq!(count, 256_978);
}

#[tokio::test]
async fn the_recorded_catalogue_is_read_whole() {
    let Some(data) = data() else { return };
    for (file, symbols, trading) in [
        ("exchangeInfo_spot_20211012.json.zst", 1_695, 1_262),
        ("exchangeInfo_binanceus_20211012.json.zst", 121, 117),
    ] {
        let path = data.join("binance/rest").join(file);
        let mut body = Vec::new();
        zstd::stream::read::Decoder::new(File::open(path).unwrap()).unwrap().read_to_end(&mut body).unwrap();
        let catalogue = binance(body).catalogue().await.unwrap();
        assert_eq!(catalogue.len(), symbols);
        let listed = catalogue.iter().filter(|info| info.listing == Listing::Trading);
        assert_eq!(listed.count(), trading);
        let bitcoin = catalogue.check(&"binance:BTCUSDT".parse().unwrap()).unwrap();
        assert_eq!(bitcoin.tick_size.unwrap().to_string(), "0.01");
        assert_eq!(bitcoin.display_name, "BTC/USDT");
    }
}

/// One day of every trade of eleven products, a crash among them, sent through the form of the feed.
#[test]
fn a_recorded_day_of_coinbase_passes_unchanged() {
    let Some(data) = data() else { return };
    let coinbase = Coinbase::new(CoinbaseConfig::default(), &world(vec![]));
    let mut count = 0;
    for line in lines(&data.join("coinbase/trades_20251010.csv.zst")).skip(1) {
        let row: Vec<&str> = line.split(',').collect();
        let [product, time_us, _, id, side, price, amount] = row[..] else {
            panic!("{line}");
        };
        // The recording has shortest decimals; what a double made of them is not the venue's form.
        let price = if price.contains('e') { continue } else { price };
        let time = Timestamp::from_micros(time_us.parse().unwrap());
        let text = format!(
            r#"{{"type":"match","trade_id":{id},"maker_order_id":"a","taker_order_id":"b","side":"{side}","size":"{amount}","price":"{price}","product_id":"{product}","sequence":{id},"time":"{time}"}}"#
        );
        let mut trade = None;
        coinbase
            .read(text.as_bytes(), &mut |heard| {
                if let Heard::Trade { symbol, observation: Observation { tick, .. } } = heard {
                    trade = Some((symbol.to_owned(), tick.position.0, tick.price, tick.time));
                }
            })
            .unwrap();
        let expected = (product.to_owned(), id.parse().unwrap(), price.parse().unwrap(), time);
        assert_eq!(trade, Some(expected), "{line}");
        count += 1;
    }
    assert!(count > 1_100_000, "{count}");
}
