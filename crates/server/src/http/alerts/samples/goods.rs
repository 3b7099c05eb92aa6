//! Listings that are made up, for the message of an alert on products.

use bellwether_model::product::{
    Card, DigestItem, DigestReport, InsightsReport, ListingCondition, ListingEvent, ListingEvidence,
    ListingsReport, Mark, Money, Moved, PricePoint, ProductWatch, Report, Search,
};
use bellwether_model::{Percent, Price, Shift, Timestamp, figures};

use super::{some_price, step};

/// A day in microseconds.
const DAY_US: i64 = 86_400_000_000;

/// What a product alert could tell now.
pub(super) fn report(watch: &ProductWatch, now: Timestamp) -> Report {
    let search = watch.search().clone();
    let goods = Goods::of(watch.search());
    match watch {
        ProductWatch::Search(watch) => {
            let condition = watch.conditions.first().copied().unwrap_or(ListingCondition::Listed);
            Report::Listings(ListingsReport { events: vec![goods.event(condition, now)], search, time: now })
        }
        ProductWatch::Digest(watch) => {
            let shown = usize::try_from(watch.top).unwrap_or(usize::MAX).min(goods.prices.len());
            let total = u64::try_from(goods.prices.len()).unwrap_or(0).max(u64::from(watch.top));
            let items = (0..shown).map(|index| goods.item(index)).collect();
            Report::Digest(DigestReport { search, slot: now, as_of: Some(now), total, items, left_out: 0 })
        }
        ProductWatch::Insights(watch) => {
            let [least, middle, _] = goods.prices;
            Report::Insights(Box::new(InsightsReport {
                search,
                slot: now,
                as_of: Some(now),
                look_back: watch.look_back,
                drop_percent: watch.drop_percent,
                count: 3,
                minimum: Some(least),
                median: Some(middle),
                mean: Some(middle),
                all_time_low: Some(PricePoint { time: now, price: least }),
                goodness: None,
                drops: vec![goods.moved(watch.drop_percent)],
                rises: Vec::new(),
                new_cheapest: None,
                gone: None,
                best: (0..goods.prices.len()).map(|index| goods.item(index)).collect(),
                chart: vec![
                    PricePoint { time: Timestamp::from_micros(now.micros() - DAY_US), price: middle },
                    PricePoint { time: now, price: least },
                ],
                elsewhere: Vec::new(),
            }))
        }
    }
}

/// Three listings that the search could find, the cheapest first.
struct Goods<'a> {
    search: &'a Search,
    prices: [Price; 3],
}

impl<'a> Goods<'a> {
    fn of(search: &'a Search) -> Self {
        let dearest = search.max_price.or(search.min_price).unwrap_or_else(some_price);
        let less = |price| figures::moved(price, step(), false).unwrap_or(price);
        // Upwards from the least that is wanted, downwards from the most.
        let prices = match search.max_price {
            Some(_) => [less(less(dearest)), less(dearest), dearest],
            None => {
                let more = |price| figures::moved(price, step(), true).unwrap_or(price);
                [dearest, more(dearest), more(more(dearest))]
            }
        };
        Self { search, prices }
    }

    fn money(&self, value: Price) -> Money {
        Money { value, currency: self.search.currency() }
    }

    fn card(&self, index: usize) -> Card {
        Card {
            id: format!("sample-{}", index + 1).parse().expect("it is of visible characters"),
            title: format!("{} (sample {})", self.search.query, index + 1),
            url: None,
            image: None,
            condition: None,
        }
    }

    fn item(&self, index: usize) -> DigestItem {
        let mark = (index == 0).then_some(Mark::New);
        DigestItem { listing: self.card(index), price: self.money(self.prices[index]), shipping: None, mark }
    }

    fn event(&self, condition: ListingCondition, now: Timestamp) -> ListingEvidence {
        let event = condition.event();
        let (mut price, mut previous) = (self.prices[0], self.prices[1]);
        let (mut reference, mut asked, mut threshold) = (None, None, None);
        match condition {
            ListingCondition::PriceDrop { percent } => {
                previous = self.prices[2];
                price = figures::moved(previous, Shift::Percent(percent), false).unwrap_or(price);
                (reference, asked) = (Some(previous), Some(percent));
            }
            ListingCondition::Below { price: most } => {
                (price, threshold) = (most, Some(most));
                previous = figures::moved(most, step(), true).unwrap_or(most);
            }
            ListingCondition::Listed | ListingCondition::Restocked | ListingCondition::Ended => {}
        }
        ListingEvidence {
            event,
            listing: self.card(0),
            time: now,
            price: Some(self.money(price)),
            previous_price: (event != ListingEvent::Listed).then(|| self.money(previous)),
            reference,
            percent: asked,
            threshold,
        }
    }

    fn moved(&self, by: Percent) -> Moved {
        let was = self.prices[1];
        let now = figures::moved(was, Shift::Percent(by), false).unwrap_or(was);
        Moved { listing: self.card(0), was, now, percent: by.to_string() }
    }
}
