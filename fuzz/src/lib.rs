//! What every venue's messages have in common: the prices heard in them print as themselves.

use bellwether_feeds::{Heard, Venue, World};
use bellwether_model::Price;

/// A world that is never asked for anything.
pub fn world() -> World {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _within = runtime.enter();
    World::network("fuzz", 1).expect("a world")
}

/// Has a venue read a message.
pub fn read(venue: &impl Venue, bytes: &[u8]) {
    let mut hear = |heard: Heard<'_>| {
        if let Heard::Trade { symbol, observation } = heard {
            assert!(!symbol.is_empty());
            let price = observation.tick.price;
            assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
    };
    let _ = venue.read(bytes, &mut hear);
}
