//! Whether what happened to a listing fires a search alert.

use bellwether_model::product::{
    Availability, Change, ListingCondition, ListingEvent, ListingEvidence, SearchWatch,
};
use bellwether_model::{Price, Shift, Side};

use super::offers::{price_of, within};
use super::title::TitleFilter;
use crate::exact::Exact;

/// The evidence of the first condition, in the order of its user, that an observation meets.
///
/// `reference` is the price last reported to this alert for this listing, or else the first that the alert saw;
/// nothing where it saw none before this observation. The baseline (the first observation of a search after
/// arming) is not to be judged.
#[must_use]
pub fn judge(watch: &SearchWatch, change: &Change, reference: Option<Price>) -> Option<ListingEvidence> {
    let seen = Seen::new(watch, change, reference);
    let met = watch.conditions.iter().copied().find(|condition| seen.meets(*condition))?;
    // Last, since it costs the most and hardly any observation comes this far.
    if !TitleFilter::new(&watch.include, &watch.exclude).passes(&change.offer.card.title) {
        return None;
    }
    let mut evidence = ListingEvidence {
        event: met.event(),
        listing: change.offer.card.clone(),
        time: change.time,
        price: change.offer.price,
        previous_price: change.before.and_then(|before| before.price),
        reference: None,
        percent: None,
        threshold: None,
    };
    match met {
        ListingCondition::PriceDrop { percent } => {
            evidence.reference = reference;
            evidence.percent = Some(percent);
        }
        ListingCondition::Below { price } => evidence.threshold = Some(price),
        // A marketplace may name no price of what is gone.
        ListingCondition::Ended => evidence.price = evidence.price.or(evidence.previous_price),
        ListingCondition::Listed | ListingCondition::Restocked => {}
    }
    debug_assert!(evidence.event != ListingEvent::PriceDrop || evidence.reference.is_some());
    Some(evidence)
}

/// An observation, as conditions look at it.
struct Seen {
    is_new: bool,
    now: Availability,
    before: Option<Availability>,
    /// The price now, where it is in the search's currency and the listing is there.
    price: Option<Price>,
    price_before: Option<Price>,
    reference: Option<Price>,
    /// Whether the price is within what is searched for.
    within: bool,
}

impl Seen {
    fn new(watch: &SearchWatch, change: &Change, reference: Option<Price>) -> Self {
        let currency = watch.search.currency();
        let now = change.offer.availability;
        let price = price_of(&change.offer, &watch.search).filter(|_| now != Availability::Ended);
        let price_before = change.before.and_then(|before| before.price?.of(currency));
        Self {
            is_new: change.before.is_none(),
            now,
            before: change.before.map(|before| before.availability),
            price,
            price_before,
            reference,
            within: within(&change.offer, &watch.search),
        }
    }

    fn meets(&self, condition: ListingCondition) -> bool {
        use Availability::{Available, Ended};
        match condition {
            ListingCondition::Ended => self.now == Ended && self.before.is_some_and(|before| before != Ended),
            // What is outside the search's own bounds is none of its listings.
            _ if !self.within => false,
            ListingCondition::Listed => self.is_new && self.now != Ended,
            ListingCondition::PriceDrop { percent } => {
                self.price.zip(self.reference).is_some_and(|(price, reference)| {
                    Exact::reaches(price, reference, Shift::Percent(percent), Side::Down)
                })
            }
            ListingCondition::Below { price: limit } => {
                let was = self.price_before.is_some_and(|before| before <= limit);
                self.price.is_some_and(|price| price <= limit) && !was
            }
            ListingCondition::Restocked => {
                self.now == Available && self.before.is_some_and(|before| before != Available)
            }
        }
    }
}
