//! A message of Binance's stream: what is heard in it has prices that print as themselves.

#![no_main]

use std::sync::LazyLock;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::{Heard, Venue, World};
use bellwether_model::Price;
use libfuzzer_sys::fuzz_target;

static BINANCE: LazyLock<Binance> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _within = runtime.enter();
    let world = World::network("fuzz", 1).expect("a world");
    Binance::new(BinanceConfig::default(), &world)
});

fuzz_target!(|bytes: &[u8]| {
    let mut hear = |heard: Heard<'_>| {
        if let Heard::Trade { symbol, observation } = heard {
            assert!(!symbol.is_empty());
            let price = observation.tick.price;
            assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
    };
    let _ = BINANCE.read(bytes, &mut hear);
});
