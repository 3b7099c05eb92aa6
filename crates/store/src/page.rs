//! Pages of lists.

/// A page by number, of a list in a stable order, newest first unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Items on a page.
    pub size: u32,
}

/// One page and how many items there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// Items in the whole list.
    pub total: u64,
}

/// A stretch of a long list, by cursor: what comes after (older than) an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stretch<I> {
    /// Begins after this item; at the newest where absent.
    pub after: Option<I>,
    /// At most so many.
    pub limit: u32,
}

/// A stretch of a long list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretched<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are more after them.
    pub more: bool,
    /// Items in the whole list, counted up to a bound.
    pub total: u64,
    /// Whether the count stopped at its bound.
    pub total_capped: bool,
}

/// What came of looking at some old rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept<Id> {
    /// How many were removed.
    pub removed: u64,
    /// Where the next look goes on; `None` where this was the last one.
    pub next: Option<Id>,
}

impl<Id> Swept<Id> {
    /// The same, its rows called by another kind of id.
    pub(crate) fn map<Other>(self, kind: impl FnOnce(Id) -> Other) -> Swept<Other> {
        Swept { removed: self.removed, next: self.next.map(kind) }
    }
}
