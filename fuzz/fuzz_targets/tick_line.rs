//! A line of pushed ticks.

#![no_main]

use bellwether_model::{Price, Timestamp, Venue};
use bellwether_server::http::read_tick;
use libfuzzer_sys::fuzz_target;

/// 2026-11-21T10:33:00Z
const NOW: Timestamp = Timestamp::from_micros(1_795_257_180_000_000);

fuzz_target!(|bytes: &[u8]| {
    match read_tick(bytes, NOW) {
        Ok(entry) => {
            assert_eq!(entry.instrument.venue(), Venue::Push);
            assert_eq!(entry.price.to_string().parse::<Price>(), Ok(entry.price));
            assert!(entry.id.is_none_or(|id| i64::try_from(id).is_ok()));
            // No more than a minute ahead of now.
            assert!(entry.time.micros_since(NOW) <= 60_000_000);
        }
        Err(fault) => assert!(!fault.code.is_empty() && !fault.message.is_empty()),
    }
});
