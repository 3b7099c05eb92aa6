//! Starts every venue and the marketplace, all lively, and an inbox, prints one line of JSON with their
//! addresses, and runs until standard input closes. Programs in other languages are tested against it.
#![expect(clippy::print_stdout, reason = "the line is what this program is for")]

use std::time::{SystemTime, UNIX_EPOCH};

use bellwether_simulators::binance::{BinanceSimulator, Config};
use bellwether_simulators::coinbase::{self, CoinbaseSimulator};
use bellwether_simulators::coingecko::{self, CoingeckoSimulator};
use bellwether_simulators::ebay::{self, EbaySimulator};
use bellwether_simulators::inbox::{Inbox, InboxConfig};
use bellwether_simulators::kraken::{self, KrakenSimulator};
use bellwether_simulators::uphold::{self, UpholdSimulator};
use serde_json::json;
use tokio::io::{AsyncReadExt, stdin};

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(1), |seed| seed.parse())?;
    let binance = BinanceSimulator::start(Config::lively(seed, now_us)).await?;
    let coinbase = CoinbaseSimulator::start(coinbase::Config::lively(seed, now_us)).await?;
    let kraken = KrakenSimulator::start(kraken::Config::lively(seed, now_us)).await?;
    let uphold = UpholdSimulator::start(uphold::Config::lively(seed, now_us)).await?;
    let coingecko = CoingeckoSimulator::start(coingecko::Config::lively(seed, now_us)).await?;
    let ebay = EbaySimulator::start(ebay::Config::lively(seed, now_us)).await?;
    let inbox = Inbox::start(InboxConfig::new(now_us)).await?;
    let addresses = json!({
        "binance_ws": binance.ws_url(),
        "binance_rest": binance.rest_url(),
        "coinbase_ws": coinbase.ws_url(),
        "coinbase_rest": coinbase.rest_url(),
        "kraken_ws": kraken.ws_url(),
        "kraken_rest": kraken.rest_url(),
        "uphold_rest": uphold.rest_url(),
        "coingecko_rest": coingecko.rest_url(),
        "ebay": ebay.url(),
        "inbox_smtp": inbox.smtp_addr().to_string(),
        "inbox_http": inbox.http_url(),
    });
    println!("{addresses}");
    stdin().read_to_end(&mut Vec::new()).await?;
    binance.stop().await;
    coinbase.stop().await;
    kraken.stop().await;
    uphold.stop().await;
    coingecko.stop().await;
    ebay.stop().await;
    inbox.stop().await;
    Ok(())
}
