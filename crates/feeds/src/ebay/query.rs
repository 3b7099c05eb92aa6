//! What is asked: paths and queries.

use bellwether_model::product::{ItemCondition, ListingId, Search};

use super::limits;
use crate::rest::percent_encoded;

/// What is left of the day's calls.
pub(super) const ALLOWANCE: &str = "/developer/analytics/v1_beta/rate_limit/?api_name=browse&api_context=buy";

/// Items of one page where about so many are wanted.
pub(super) fn page_size(most: usize) -> usize {
    most.clamp(*limits::PAGE_ITEMS.start(), *limits::PAGE_ITEMS.end())
}

/// One page of a search, by ascending price.
pub(super) fn search(search: &Search, limit: usize, offset: usize) -> String {
    let mut path = format!(
        "/buy/browse/v1/item_summary/search?q={}&filter={}&sort=price&limit={limit}",
        percent_encoded(&search.query),
        percent_encoded(&filter(search)),
    );
    if let Some(category) = &search.category {
        path.push_str("&category_ids=");
        path.push_str(&percent_encoded(category));
    }
    if offset > 0 {
        path.push_str(&format!("&offset={offset}"));
    }
    path
}

/// One item.
pub(super) fn item(id: &ListingId) -> String {
    format!("/buy/browse/v1/item/{}", percent_encoded(id.as_str()))
}

fn filter(search: &Search) -> String {
    let mut parts = vec!["buyingOptions:{FIXED_PRICE}".to_owned()];
    let price = match (search.min_price, search.max_price) {
        (None, None) => None,
        (Some(low), None) => Some(format!("{low}..")),
        (None, Some(high)) => Some(format!("..{high}")),
        (Some(low), Some(high)) => Some(format!("{low}..{high}")),
    };
    if let Some(price) = price {
        parts.push(format!("price:[{price}],priceCurrency:{}", search.currency()));
    }
    match search.condition {
        Some(ItemCondition::New) => parts.push("conditions:{NEW}".to_owned()),
        Some(ItemCondition::Used) => parts.push("conditions:{USED}".to_owned()),
        None => {}
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use bellwether_model::product::Site;

    use super::*;

    #[test]
    fn a_search_is_asked_with_its_filters() {
        let mut wanted = Search {
            query: "gravel bike & 56%".to_owned(),
            site: Site::EbayGb,
            min_price: None,
            max_price: None,
            condition: None,
            category: None,
        };
        let check = |wanted: &Search, offset: usize, expected: &str| {
            let path = search(wanted, 50, offset);
            let (_, query) = path.split_once('?').unwrap();
            assert_eq!(
                query
                    .replace("%3A", ":")
                    .replace("%2C", ",")
                    .replace("%7B", "{")
                    .replace("%7D", "}")
                    .replace("%5B", "[")
                    .replace("%5D", "]"),
                expected
            );
        };
        let words = "q=gravel%20bike%20%26%2056%25";
        check(&wanted, 0, &format!("{words}&filter=buyingOptions:{{FIXED_PRICE}}&sort=price&limit=50"));
        wanted.max_price = Some("900.50".parse().unwrap());
        wanted.condition = Some(ItemCondition::Used);
        wanted.category = Some("177831".to_owned());
        check(
            &wanted,
            100,
            &format!(
                "{words}&filter=buyingOptions:{{FIXED_PRICE}},price:[..900.5],priceCurrency:GBP,conditions:{{USED}}&sort=price&limit=50&category_ids=177831&offset=100"
            ),
        );
        wanted.min_price = Some("5".parse().unwrap());
        assert!(filter(&wanted).contains("price:[5..900.5],"), "{}", filter(&wanted));
    }

    #[test]
    fn the_bar_of_an_id_is_encoded() {
        assert_eq!(item(&"v1|110|0".parse().unwrap()), "/buy/browse/v1/item/v1%7C110%7C0");
    }

    #[test]
    fn pages_are_neither_small_nor_larger_than_ebay_gives() {
        assert_eq!([0, 20, 50, 200, 900].map(page_size), [20, 20, 50, 200, 200]);
    }
}
