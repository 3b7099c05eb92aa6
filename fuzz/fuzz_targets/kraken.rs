//! A message of Kraken's stream.

#![no_main]

use std::sync::LazyLock;

use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_fuzz::{read, world};
use libfuzzer_sys::fuzz_target;

static KRAKEN: LazyLock<Kraken> = LazyLock::new(|| Kraken::new(KrakenConfig::default(), &world()));

fuzz_target!(|bytes: &[u8]| read(&*KRAKEN, bytes));
