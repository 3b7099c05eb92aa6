//! The catalogue of instruments.

use bellwether_model::{Instrument, Price, UserId, Venue};

/// What a venue says of one of its instruments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentInfo {
    /// Which.
    pub instrument: Instrument,
    /// What is priced: `BTC`.
    pub base: String,
    /// In what: `USDT`; of a pushed instrument the name of its feed.
    pub quote: String,
    /// Whether it trades now.
    pub trading: bool,
    /// The smallest step of its price, where the venue says.
    pub tick_size: Option<Price>,
    /// Whether it may be watched here; what venues say does not change that.
    pub enabled: bool,
}

/// Which instruments are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstrumentFilter {
    /// Of this venue only.
    pub venue: Option<Venue>,
    /// A text that the symbol, base or quote contains, without regard to case.
    pub text: Option<String>,
    /// Those that are switched on only, or off only.
    pub enabled: Option<bool>,
    /// Whoever reads: of the pushed ones only those of feeds that are this user's, or published.
    pub reader: Option<UserId>,
}
