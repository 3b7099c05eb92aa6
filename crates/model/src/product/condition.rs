//! What must happen to a listing for a search alert to fire.

use serde::{Deserialize, Serialize};

use super::ListingEvent;
use crate::input::{Faults, Node};
use crate::{Percent, Price};

/// What must happen to a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ListingCondition {
    /// An item that was never seen for this search.
    Listed,
    /// A listing's price falls by at least so many percent from the price last reported to this alert, or else
    /// first seen by it.
    PriceDrop {
        /// How many.
        percent: Percent,
    },
    /// A listing's price is at most this and was not, or was never seen, before.
    Below {
        /// The price, in the currency of the search.
        price: Price,
    },
    /// A listing can be bought again.
    Restocked,
    /// The marketplace says that a listing is gone.
    Ended,
}

impl ListingCondition {
    /// The event that it waits for.
    #[must_use]
    pub const fn event(self) -> ListingEvent {
        match self {
            ListingCondition::Listed => ListingEvent::Listed,
            ListingCondition::PriceDrop { .. } => ListingEvent::PriceDrop,
            ListingCondition::Below { .. } => ListingEvent::Below,
            ListingCondition::Restocked => ListingEvent::Restocked,
            ListingCondition::Ended => ListingEvent::Ended,
        }
    }

    /// The condition in words, as in "tell me of ...".
    #[must_use]
    pub fn words(self) -> String {
        match self {
            ListingCondition::Listed => "new listings".to_owned(),
            ListingCondition::PriceDrop { percent } => format!("price drops of {percent} % and more"),
            ListingCondition::Below { price } => format!("offers at {price} or less"),
            ListingCondition::Restocked => "listings that are back in stock".to_owned(),
            ListingCondition::Ended => "listings that end".to_owned(),
        }
    }

    pub(super) fn from_input(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = faults.object(node)?;
        let kind = fields.word(faults, "type", &["listed", "price_drop", "below", "restocked", "ended"]);
        let condition = match kind {
            Some("listed") => Some(ListingCondition::Listed),
            Some("price_drop") => {
                if !fields.has("percent") {
                    faults.add("percent", "required", "is required");
                }
                let percent = fields.decimal::<Percent>(faults, "percent");
                if percent.is_some_and(|percent| !percent.can_fall()) {
                    faults.add("percent", "range", "must be below 100: no price falls further");
                }
                percent
                    .filter(|percent| percent.can_fall())
                    .map(|percent| ListingCondition::PriceDrop { percent })
            }
            Some("below") => {
                if !fields.has("price") {
                    faults.add("price", "required", "is required");
                }
                fields.price(faults, "price").map(|price| ListingCondition::Below { price })
            }
            Some("restocked") => Some(ListingCondition::Restocked),
            Some(_) => Some(ListingCondition::Ended),
            None => return None,
        };
        fields.finish(faults);
        condition
    }
}
