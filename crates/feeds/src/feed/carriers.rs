//! Which connections carry which instruments.
//!
//! It outlives an instrument's being wanted: an instrument that leaves and comes back at once may
//! still be on its connection, and then no new acknowledgement will say so.

use std::collections::HashMap;

use bellwether_model::Instrument;

use super::event::ConnectionId;

/// The connections of every instrument: none, one, or two while one replaces the other.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    by_instrument: HashMap<Instrument, Vec<ConnectionId>>,
}

impl Carriers {
    pub(super) fn covers(&self, instrument: &Instrument) -> bool {
        self.by_instrument.contains_key(instrument)
    }

    /// Notes a carrier. True where there was none before.
    pub(super) fn add(&mut self, instrument: &Instrument, connection: ConnectionId) -> bool {
        let carriers = self.by_instrument.entry(instrument.clone()).or_default();
        let first = carriers.is_empty();
        if !carriers.contains(&connection) {
            carriers.push(connection);
        }
        first
    }

    /// Takes a carrier off.
    pub(super) fn remove(&mut self, instrument: &Instrument, connection: ConnectionId) {
        if let Some(carriers) = self.by_instrument.get_mut(instrument) {
            carriers.retain(|&carrier| carrier != connection);
            if carriers.is_empty() {
                self.by_instrument.remove(instrument);
            }
        }
    }

    /// Takes a connection off everything it carried, and names that, sorted.
    pub(super) fn end(&mut self, connection: ConnectionId) -> Vec<Instrument> {
        let mut carried: Vec<Instrument> = self
            .by_instrument
            .iter()
            .filter(|(_, carriers)| carriers.contains(&connection))
            .map(|(instrument, _)| instrument.clone())
            .collect();
        carried.sort();
        for instrument in &carried {
            self.remove(instrument, connection);
        }
        carried
    }
}
