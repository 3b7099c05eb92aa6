//! A message of Binance's stream.

#![no_main]

use std::sync::LazyLock;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_fuzz::{read, world};
use libfuzzer_sys::fuzz_target;

static BINANCE: LazyLock<Binance> = LazyLock::new(|| Binance::new(BinanceConfig::default(), &world()));

fuzz_target!(|bytes: &[u8]| read(&*BINANCE, bytes));
