//! Binance trade, bytes to tick. Target: at most 150 ns (a scan of 220 bytes in fixed order, one exact
//! price, four integers). Beside it, in the same run: the general reader, and serde_json into a struct.
#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use std::hint::black_box;
use std::sync::Arc;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bellwether_feeds::{Heard, Venue, World};
use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
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

fn binance() -> Binance {
    let world = World::network("bench", 0).unwrap();
    Binance::new(BinanceConfig::default(), &world)
}

/// Answers every request with one body.
struct OneBody(Bytes);

impl Http for OneBody {
    fn get(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
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
        b.iter(|| runtime.block_on(binance.trades_after("BTCUSDT", 0)).unwrap().trades.len())
    });
}

fn parse(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let binance = binance();
    let read = |message: &str| {
        let mut tick = None;
        let hear = &mut |heard: Heard<'_>| {
            if let Heard::Trade { observation, .. } = heard {
                tick = Some(observation);
            }
        };
        binance.read(message.as_bytes(), hear).unwrap();
        tick.unwrap()
    };
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

criterion_group!(benches, parse, page);
criterion_main!(benches);
