//! One pushed tick, from its line.

use bellwether_model::input::Faults;
use bellwether_model::{Fault, Instrument, Timestamp, Venue};

use super::feeds::parts;
use crate::journal::Entry;
use crate::json::read_node;

/// Microseconds that the clock of a source may be ahead of ours.
const AHEAD_US: i64 = 60_000_000;

/// Reads a line such as `{"instrument": "push:my-feed/GOLD", "price": "2411.30", "time":
/// "2026-11-21T10:00:00Z", "id": 17}`. Without a time it is of now.
///
/// # Errors
/// What is wrong with it first: no JSON, a field that is missing, unknown or none of its kind.
pub fn read(line: &[u8], now: Timestamp) -> Result<Entry, Fault> {
    let fault = |code, message: String| Fault { field: String::new(), code, message };
    let node = read_node(line).map_err(|error| fault("json", error.to_string()))?;
    let mut faults = Faults::new();
    let entry = faults.object(&node).and_then(|mut fields| {
        for name in ["instrument", "price"] {
            if !fields.has(name) {
                faults.add(name, "required", "is required");
            }
        }
        let instrument = fields.parsed::<Instrument>(&mut faults, "instrument");
        let price = fields.price(&mut faults, "price");
        let time = fields.parsed::<Timestamp>(&mut faults, "time");
        let id = fields.whole(&mut faults, "id", 0, i64::MAX.unsigned_abs());
        fields.finish(&mut faults);
        if instrument.as_ref().is_some_and(|one| one.venue() != Venue::Push || parts(one).is_none()) {
            let form = "must be push:, a feed of a-z, 0-9, '.', '_' or '-', a slash and a symbol, such as \
                        push:my-feed/GOLD";
            faults.add("instrument", "invalid", form);
        }
        if time.is_some_and(|time| time.micros_since(now) > AHEAD_US) {
            faults.add("time", "range", "lies in the future");
        }
        Some(Entry { instrument: instrument?, price: price?, time: time.unwrap_or(now), id })
    });
    // The first fault is enough for a line: the others are told when it comes again.
    faults.finish(entry).map_err(|mut faults| faults.swap_remove(0))
}
