//! Storage that grows without moving what it holds.
//!
//! A vector that doubles would copy hundreds of megabytes while ticks wait; pages of a fixed size never
//! move.

const PAGE: usize = 4_096;

/// Numbered items. Freed numbers are given out again.
#[derive(Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Vec<T>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Pages<T> {
    /// How many items there are.
    pub(crate) fn len(&self) -> u32 {
        let full = self.pages.len().saturating_sub(1) * PAGE;
        let last = self.pages.last().map_or(0, Vec::len);
        u32::try_from(full + last).expect("no machine has memory for 2^32 alerts")
    }

    /// Adds an item and gives its number.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        let before = (self.pages.len() - 1) * PAGE;
        let page = self.pages.last_mut().expect("a page with room was just seen to");
        page.push(item);
        u32::try_from(before + page.len() - 1).expect("no machine has memory for 2^32 alerts")
    }
}

impl<T> std::ops::Index<u32> for Pages<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: u32) -> &T {
        let number = number as usize;
        &self.pages[number / PAGE][number % PAGE]
    }
}

impl<T> std::ops::IndexMut<u32> for Pages<T> {
    #[inline]
    fn index_mut(&mut self, number: u32) -> &mut T {
        let number = number as usize;
        &mut self.pages[number / PAGE][number % PAGE]
    }
}

/// Items that come and go, in pages.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    items: Pages<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { items: Pages::default(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    pub(crate) fn insert(&mut self, item: T) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self.items[number] = Some(item);
                number
            }
            None => self.items.push(Some(item)),
        }
    }

    pub(crate) fn remove(&mut self, number: u32) -> T {
        self.free.push(number);
        self.items[number].take().expect("it is removed once")
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: u32) -> &T {
        self.items[number].as_ref().expect("numbers are given up when items are removed")
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, number: u32) -> &mut T {
        self.items[number].as_mut().expect("numbers are given up when items are removed")
    }
}
