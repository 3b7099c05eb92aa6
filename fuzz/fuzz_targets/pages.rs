//! An answer of a venue's REST interface: a page of missed trades, a page of candles, and its list of instruments.

#![no_main]

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::coingecko::{Coingecko, CoingeckoConfig};
use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bellwether_feeds::{Polled, Venue, World};
use bellwether_fuzz::world;
use bellwether_model::{Interval, Timestamp};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

/// 2026-11-21T10:33:00Z
const AT_US: i64 = 1_795_257_180_000_000;
/// As many requests as a run makes.
const ALL: u32 = u32::MAX;

/// Answers everything with the bytes that are tried.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<Vec<u8>>>);

impl Http for Answers {
    fn send(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into();
        Box::pin(std::future::ready(Ok(HttpReply { status: 200, headers: vec![], body })))
    }
}

struct Venues {
    runtime: Runtime,
    answers: Answers,
    binance: Binance,
    coinbase: Coinbase,
    kraken: Kraken,
    coingecko: Coingecko,
}

static VENUES: LazyLock<Venues> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answers = Answers::default();
    let world = World { http: Arc::new(answers.clone()), ..world() };
    let mut binance = BinanceConfig::default();
    binance.weight.max = ALL;
    let mut coinbase = CoinbaseConfig::default();
    coinbase.requests.max = ALL;
    let mut kraken = KrakenConfig::default();
    kraken.requests.max = ALL;
    let mut coingecko = CoingeckoConfig::default();
    coingecko.requests.max = ALL;
    Venues {
        runtime,
        answers,
        binance: Binance::new(binance, &world),
        coinbase: Coinbase::new(coinbase, &world),
        kraken: Kraken::new(kraken, &world),
        coingecko: Coingecko::new(coingecko, &world),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let venues = &*VENUES;
    *venues.answers.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
    venues.runtime.block_on(async {
        check(&venues.binance, "BTCUSDT").await;
        check(&venues.coinbase, "BTC-USD").await;
        check(&venues.kraken, "BTC/USD").await;
        let _ = Polled::catalogue(&venues.coingecko).await;
    });
});

/// What is handed on is in order, and within what was asked for.
async fn check(venue: &impl Venue, symbol: &str) {
    let at = Timestamp::from_micros(AT_US);
    if let Ok(page) = venue.trades_after(symbol, 7, Some(at)).await {
        assert!(page.trades.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(page.trades.iter().all(|trade| trade.id > 7));
    }
    let to = Timestamp::from_micros(AT_US + 100 * Interval::Minute.micros());
    if let Ok(page) = venue.candles(symbol, Interval::Minute, at, to).await {
        assert!(page.until >= at && page.until <= to);
        let times = page.candles.iter().map(|candle| candle.open_time);
        assert!(times.clone().is_sorted() && times.clone().all(|time| (at..to).contains(&time)));
        assert!(page.candles.iter().all(|one| one.low <= one.open && one.open <= one.high));
    }
    let _ = venue.catalogue().await;
}
