//! A recorded history of a shop for refurbished things as a catalogue. Each store is a site of its own; what
//! is listed comes, what is delisted goes, and prices change, in the order and to the cent of the recording.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::goods::GoodsError;
use super::item::{Ended, Item, News, Seller, Selling};
use super::money;
use super::shelf::Shelf;
use super::site::Site;

/// The recording, and how far it was played.
#[derive(Debug)]
pub(super) struct History {
    products: Vec<Product>,
    /// In order of their times.
    events: Vec<Event>,
    played: usize,
}

#[derive(Debug)]
struct Product {
    site: Site,
    family: String,
    name: String,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    time_s: i64,
    product: usize,
    kind: Kind,
    price: i64,
    before: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Listed,
    Price,
    Delisted,
}

impl History {
    /// Reads both files. Stores whose country has no site here are left out.
    pub(super) fn read(events: &Path, products: &Path) -> Result<Self, GoodsError> {
        let mut history = Self { products: Vec::new(), events: Vec::new(), played: 0 };
        let mut known = HashMap::new();
        let mut names = HashMap::new();
        lines(products, |line| {
            let (store, rest) = line.split_once(',')?;
            let (family, rest) = rest.split_once(',')?;
            let (model, rest) = rest.split_once(',')?;
            let (name, _url) = rest.rsplit_once(',')?;
            let name = name.trim_matches('"').replace("\"\"", "\"");
            names.insert(format!("{store},{family},{model}"), name);
            Some(())
        })?;
        lines(events, |line| {
            let mut fields = line.split(',');
            let mut next = || fields.next();
            let (time, store, family, model) = (next()?, next()?, next()?, next()?);
            let (kind, price, before) = (next()?, next()?, next()?);
            let Some(site) = site(store) else { return Some(()) };
            let key = format!("{store},{family},{model}");
            let products = &mut history.products;
            let product = *known.entry(key).or_insert_with_key(|key| {
                let name = names.get(key).cloned().unwrap_or_else(|| model.to_owned());
                products.push(Product { site, family: family.to_owned(), name });
                products.len() - 1
            });
            let kind = match kind {
                "listed" => Kind::Listed,
                "price" => Kind::Price,
                "delisted" => Kind::Delisted,
                _ => return None,
            };
            let price = money::cents(price)?;
            let before = money::cents(before).unwrap_or(price);
            history.events.push(Event { time_s: time.parse().ok()?, product, kind, price, before });
            Some(())
        })?;
        history.events.sort_by_key(|event| event.time_s);
        Ok(history)
    }

    /// Instants that were not played yet, at most.
    pub(super) fn remaining(&self) -> u64 {
        let times = self.events[self.played..].chunk_by(|one, other| one.time_s == other.time_s);
        u64::try_from(times.count()).unwrap_or(u64::MAX)
    }

    /// Plays whatever happened at the next instant.
    pub(super) fn step(&mut self, shelf: &mut Shelf, now_us: i64) {
        let Some(first) = self.events.get(self.played) else { return };
        let time_s = first.time_s;
        while let Some(event) = self.events.get(self.played).filter(|event| event.time_s == time_s) {
            self.apply(*event, shelf, now_us);
            self.played += 1;
        }
    }

    fn apply(&self, event: Event, shelf: &mut Shelf, now_us: i64) {
        let id = format!("v1|{}|0", 305_000_000_000 + event.product * 101);
        match (event.kind, shelf.get_mut(&id)) {
            (Kind::Delisted, Some(item)) => item.end(Ended::Gone, now_us),
            (Kind::Delisted, None) => {}
            (Kind::Listed | Kind::Price, Some(item)) => {
                item.list_again(None);
                item.original = Some(event.before);
                if item.price != event.price {
                    item.price_at(event.price);
                }
            }
            (Kind::Listed | Kind::Price, None) => shelf.put(self.item(event, id, now_us)),
        }
    }

    fn item(&self, event: Event, id: String, now_us: i64) -> Item {
        let Product { site, family, name } = &self.products[event.product];
        Item {
            id,
            title: name.chars().take(80).collect(),
            site: *site,
            price: event.price,
            currency: site.currency().to_owned(),
            original: Some(event.before),
            shipping: 0,
            condition: (2_000, "Certified - Refurbished".to_owned()),
            categories: vec![(category(family).to_owned(), family.clone())],
            seller: Seller { name: "refurbished_outlet".to_owned(), feedback: 998, score: 120_000 },
            country: site.country().to_owned(),
            postal_code: "100**".to_owned(),
            selling: Selling::Fixed { best_offer: false },
            created_us: now_us,
            origin_us: now_us,
            end_us: None,
            stock: 5,
            sold: 0,
            revision: 0,
            ended: None,
            rank: u64::try_from(event.product).unwrap_or(u64::MAX).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            by_hand: false,
            oddity: None,
            recorded: None,
            news: News::default(),
        }
    }
}

fn site(store: &str) -> Option<Site> {
    match store {
        "us" => Some(Site::EbayUs),
        "uk" => Some(Site::EbayGb),
        "ie" => Some(Site::EbayIe),
        "it" => Some(Site::EbayIt),
        _ => None,
    }
}

fn category(family: &str) -> &'static str {
    match family {
        "iphones" => "9355",
        "macs" => "177",
        "ipads" => "171485",
        "watches" => "178893",
        _ => "112529",
    }
}

/// Hands on every line but the first, until one is refused.
fn lines(path: &Path, mut take: impl FnMut(&str) -> Option<()>) -> Result<(), GoodsError> {
    let unreadable = |error| GoodsError::Read(path.to_owned(), error);
    let file = File::open(path).map_err(unreadable)?;
    let bytes: Box<dyn Read> = if path.extension().is_some_and(|ending| ending == "zst") {
        Box::new(zstd::Decoder::new(file).map_err(unreadable)?)
    } else {
        Box::new(file)
    };
    for (index, line) in BufReader::with_capacity(1 << 16, bytes).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if index > 0 && take(&line).is_none() {
            let reason = format!("line {} is not what it should be", index + 1);
            return Err(GoodsError::Form { path: path.to_owned(), reason });
        }
    }
    Ok(())
}
