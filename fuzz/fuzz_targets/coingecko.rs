//! An answer of CoinGecko.

#![no_main]

use bellwether_feeds::coingecko::Coingecko;
use bellwether_model::Price;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for quote in Coingecko::read("usd", bytes).unwrap_or_default() {
        assert!(quote.symbol.ends_with("-usd") && quote.symbol.len() > "-usd".len());
        assert_eq!(quote.price.to_string().parse::<Price>(), Ok(quote.price));
    }
});
