//! A trade of each venue, bytes to tick. Target: at most 150 ns (a scan of 220 bytes in fixed order, one
//! exact price, four integers), and twice that where times are texts, and order ids are passed over. Beside
//! it, in the same run: the general reader, and serde_json into a struct.
#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use std::hint::black_box;
use std::sync::Arc;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::coingecko::Coingecko;
use bellwether_feeds::ebay::Ebay;
use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::uphold::Uphold;
use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bellwether_feeds::{Heard, Venue, World};
use bellwether_model::Observation;
use bellwether_model::product::Site;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;

const TRADE: &str = r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1795226512737001,"s":"BTCUSDT","a":3157532101,"p":"93121.44000000","q":"0.25000000","f":1440901445,"l":1440901447,"T":1795226512735999,"m":false,"M":true}}"#;

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a reader by derive would hold")]
struct Envelope<'a> {
    stream: &'a str,
    #[serde(borrow)]
    data: Trade<'a>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a reader by derive would hold")]
struct Trade<'a> {
    e: &'a str,
    s: &'a str,
    a: u64,
    p: &'a str,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: u64,
}

const MATCH: &str = r#"{"type":"match","trade_id":1068572090,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","side":"sell","size":"0.25000000","price":"93121.44","product_id":"BTC-USD","sequence":77120033123,"time":"2026-11-21T01:02:03.000451Z"}"#;

const KRAKEN: &str = r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":93121.4,"qty":0.25000000,"ord_type":"market","trade_id":61044952,"timestamp":"2026-11-21T01:02:03.000451Z"}]}"#;

fn binance() -> Binance {
    let world = World::network("bench", 0).unwrap();
    Binance::new(BinanceConfig::default(), &world)
}

/// Answers every request with one body.
struct OneBody(Bytes);

