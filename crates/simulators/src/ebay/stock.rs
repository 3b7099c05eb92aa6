//! Items drawn from a seed: the same number always draws the same item.

use super::item::{Item, News, Seller, Selling};
use super::money;
use super::site::Site;
use super::wares::{CONDITIONS, GERMAN_PRAISE, PRAISE, WARES, Ware};
use crate::market::noise::{Draws, Noise};

pub(super) const DAY_US: i64 = 86_400_000_000;
const TITLE_CHARS: usize = 80;
const SELLERS: [&str; 16] = [
    "lens_barn",
    "northside_finds",
    "retro.rack",
    "velo_depot",
    "attic_gold",
    "kamera-kontor",
    "oak_and_iron",
    "second.life.shop",
    "gadget_pier",
    "uhrenfreund",
    "camden_cellar",
    "the_swap_table",
    "radwerk_leipzig",
    "honest_hank",
    "quay-antiques",
    "pixel_pawn",
];

/// The well that items are drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stock {
    noise: Noise,
}

impl Stock {
    pub(super) fn new(seed: u64) -> Self {
        Self { noise: Noise::new(seed).part("ebay") }
    }

    /// What happens in a step is drawn from this.
    pub(super) fn step(&self, number: i64) -> Draws {
        self.noise.part("step").at(number)
    }

    /// What one event of a step is drawn from.
    pub(super) fn event(&self, bits: u64) -> Draws {
        self.noise.part("event").at(bits.cast_signed())
    }

    /// Item `serial`, as it is listed at that time.
    pub(super) fn item(&self, serial: i64, listed_us: i64) -> Item {
        let mut draws = self.noise.part("item").at(serial);
        let site = match draws.below(100) {
            0..45 => Site::EbayUs,
            45..75 => Site::EbayGb,
            _ => Site::EbayDe,
        };
        let ware = pick(&WARES, &mut draws);
        let (model, dollars) = *pick(ware.models, &mut draws);
        let (condition, percent) = condition(&mut draws);
        // One in twenty comes from abroad, with a price in that country's money.
        let from = if draws.below(20) == 0 { Site::ALL[below(3, &mut draws)] } else { site };
        let currency = from.currency();
        let worth = i64::from(dollars) * percent * spread(&mut draws) / 100;
        let price = shown(money::converted(worth, "USD", currency).unwrap_or(worth), &mut draws);
        let selling = match draws.below(100) {
            0..8 => Selling::Auction { bids: u32::try_from(draws.below(23)).unwrap_or(0) },
            8..45 => Selling::Fixed { best_offer: true },
            _ => Selling::Fixed { best_offer: false },
        };
        let is_auction = matches!(selling, Selling::Auction { .. });
        let many = condition == 1_000 && !is_auction && draws.below(3) == 0;
        let origin_us = listed_us - i64::try_from(draws.below(3)).unwrap_or(0) * 7 * DAY_US;
        let is_german = site.is_german();
        let name = CONDITIONS.iter().find(|(id, ..)| *id == condition);
        let category = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
        Item {
            id: format!("v1|{}|0", 204_000_000_000 + serial * 7_919),
            title: title(ware, model, is_german, &mut draws),
            site,
            original: (draws.below(6) == 0).then(|| price + price / 5),
            price: if is_auction { price / 2 } else { price },
            currency: currency.to_owned(),
            shipping: shipping(ware, &mut draws),
            condition: (condition, name.map_or("", |it| if is_german { it.4 } else { it.3 }).to_owned()),
            categories: vec![category(ware.leaf), category(ware.parent)],
            seller: seller(&mut draws),
            country: from.country().to_owned(),
            postal_code: format!("{}**", 100 + draws.below(899)),
            selling,
            created_us: listed_us,
            origin_us,
            end_us: is_auction.then_some(listed_us + 7 * DAY_US),
            stock: if many { u32::try_from(2 + draws.below(30)).unwrap_or(2) } else { 1 },
            sold: if many { u32::try_from(draws.below(60)).unwrap_or(0) } else { 0 },
            revision: 0,
            ended: None,
            rank: draws.bits(),
            by_hand: false,
            oddity: None,
            recorded: None,
            news: News::default(),
        }
    }
}

/// A price as sellers like them: whole, or a little below.
pub(super) fn shown(cents: i64, draws: &mut Draws) -> i64 {
    let whole = (cents / 100).max(1) * 100;
    match draws.below(5) {
        0 => whole,
        1 => whole + 50,
        2 => whole + 95,
        3 => whole.max(1_000) / 500 * 500,
        _ => whole - 1,
    }
}

fn title(ware: &Ware, model: &str, german: bool, draws: &mut Draws) -> String {
    let (details, praise) = if german { (ware.german, &GERMAN_PRAISE) } else { (ware.details, &PRAISE) };
    let mut title = model.to_owned();
    for list in details.iter().copied().chain([&praise[..]]) {
        let words = *pick(list, draws);
        let longer = title.chars().count() + 1 + words.chars().count();
        if !words.is_empty() && longer <= TITLE_CHARS {
            title.push(' ');
            title.push_str(words);
        }
    }
    title
}

fn condition(draws: &mut Draws) -> (u16, i64) {
    let mut left = draws.below(100);
    for (id, share, percent, ..) in CONDITIONS {
        match left.checked_sub(share) {
            None => return (id, percent),
            Some(rest) => left = rest,
        }
    }
    (3_000, 62)
}

/// Percent of what a thing is worth that this seller asks: 70 to 134.
fn spread(draws: &mut Draws) -> i64 {
    70 + i64::try_from(draws.below(65)).unwrap_or(0)
}

fn shipping(ware: &Ware, draws: &mut Draws) -> i64 {
    match draws.below(3) {
        0 => 0,
        _ => i64::try_from(draws.below(u64::from(ware.shipping) * 20)).unwrap_or(0) * 5,
    }
}

fn seller(draws: &mut Draws) -> Seller {
    let name = *pick(&SELLERS, draws);
    let number = draws.below(100);
    let number_of = |value: u64| u32::try_from(value).unwrap_or(0);
    Seller {
        name: if number < 50 { name.to_owned() } else { format!("{name}{number}") },
        feedback: number_of(1_000 - draws.below(40)),
        score: number_of(3 + draws.below(40_000)),
    }
}

fn pick<'a, T>(from: &'a [T], draws: &mut Draws) -> &'a T {
    &from[below(from.len(), draws)]
}

fn below(bound: usize, draws: &mut Draws) -> usize {
    usize::try_from(draws.below(u64::try_from(bound).unwrap_or(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_one_that_ebay_could_show() {
        let stock = Stock::new(7);
        for serial in 0..5_000 {
            let item = stock.item(serial, 1_000_000_000);
            assert!(item.title.chars().count() <= TITLE_CHARS && item.title.len() > 8, "{}", item.title);
            assert!(item.price > 0 && item.shipping >= 0, "{item:?}");
            assert!(!item.condition.1.is_empty(), "{item:?}");
            assert_eq!(item, stock.item(serial, 1_000_000_000));
        }
        assert_ne!(stock.item(1, 0), Stock::new(8).item(1, 0));
    }
}
