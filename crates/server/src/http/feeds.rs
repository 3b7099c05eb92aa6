//! Feeds of ticks that users push.

pub(super) mod change_feed;
pub(super) mod list_feeds;

use bellwether_model::Timestamp;
use bellwether_store::push_feed::PushFeed;
use serde::Serialize;
use utoipa::ToSchema;

/// A feed of one's own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PushFeed)]
pub(super) struct FeedView {
    /// Its instruments are `push:`, this, a slash and a symbol.
    #[schema(example = "my-feed")]
    name: String,
    /// Whether others may watch its instruments.
    published: bool,
    /// When it was first pushed to.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<PushFeed> for FeedView {
    fn from(feed: PushFeed) -> Self {
        let PushFeed { name, published, created_at, owner: _ } = feed;
        Self { name, published, created_at }
    }
}
