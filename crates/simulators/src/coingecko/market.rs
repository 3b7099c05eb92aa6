//! A coin in a currency, as a row of `/coins/markets` has it. Written by hand: numbers keep the digits that they have.

use serde_json::json;

use super::catalogue::id;
use crate::market::ledger::Ledger;
use crate::rfc3339::rfc3339_ms;

/// One coin in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Market {
    /// `bitcoin`
    pub(super) id: String,
    /// `btc`
    pub(super) ticker: String,
    /// `usd`
    pub(super) currency: String,
    /// The text of a JSON number; none where nobody trades it.
    pub(super) price: Option<String>,
}

impl Market {
    /// A pair at its last trade, so many times as high.
    pub(super) fn of(ledger: &Ledger, times: i64) -> Self {
        let symbol = &ledger.symbol;
        let price = ledger.last().map(|last| last.price.times_whole(times).with_decimals_of(symbol.tick));
        Self {
            id: id(&symbol.base),
            ticker: symbol.base.to_lowercase(),
            currency: symbol.quote.to_lowercase(),
            price,
        }
    }

    /// A coin that was priced by hand.
    pub(super) fn by_hand(symbol: &str, price: String) -> Option<Self> {
        let (id, currency) = symbol.rsplit_once('-')?;
        let (id, currency) = (id.to_owned(), currency.to_owned());
        Some(Self { ticker: id.chars().take(4).collect(), id, currency, price: Some(price) })
    }

    /// `bitcoin-usd`
    pub(super) fn symbol(&self) -> String {
        format!("{}-{}", self.id, self.currency)
    }

    /// As it stands in a list. `rank` is its place by what it is worth.
    pub(super) fn row(&self, rank: usize, now_us: i64) -> String {
        let (id, ticker) = (json!(self.id), json!(self.ticker));
        let price = self.price.as_deref().unwrap_or("null");
        let updated = rfc3339_ms(now_us);
        format!(
            r#"{{"id":{id},"symbol":{ticker},"name":{id},"image":"","current_price":{price},"market_cap":null,"market_cap_rank":{rank},"fully_diluted_valuation":null,"total_volume":null,"high_24h":null,"low_24h":null,"price_change_24h":null,"price_change_percentage_24h":null,"circulating_supply":null,"total_supply":null,"max_supply":null,"ath":null,"roi":null,"last_updated":"{updated}"}}"#
        )
    }
}
