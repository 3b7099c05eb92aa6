//! What is traded, and by what steps.

use super::fixed::Fixed;

/// Whether a symbol is traded now. Binance has more; these two are what a price feed must tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Traded.
    Trading,
    /// Listed, but trading stands still.
    Break,
}

impl Status {
    /// Binance's word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Trading => "TRADING",
            Self::Break => "BREAK",
        }
    }
}

/// One trading pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Upper case, `BTCUSDT`.
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
    pub(crate) fn new(base: &str, quote: &str, tick: Fixed, step: Fixed) -> Self {
        Self {
            name: format!("{base}{quote}"),
            base: base.to_owned(),
            quote: quote.to_owned(),
            tick,
            step,
            status: Status::Trading,
        }
    }

    /// A symbol known by name only, as a recording has it. Its assets are read off the usual endings.
    pub(crate) fn from_name(name: &str, tick: Fixed, step: Fixed) -> Self {
        let quote = ["USD_PERP", "USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "USD"]
            .into_iter()
            .find(|quote| name.len() > quote.len() && name.ends_with(quote))
            .unwrap_or("");
        let base = name.strip_suffix(quote).unwrap_or(name);
        Self { name: name.to_owned(), ..Self::new(base, quote, tick, step) }
    }
}
