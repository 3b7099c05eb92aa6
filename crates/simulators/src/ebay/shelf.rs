//! All listings there are, and the ways in which they change.

use std::collections::HashMap;

use super::item::{Ended, Item, News};

/// The listings, each in a place of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    items: Vec<Item>,
    places: HashMap<String, usize>,
    /// Items that made room for others, where that is news.
    gone: Vec<Item>,
}

impl Shelf {
    /// Puts an item on, in the place of one with the same id or behind all others.
    pub(super) fn put(&mut self, item: Item) {
        match self.places.get(&item.id) {
            Some(place) => self.items[*place] = item,
            None => {
                self.places.insert(item.id.clone(), self.items.len());
                self.items.push(item);
            }
        }
    }

    /// Puts an item into the place of another, which is forgotten.
    pub(super) fn replace(&mut self, place: usize, item: Item) {
        self.places.remove(&self.items[place].id);
        self.places.insert(item.id.clone(), place);
        let mut before = std::mem::replace(&mut self.items[place], item);
        if before.ended.is_none() {
            before.ended = Some(Ended::Gone);
            before.news.availability = true;
        }
        self.gone.push(before);
    }

    /// Every item with news, those that are gone first. They are news no more.
    pub(super) fn take_news(&mut self) -> Vec<(News, Item)> {
        let mut news: Vec<_> = self.gone.drain(..).map(|item| (item.news, item)).collect();
        for item in &mut self.items {
            let own = std::mem::take(&mut item.news);
            if own != News::default() {
                news.push((own, item.clone()));
            }
        }
        news
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// What stands in a place.
    pub(super) fn at(&mut self, place: usize) -> &mut Item {
        &mut self.items[place]
    }

    /// All items, ended ones among them.
    pub(super) fn all(&self) -> &[Item] {
        &self.items
    }

    /// The item of that id, or of that legacy id, ended or not.
    pub(super) fn get(&self, id: &str) -> Option<&Item> {
        self.place(id).map(|place| &self.items[place])
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.place(id).map(|place| &mut self.items[place])
    }

    fn place(&self, id: &str) -> Option<usize> {
        let exact = self.places.get(id).copied();
        exact.or_else(|| self.places.get(&format!("v1|{id}|0")).copied())
    }
}

impl Item {
    /// Gives it another price.
    pub(super) fn price_at(&mut self, cents: i64) {
        self.price = cents.max(1);
        self.revision += 1;
        self.news.price = true;
    }

    /// Says how many there are.
    pub(super) fn restock(&mut self, stock: u32) {
        self.news.availability |= (self.stock == 0) != (stock == 0);
        self.stock = stock;
        self.revision += 1;
    }

    /// Ends it.
    pub(super) fn end(&mut self, how: Ended, now_us: i64) {
        self.news.availability |= self.ended.is_none();
        self.ended = Some(how);
        self.end_us = Some(self.end_us.map_or(now_us, |end_us| end_us.min(now_us)));
    }

    /// Lists it again, to end then.
    pub(super) fn list_again(&mut self, end_us: Option<i64>) {
        self.news.availability |= self.ended.is_some();
        (self.ended, self.end_us) = (None, end_us);
    }
}
