//! What a search has found so far, page after page.

use std::collections::{BTreeMap, HashSet};

use bellwether_model::product::{ListingId, Offer, Search};

use super::parse::Page;
use crate::{Flaw, SearchPage};

/// The pages of one search, put together.
pub(super) struct Found<'a> {
    search: &'a Search,
    ids: HashSet<ListingId>,
    page: SearchPage,
    /// Whether eBay said that the last page has a successor.
    goes_on: bool,
}

impl<'a> Found<'a> {
    pub(super) fn new(search: &'a Search) -> Self {
        Self { search, ids: HashSet::new(), page: SearchPage::default(), goes_on: false }
    }

    /// Adds a page.
    pub(super) fn take(&mut self, page: Page) {
        self.page.calls += 1;
        self.page.total = page.total;
        self.goes_on = page.has_next;
        for warning in page.warnings {
            if !self.page.warnings.contains(&warning) {
                self.page.warnings.push(warning);
            }
        }
        for item in page.items {
            match item.and_then(|offer| self.new_one(offer)) {
                Ok(offer) => {
                    if let Some(flaw) = self.blemish(&offer) {
                        self.count(flaw);
                    }
                    self.page.offers.push(offer);
                }
                Err(flaw) => self.count(flaw),
            }
        }
    }

    /// All that was found.
    pub(super) fn finish(mut self) -> SearchPage {
        self.page.is_whole = !self.goes_on;
        self.page
    }

    fn new_one(&mut self, offer: Offer) -> Result<Offer, Flaw> {
        if !self.ids.insert(offer.card.id.clone()) {
            return Err(Flaw::Duplicate);
        }
        let price = offer.price.and_then(|price| price.of(self.search.currency()));
        let too_low = price.zip(self.search.min_price).is_some_and(|(price, low)| price < low);
        let too_high = price.zip(self.search.max_price).is_some_and(|(price, high)| price > high);
        if too_low || too_high { Err(Flaw::OutOfRange) } else { Ok(offer) }
    }

    fn blemish(&self, offer: &Offer) -> Option<Flaw> {
        match offer.price {
            None => Some(Flaw::NoPrice),
            Some(price) if price.currency != self.search.currency() => Some(Flaw::OtherCurrency),
            Some(_) => None,
        }
    }

    fn count(&mut self, flaw: Flaw) {
        let flaws: &mut BTreeMap<_, _> = &mut self.page.flaws;
        *flaws.entry(flaw).or_insert(0) += 1;
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::product::Site;
    use serde_json::{Value, json};

    use super::*;
    use crate::ebay::parse;

    fn page(items: &[(&str, Value)], has_next: bool) -> Page {
        let item = |(id, price): &(&str, Value)| json!({"itemId": id, "title": "x", "price": price});
        let items: Vec<_> = items.iter().map(item).collect();
        let next = has_next.then_some("https://x");
        let body =
            json!({"total": 9, "itemSummaries": items, "next": next, "warnings": [{"message": "ignored"}]});
        parse::page(Site::EbayUs, body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn pages_are_put_together_and_what_is_wrong_is_counted() {
        let search = Search {
            query: "x".to_owned(),
            site: Site::EbayUs,
            min_price: Some("5".parse().unwrap()),
            max_price: Some("20".parse().unwrap()),
            condition: None,
            category: None,
        };
        let usd = |value: &str| json!({"value": value, "currency": "USD"});
        let mut found = Found::new(&search);
        // A filter that eBay ignored lets anything through.
        found.take(page(&[("v1|1|0", usd("5.00")), ("v1|2|0", usd("4.99")), ("v1|3|0", usd("20.01"))], true));
        found.take(page(
            &[
                ("v1|1|0", usd("6.00")),
                ("v1|4|0", usd("20.00")),
                ("v1|5|0", Value::Null),
                ("v1|6|0", json!({"value": "999999", "currency": "JPY"})),
                ("", usd("7.00")),
            ],
            false,
        ));
        let page = found.finish();
        let ids: Vec<_> = page.offers.iter().map(|offer| offer.card.id.as_str()).collect();
        assert_eq!(ids, ["v1|1|0", "v1|4|0", "v1|5|0", "v1|6|0"]);
        assert_eq!((page.total, page.calls, page.is_whole), (9, 2, true));
        assert_eq!(page.warnings, ["ignored"]);
        let expected = [
            (Flaw::NoPrice, 1),
            (Flaw::OtherCurrency, 1),
            (Flaw::Malformed, 1),
            (Flaw::Duplicate, 1),
            (Flaw::OutOfRange, 2),
        ];
        assert_eq!(page.flaws, expected.into_iter().collect());
    }
}
