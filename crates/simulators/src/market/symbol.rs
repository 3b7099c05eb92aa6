//! What is traded, and by what steps.

use super::fixed::Fixed;

/// Whether a symbol is traded now. Venues know more; these two are what a price feed must tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Traded.
    Trading,
    /// Listed, but trading stands still.
    Break,
}

/// One trading pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// As the venue writes it: `BTCUSDT`, `BTC-USD`.
    pub(crate) name: String,
    /// The asset that is bought and sold.
    pub(crate) base: String,
    /// The asset that is paid.
    pub(crate) quote: String,
    /// Prices are multiples of this.
    pub(crate) tick: Fixed,
    /// Quantities are multiples of this.
    pub(crate) step: Fixed,
    /// Whether it is traded now.
    pub(crate) status: Status,
}

impl Symbol {
    pub(crate) fn new(name: String, base: &str, quote: &str, tick: Fixed, step: Fixed) -> Self {
        Self { name, base: base.to_owned(), quote: quote.to_owned(), tick, step, status: Status::Trading }
    }

    /// A symbol known by name only, as a recording has it. Its assets are what a separator parts, or are
    /// read off the usual endings.
    pub(crate) fn from_name(name: &str, tick: Fixed, step: Fixed) -> Self {
        let (base, quote) = name.split_once(['-', '/']).unwrap_or_else(|| parts(name));
        Self::new(name.to_owned(), base, quote, tick, step)
    }
}

fn parts(name: &str) -> (&str, &str) {
    let endings = ["USD_PERP", "USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "USD"];
    let mut parted = endings.iter().filter_map(|quote| Some((name.strip_suffix(quote)?, *quote)));
    parted.find(|(base, _)| !base.is_empty()).unwrap_or((name, ""))
}
