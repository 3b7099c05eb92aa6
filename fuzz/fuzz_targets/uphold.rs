//! An answer of Uphold.

#![no_main]

use bellwether_feeds::uphold::Uphold;
use bellwether_model::Price;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for quote in Uphold::read(bytes).unwrap_or_default() {
        assert!(!quote.symbol.is_empty());
        assert_eq!(quote.price.to_string().parse::<Price>(), Ok(quote.price));
    }
});
