//! Makes a venue's pairs: where their prices stand late in 2026, and how they move.

use super::fixed::Fixed;
use super::noise::Noise;
use super::seeded::{Character, Seeded};
use super::symbol::{Status, Symbol};
use super::walk::Walk;

/// One asset's place in the world.
struct Asset {
    name: &'static str,
    /// US dollars.
    anchor: f64,
    /// How much of the whole market's movement it takes part in.
    market_share: f64,
    /// Deviation of its own movement over a day.
    daily: f64,
}

const fn asset(name: &'static str, anchor: f64, market_share: f64, daily: f64) -> Asset {
    Asset { name, anchor, market_share, daily }
}

const ASSETS: [Asset; 14] = [
    asset("BTC", 96_000.0, 1.0, 0.008),
    asset("ETH", 3_250.0, 1.25, 0.014),
    asset("SOL", 165.0, 1.4, 0.022),
    asset("XRP", 2.25, 1.2, 0.022),
    asset("DOGE", 0.19, 1.5, 0.026),
    asset("BNB", 880.0, 0.9, 0.012),
    asset("ADA", 0.55, 1.3, 0.024),
    asset("LINK", 15.5, 1.3, 0.022),
    asset("AVAX", 17.0, 1.4, 0.024),
    asset("LTC", 95.0, 1.0, 0.018),
    asset("USDT", 1.0, 0.0, 0.0),
    asset("USDC", 0.9998, 0.0, 0.000_1),
    asset("USD", 1.0, 0.0, 0.0),
    asset("EUR", 1.16, 0.0, 0.003),
];

/// A pair that a venue lists.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) base: &'static str,
    pub(crate) quote: &'static str,
    /// Price step in units of 1e-8.
    pub(crate) tick: i64,
    /// Quantity step in units of 1e-8.
    pub(crate) step: i64,
    /// Trades per minute; at least 16.
    pub(crate) per_minute: u32,
}

/// What a venue lists, and how it writes the name of a pair.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) name: fn(base: &str, quote: &str) -> String,
    pub(crate) pairs: &'static [Listed],
    /// A pair whose trading stands still, since a feed must not watch everything that is listed.
    pub(crate) halted: Listed,
}

/// Shortens tables of pairs.
pub(crate) const fn listed(
    base: &'static str,
    quote: &'static str,
    tick: i64,
    step: i64,
    per_minute: u32,
) -> Listed {
    Listed { base, quote, tick, step, per_minute }
}

/// A trade is worth about this many dollars.
const TYPICAL_DOLLARS: f64 = 350.0;
/// Deviation of the whole market over a day, and of the ends of its eras.
const MARKET: (f64, f64) = (0.018, 0.09);

impl Catalogue {
    /// Every pair with its process; the halted one has none.
    pub(crate) fn lively(&self, seed: u64) -> Vec<(Symbol, Option<Seeded>)> {
        let noise = Noise::new(seed);
        let process = |pair: &Listed| {
            let symbol = self.symbol(pair);
            let character = character(noise, &symbol, pair.per_minute);
            let noise = noise.part("pair").part(pair.base).part(pair.quote);
            (symbol, Some(Seeded::new(noise, character)))
        };
        self.pairs.iter().map(process).chain([(self.halted(), None)]).collect()
    }

    /// The same pairs without any history.
    pub(crate) fn silent(&self) -> Vec<(Symbol, Option<Seeded>)> {
        let pairs = self.pairs.iter().map(|pair| (self.symbol(pair), None));
        pairs.chain([(self.halted(), None)]).collect()
    }

    fn halted(&self) -> Symbol {
        Symbol { status: Status::Break, ..self.symbol(&self.halted) }
    }

    fn symbol(&self, pair: &Listed) -> Symbol {
        let (tick, step) = (Fixed::from_units(pair.tick), Fixed::from_units(pair.step));
        Symbol::new((self.name)(pair.base, pair.quote), pair.base, pair.quote, tick, step)
    }
}

fn character(noise: Noise, symbol: &Symbol, per_minute: u32) -> Character {
    let (base, quote) = (find(&symbol.base), find(&symbol.quote));
    let walk =
        |asset: &Asset| Walk::new(noise.part("asset").part(asset.name), asset.daily, asset.daily * 3.0);
    Character {
        tick: symbol.tick,
        step: symbol.step,
        per_minute,
        typical_quantity: TYPICAL_DOLLARS / base.anchor,
        anchor: base.anchor / quote.anchor,
        market: Walk::new(noise.part("market"), MARKET.0, MARKET.1),
        market_share: base.market_share - quote.market_share,
        base: walk(base),
        quote: walk(quote),
    }
}

fn find(name: &str) -> &'static Asset {
    ASSETS.iter().find(|asset| asset.name == name).expect("every pair is made of the assets above")
}
