//! The instruments that the files name, each with a small number, so that a line's instrument costs one
//! look-up and a tick is a few plain words.

use std::collections::HashMap;

use bellwether_model::{Instrument, InstrumentError};

/// An instrument by its place in [`Instruments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct InstrumentIndex(pub(super) usize);

/// Every instrument named so far.
#[derive(Debug, Default)]
pub(super) struct Instruments {
    by_text: HashMap<Box<[u8]>, InstrumentIndex>,
    all: Vec<Instrument>,
}

impl Instruments {
    /// The instrument with this text.
    ///
    /// # Errors
    /// Where the text names none.
    pub(super) fn named(&mut self, text: &[u8]) -> Result<InstrumentIndex, InstrumentError> {
        if let Some(&known) = self.by_text.get(text) {
            return Ok(known);
        }
        let readable = std::str::from_utf8(text).map_err(|_| InstrumentError::Character)?;
        let instrument = readable.parse()?;
        Ok(self.insert(text, instrument))
    }

    /// The number of an instrument.
    pub(super) fn of(&mut self, instrument: &Instrument) -> InstrumentIndex {
        let text = instrument.as_str().as_bytes();
        match self.by_text.get(text) {
            Some(&known) => known,
            None => self.insert(text, instrument.clone()),
        }
    }

    /// The instrument with this number.
    pub(super) fn get(&self, index: InstrumentIndex) -> &Instrument {
        &self.all[index.0]
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    fn insert(&mut self, text: &[u8], instrument: Instrument) -> InstrumentIndex {
        let index = InstrumentIndex(self.all.len());
        self.all.push(instrument);
        self.by_text.insert(text.into(), index);
        index
    }
}
