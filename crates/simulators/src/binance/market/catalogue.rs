//! The pairs of the lively market: where their prices stand late in 2026, and how they move.

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

const ASSETS: [Asset; 12] = [
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
];

/// Pair, price step and quantity step in units of 1e-8, aggregate trades per minute.
const PAIRS: [(&str, &str, i64, i64, u32); 12] = [
    ("BTC", "USDT", 1_000_000, 1_000, 60),
    ("ETH", "USDT", 1_000_000, 10_000, 50),
    ("SOL", "USDT", 1_000_000, 100_000, 40),
    ("XRP", "USDT", 10_000, 10_000_000, 40),
    ("DOGE", "USDT", 1_000, 100_000_000, 30),
    ("BNB", "USDT", 1_000_000, 100_000, 24),
    ("ADA", "USDT", 10_000, 10_000_000, 20),
    ("LINK", "USDT", 1_000_000, 1_000_000, 20),
    ("AVAX", "USDT", 1_000_000, 1_000_000, 16),
    ("LTC", "USDT", 1_000_000, 100_000, 16),
    ("BTC", "USDC", 1_000_000, 1_000, 24),
    ("ETH", "BTC", 1_000, 10_000, 16),
];

/// A pair whose trading stands still, since a feed must not watch everything that is listed.
const HALTED: (&str, &str, i64, i64) = ("WAVES", "USDT", 10_000, 1_000_000);

/// A trade is worth about this many dollars.
const TYPICAL_DOLLARS: f64 = 350.0;
/// Deviation of the whole market over a day, and of the ends of its eras.
const MARKET: (f64, f64) = (0.018, 0.09);

/// Every pair of the lively market with its process; the halted one has none.
pub(crate) fn lively(seed: u64) -> Vec<(Symbol, Option<Seeded>)> {
    let noise = Noise::new(seed);
    let mut pairs: Vec<_> = PAIRS
        .iter()
        .map(|&(base, quote, tick, step, rate)| {
            let symbol = pair(base, quote, tick, step);
            let character = character(noise, &symbol, rate);
            (symbol, Some(Seeded::new(noise.part("pair").part(base).part(quote), character)))
        })
        .collect();
    pairs.push((halted(), None));
    pairs
}

/// The same pairs without any history.
pub(crate) fn silent() -> Vec<(Symbol, Option<Seeded>)> {
    let pairs = PAIRS.iter().map(|&(base, quote, tick, step, _)| (pair(base, quote, tick, step), None));
    pairs.chain([(halted(), None)]).collect()
}

fn pair(base: &str, quote: &str, tick: i64, step: i64) -> Symbol {
    Symbol::new(base, quote, Fixed::from_units(tick), Fixed::from_units(step))
}

fn halted() -> Symbol {
    let (base, quote, tick, step) = HALTED;
    Symbol { status: Status::Break, ..pair(base, quote, tick, step) }
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
