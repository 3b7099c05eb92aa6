//! What is on offer, and what a step does to it.

use std::path::PathBuf;

use super::config::Catalogue;
use super::history::History;
use super::item::{Ended, Item, Selling};
use super::recorded;
use super::shelf::Shelf;
use super::stock::{DAY_US, Stock, shown};
use crate::market::noise::Draws;

/// A recording that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum GoodsError {
    /// The file cannot be opened or read, or is no zstd where its name says so.
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// It is no recorded page, or no history, or there is nothing in it.
    #[error("{path}: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// The listings and what becomes of them: a function of the catalogue and of the number of steps.
#[derive(Debug)]
pub(super) struct Goods {
    pub(super) shelf: Shelf,
    script: Script,
    /// Steps so far.
    pub(super) steps: i64,
}

#[derive(Debug)]
enum Script {
    Still,
    Lively { stock: Stock, next: i64 },
    History(Box<History>),
}

impl Goods {
    /// The listings as they stand before the first step.
    pub(super) fn load(catalogue: &Catalogue, now_us: i64) -> Result<Self, GoodsError> {
        let mut shelf = Shelf::default();
        let script = match catalogue {
            Catalogue::Empty => Script::Still,
            Catalogue::Lively { seed, items } => {
                let stock = Stock::new(*seed);
                let count = i64::from(*items);
                for serial in 0..count {
                    // Listed within the last six days, so that auctions run still.
                    let age_us = (count - serial) * 6 * DAY_US / count;
                    shelf.put(stock.item(serial, now_us - age_us));
                }
                Script::Lively { stock, next: count }
            }
            Catalogue::Page(path) => {
                recorded::read(path, now_us)?.into_iter().for_each(|item| shelf.put(item));
                Script::Still
            }
            Catalogue::Refurbished { events, products } => {
                Script::History(Box::new(History::read(events, products)?))
            }
        };
        Ok(Self { shelf, script, steps: 0 })
    }

    /// One step of what happens by itself.
    pub(super) fn step(&mut self, now_us: i64) {
        self.steps += 1;
        match &mut self.script {
            Script::Still => {}
            Script::Lively { stock, next } => lively(&mut self.shelf, *stock, next, self.steps, now_us),
            Script::History(history) => history.step(&mut self.shelf, now_us),
        }
    }

    /// Steps that a recording still has; nothing where they never end.
    pub(super) fn remaining(&self) -> Option<u64> {
        match &self.script {
            Script::Still => Some(0),
            Script::Lively { .. } => None,
            Script::History(history) => Some(history.remaining()),
        }
    }
}

/// Of a thousand items, about seven change their price, one ends and is followed by a new one, and one is
/// drawn that is there again where it was sold out, and else is sold out once in six times.
fn lively(shelf: &mut Shelf, stock: Stock, next: &mut i64, step: i64, now_us: i64) {
    let mut draws = stock.step(step);
    let places = u64::try_from(shelf.len()).unwrap_or(u64::MAX);
    let mut drawn = |thousandths: u64| -> Vec<(usize, Draws)> {
        let times = (places * thousandths + draws.below(1_000)) / 1_000;
        let mut place = || usize::try_from(draws.below(places)).ok().zip(Some(stock.event(draws.bits())));
        (0..times).filter_map(|_| place()).collect()
    };
    let (moved, turned, emptied) = (drawn(7), drawn(1), drawn(1));
    for (place, mut draws) in moved {
        let item = shelf.at(place);
        if item.ended.is_none() && !item.by_hand {
            move_price(item, &mut draws);
        }
    }
    for (place, mut draws) in turned {
        let item = shelf.at(place);
        if item.by_hand {
            continue;
        }
        // What ended in sight stays for those who watch it, until its place is drawn again.
        if item.ended.is_none() && draws.below(8) == 0 {
            item.end(Ended::Past, now_us);
        } else {
            shelf.replace(place, stock.item(*next, now_us));
            *next += 1;
        }
    }
    for (place, mut draws) in emptied {
        let item = shelf.at(place);
        if item.by_hand || item.ended.is_some() {
            continue;
        }
        if item.stock == 0 {
            item.restock(u32::try_from(1 + draws.below(9)).unwrap_or(1));
        } else if draws.below(6) == 0 {
            item.restock(0);
        }
    }
}

/// A higher bid; or two in three times a lower price, by a little as a rule and by a third now and then.
fn move_price(item: &mut Item, draws: &mut Draws) {
    match &mut item.selling {
        Selling::Auction { bids } => {
            *bids += 1;
            item.price_at(item.price + item.price / 30 + 50);
        }
        Selling::Fixed { .. } => {
            let percent = match draws.below(12) {
                0 => -33,
                1..8 => -1 - i64::try_from(draws.below(11)).unwrap_or(0),
                _ => 1 + i64::try_from(draws.below(12)).unwrap_or(0),
            };
            item.price_at(shown(item.price + item.price * percent / 100, draws));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seed: u64, steps: i64) -> Goods {
        let mut goods = Goods::load(&Catalogue::Lively { seed, items: 2_000 }, 1_000 * DAY_US).unwrap();
        (0..steps).for_each(|step| goods.step(1_000 * DAY_US + step * 1_000_000));
        goods
    }

    #[test]
    fn the_same_seed_and_steps_make_the_same_world() {
        assert_eq!(after(7, 300).shelf.all(), after(7, 300).shelf.all());
        assert_ne!(after(7, 300).shelf.all(), after(8, 300).shelf.all());
        assert_ne!(after(7, 300).shelf.all(), after(7, 301).shelf.all());
    }

    #[test]
    fn it_lives_and_neither_grows_nor_dies_out() {
        let (before, after) = (after(3, 0), after(3, 1_000));
        assert_eq!(before.shelf.len(), after.shelf.len());
        let found =
            |goods: &Goods| goods.shelf.all().iter().filter(|item| item.is_found(1_000 * DAY_US)).count();
        assert!(found(&after) > 1_200, "{}", found(&after));
        let (mut lower, mut higher, mut new, mut sold_out, mut ended) = (0, 0, 0, 0, 0);
        for item in after.shelf.all() {
            match before.shelf.get(&item.id) {
                None => new += 1,
                Some(was) if item.price < was.price => lower += 1,
                Some(was) if item.price > was.price => higher += 1,
                Some(_) => {}
            }
            sold_out += usize::from(item.stock == 0);
            ended += usize::from(item.ended.is_some());
        }
        let counts = [lower, higher, new, sold_out, ended];
        assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
        assert!(after.shelf.all().iter().all(|item| item.price > 0));
    }
}
