//! A message of Coinbase's stream.

#![no_main]

use std::sync::LazyLock;

use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_fuzz::{read, world};
use libfuzzer_sys::fuzz_target;

static COINBASE: LazyLock<Coinbase> = LazyLock::new(|| Coinbase::new(CoinbaseConfig::default(), &world()));

fuzz_target!(|bytes: &[u8]| read(&*COINBASE, bytes));