impl Http for OneBody {
    fn send(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let reply = HttpReply { status: 200, headers: vec![], body: self.0.clone() };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// A page of 1,000 missed trades, from the answer's bytes to observations. The venue's allowance is
/// 1,500 pages a minute, so 40 ms each would do.
fn page(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let trade = |id: u64| {
        format!(
            r#"{{"a":{id},"p":"93121.44000000","q":"0.25000000","f":{id},"l":{id},"T":1795226512735999,"m":false,"M":true}}"#
        )
    };
    let body = format!("[{}]", (1..=1_000).map(trade).collect::<Vec<_>>().join(","));
    let world = World { http: Arc::new(OneBody(Bytes::from(body))), ..World::network("bench", 0).unwrap() };
    let mut config = BinanceConfig::default();
    config.weight.max = u32::MAX;
    let binance = Binance::new(config, &world);
    c.bench_function("binance page of 1,000 trades", |b| {
        b.iter(|| runtime.block_on(binance.trades_after("BTCUSDT", 0, None)).unwrap().trades.len())
    });
}

fn read(venue: &impl Venue, message: &str) -> Observation {
    let mut seen = None;
    let hear = &mut |heard: Heard<'_>| {
        if let Heard::Trade { observation, .. } = heard {
            seen = Some(observation);
        }
    };
    venue.read(message.as_bytes(), hear).unwrap();
    seen.unwrap()
}

fn coinbase(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let coinbase = Coinbase::new(CoinbaseConfig::default(), &World::network("bench", 0).unwrap());
    c.bench_function("coinbase match, usual order", |b| b.iter(|| read(&coinbase, black_box(MATCH))));
    let reordered = MATCH.replace(r#"{"type":"match",""#, "{\"").replace('}', r#","type":"match"}"#);
    c.bench_function("coinbase match, another order", |b| b.iter(|| read(&coinbase, black_box(&reordered))));
}

fn kraken(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let kraken = Kraken::new(KrakenConfig::default(), &World::network("bench", 0).unwrap());
    c.bench_function("kraken trade, usual order", |b| b.iter(|| read(&kraken, black_box(KRAKEN))));
    let reordered =
        KRAKEN.replace(r#""channel":"trade","type":"update""#, r#""type":"update","channel":"trade""#);
    c.bench_function("kraken trade, another order", |b| b.iter(|| read(&kraken, black_box(&reordered))));
}

fn parse(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let binance = binance();
    let read = |message: &str| read(&binance, message);
    c.bench_function("binance trade, usual order", |b| b.iter(|| read(black_box(TRADE))));
    let reordered = TRADE.replace(r#","m":false,"M":true"#, r#","M":true,"m":false"#);
    c.bench_function("binance trade, another order", |b| b.iter(|| read(black_box(&reordered))));
    c.bench_function("serde_json into a struct, no price", |b| {
        b.iter(|| serde_json::from_str::<Envelope<'_>>(black_box(TRADE)).unwrap().data.a)
    });
    c.bench_function("price alone", |b| {
        b.iter(|| black_box("93121.44000000").parse::<bellwether_model::Price>().unwrap())
    });
}

/// An answer with 300 pairs, three instruments each. Target: 1 µs a pair, since every few seconds one comes.
fn uphold(c: &mut Criterion) {
    let ticker = |n: usize| {
        format!(
            r#"{{"ask":"{n}.00001115718600796037","bid":"{n}.00001114797741541687","currency":"USD","pair":"A{n}USD"}}"#
        )
    };
    let answer = format!("[{}]", (1..=300).map(ticker).collect::<Vec<_>>().join(","));
    c.bench_function("uphold answer, 300 pairs", |b| {
        b.iter(|| Uphold::read(black_box(answer.as_bytes())).unwrap().len())
    });
}

/// A full answer, 100 coins of about 900 bytes each. Target: 10 µs a coin, since one comes in a minute.
fn coingecko(c: &mut Criterion) {
    let market = |n: usize| {
        format!(
            r#"{{"id":"coin-{n}","symbol":"c{n}","name":"Coin {n}","image":"https://assets.example.org/{pad}.png","current_price":{n}.0123456789,"market_cap":1381651251183,"market_cap_rank":{n},"fully_diluted_valuation":1474623675796,"total_volume":20154184933,"high_24h":70215,"low_24h":68060,"price_change_24h":2126.88,"price_change_percentage_24h":3.12502,"market_cap_change_24h":44287678051,"market_cap_change_percentage_24h":3.31157,"circulating_supply":19675987,"total_supply":21000000,"max_supply":21000000,"ath":73738,"ath_change_percentage":-4.77063,"ath_date":"2024-03-14T07:10:36.635Z","atl":67.81,"atl_change_percentage":103455.83335,"atl_date":"2013-07-06T00:00:00.000Z","roi":null,"last_updated":"2026-11-21T01:02:03.451Z"}}"#,
            pad = "x".repeat(60),
        )
    };
    let answer = format!("[{}]", (1..=100).map(market).collect::<Vec<_>>().join(","));
    c.bench_function("coingecko answer, 100 coins", |b| {
        b.iter(|| {
            let quotes = Coingecko::read("usd", black_box(answer.as_bytes())).unwrap();
            assert_eq!(quotes.len(), 100);
        })
    });
}

/// A full page of a search, 200 listings of 1.5 kB each. Target: 100,000 listings a second. A day's 5,000 calls
/// bring a million at most, which are then ten seconds of one core.
fn ebay(c: &mut Criterion) {
    let listing = |n: u32| {
        format!(
            r#"{{"itemId":"v1|2045{n:05}|0","title":"Canon EF 50mm f/1.8 STM Lens w/ Caps no {n}","leafCategoryIds":["3323"],"categories":[{{"categoryId":"3323","categoryName":"Lenses"}},{{"categoryId":"625","categoryName":"Cameras & Photo"}}],"image":{{"imageUrl":"https://i.ebayimg.com/thumbs/images/g/XTEAAOSwAPBgrTPy/s-l225.jpg"}},"price":{{"value":"{n}.90","currency":"USD"}},"itemHref":"https://api.ebay.com/buy/browse/v1/item/v1%7C2045{n:05}%7C0","seller":{{"username":"lens_barn","feedbackPercentage":"99.4","feedbackScore":812}},"condition":"Used","conditionId":"3000","thumbnailImages":[{{"imageUrl":"https://i.ebayimg.com/images/g/XTEAAOSwAPBgrTPy/s-l1200.jpg"}}],"shippingOptions":[{{"shippingCostType":"FIXED","shippingCost":{{"value":"6.10","currency":"USD"}}}}],"buyingOptions":["FIXED_PRICE","BEST_OFFER"],"itemWebUrl":"https://www.ebay.com/itm/2045{n:05}?hash=item4ded2ecebd:g:XTEAAOSwAPBgrTPy&amdata={pad}","itemLocation":{{"postalCode":"941**","country":"US"}},"adultOnly":false,"legacyItemId":"2045{n:05}","availableCoupons":false,"itemCreationDate":"2026-11-02T10:00:00.000Z","topRatedBuyingExperience":true,"priorityListing":true,"listingMarketplaceId":"EBAY_US"}}"#,
            pad = "x".repeat(240),
        )
    };
    let listings = (1..=200).map(listing).collect::<Vec<_>>().join(",");
    let answer = format!(r#"{{"href":"x","total":200,"limit":200,"offset":0,"itemSummaries":[{listings}]}}"#);
    let mut group = c.benchmark_group("ebay");
    group.throughput(Throughput::Elements(200));
    group.bench_function("page of 200 listings", |b| {
        b.iter(|| {
            let read = Ebay::read(Site::EbayUs, black_box(answer.as_bytes())).unwrap();
            assert!(read.iter().all(Result::is_ok));
            read.len()
        })
    });
}

criterion_group!(benches, parse, page, coinbase, kraken, uphold, coingecko, ebay);
criterion_main!(benches);
