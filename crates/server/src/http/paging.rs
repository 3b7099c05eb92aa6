//! How lists are answered.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PageOf<T> {
    /// The items of this page, in the list's order.
    pub(super) items: Vec<T>,
    /// The number of this page, from 1.
    pub(super) page: u32,
    /// Items that a page has.
    pub(super) page_size: u32,
    /// Items in the whole list.
    pub(super) total: u64,
    /// The address of the next page, relative to this server; null on the last one.
    #[schema(example = "/api/alerts?page=2")]
    pub(super) next: Option<String>,
}

/// A stretch of a long list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StretchOf<T> {
    /// The items, newest first.
    pub(super) items: Vec<T>,
    /// Items that a page has.
    pub(super) page_size: u32,
    /// Items in the whole list, counted up to 10,000.
    pub(super) total: u64,
    /// Whether the count stopped at 10,000 and there are more.
    pub(super) total_capped: bool,
    /// The address of the items after these, relative to this server; null at the end.
    #[schema(example = "/api/fires?after=0198c0de-0000-7000-8000-000000000000")]
    pub(super) next: Option<String>,
}
