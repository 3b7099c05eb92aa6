//! The value of `filter`: `name:value` pairs with commas between them; sets are `{A|B}`, ranges `[1..5]`.

use super::error::Complaint;
use super::item::Item;
use super::money;
use super::site::Site;
use super::wares::CONDITIONS;

/// What items must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// In hundredths of the currency beside it.
    price: Option<(i64, i64, String)>,
    conditions: Vec<u16>,
    buying_options: Vec<String>,
    country: Option<String>,
    sellers: Vec<String>,
    excluded_sellers: Vec<String>,
    excluded_categories: Vec<String>,
    free_shipping: bool,
}

/// The names that eBay knows and that change nothing here.
const PASSED_OVER: [&str; 18] = [
    "bidCount",
    "charityOnly",
    "deliveryCountry",
    "deliveryOptions",
    "deliveryPostalCode",
    "guaranteedDeliveryInDays",
    "itemEndDate",
    "itemStartDate",
    "paymentMethods",
    "pickupCountry",
    "pickupPostalCode",
    "pickupRadius",
    "pickupRadiusUnit",
    "priorityListing",
    "qualifiedPrograms",
    "returnsAccepted",
    "searchInDescription",
    "sellerAccountTypes",
];

impl Filter {
    /// Reads the value. What cannot be read is complained of and left out.
    pub(super) fn read(text: &str) -> (Self, Vec<Complaint>) {
        let mut filter = Self::default();
        let (mut range, mut currency) = (None, None);
        let mut complaints = Vec::new();
        for pair in split(text) {
            let (name, value) = pair.split_once(':').unwrap_or((pair, ""));
            let taken = match name.trim() {
                "price" => self::range(value).map(|read| range = Some(read)),
                "priceCurrency" => {
                    let plain = value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase());
                    plain.then(|| currency = Some(value.to_owned()))
                }
                _ => filter.take(name.trim(), value),
            };
            if taken.is_none() {
                let message = "The 'filter' value is not valid. It was ignored.";
                complaints.push(Complaint::request(12_002, message).with("filter", pair));
            }
        }
        match (range, currency) {
            (Some((low, high)), Some(currency)) => filter.price = Some((low, high, currency)),
            (Some(_), None) => {
                let message = "The 'priceCurrency' filter is required with the 'price' filter.";
                complaints.push(Complaint::request(12_012, message));
            }
            (None, _) => {}
        }
        (filter, complaints)
    }

    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "conditions" => {
                for condition in set(value)? {
                    let new = matches!(condition, "NEW");
                    if !matches!(condition, "NEW" | "USED" | "UNSPECIFIED") {
                        return None;
                    }
                    let ids = CONDITIONS.iter().map(|(id, ..)| *id).chain([2_000, 1_750]);
                    self.conditions
                        .extend(ids.filter(|id| (*id < 2_000) == new && condition != "UNSPECIFIED"));
                }
            }
            "conditionIds" => {
                let ids: Option<Vec<u16>> = set(value)?.iter().map(|id| id.parse().ok()).collect();
                self.conditions.extend(ids?);
            }
            "buyingOptions" => {
                let options = set(value)?;
                let known = ["FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"];
                if !options.iter().all(|option| known.contains(option)) {
                    return None;
                }
                self.buying_options.extend(options.into_iter().map(str::to_owned));
            }
            "itemLocationCountry" => {
                let plain = value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase());
                self.country = Some(plain.then(|| value.to_owned())?);
            }
            "sellers" => self.sellers.extend(set(value)?.into_iter().map(str::to_owned)),
            "excludeSellers" => self.excluded_sellers.extend(set(value)?.into_iter().map(str::to_owned)),
            "excludeCategoryIds" => {
                self.excluded_categories.extend(set(value)?.into_iter().map(str::to_owned));
            }
            "maxDeliveryCost" => self.free_shipping = (value == "0").then_some(true)?,
            _ => return PASSED_OVER.contains(&name).then_some(()),
        }
        Some(())
    }

    /// Whether an item is like that, as `site` tells it.
    pub(super) fn admits(&self, item: &Item, site: Site) -> bool {
        self.admits_price(item, site)
            && (self.conditions.is_empty() || self.conditions.contains(&item.condition.0))
            && self.admits_options(item)
            && self.country.as_ref().is_none_or(|country| *country == item.country)
            && (self.sellers.is_empty() || self.sellers.contains(&item.seller.name))
            && !self.excluded_sellers.contains(&item.seller.name)
            && !item.categories.iter().any(|(id, _)| self.excluded_categories.contains(id))
            && !(self.free_shipping && item.shipping > 0)
    }

    fn admits_price(&self, item: &Item, site: Site) -> bool {
        let Some((low, high, currency)) = &self.price else { return true };
        let price = item.price_on(site);
        let price = money::converted(price, site.currency(), currency);
        price.is_some_and(|price| (*low..=*high).contains(&price))
    }

    /// Auctions are found only by those who ask for them.
    fn admits_options(&self, item: &Item) -> bool {
        let own = item.buying_options();
        if self.buying_options.is_empty() {
            return own.contains(&"FIXED_PRICE");
        }
        own.iter().any(|option| self.buying_options.iter().any(|wanted| wanted == option))
    }
}

/// The pairs: commas within braces and brackets separate nothing.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|letter: char| {
        depth += match letter {
            '{' | '[' => 1,
            '}' | ']' => -1,
            _ => 0,
        };
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|pair| !pair.is_empty())
    .collect()
}

fn set(value: &str) -> Option<Vec<&str>> {
    let inner = value.strip_prefix('{')?.strip_suffix('}')?;
    let members: Vec<_> = inner.split('|').map(str::trim).collect();
    members.iter().all(|member| !member.is_empty()).then_some(members)
}

/// `[lo..hi]`, `[lo]`, `[lo..]`, `[..hi]` in hundredths.
fn range(value: &str) -> Option<(i64, i64)> {
    let inner = value.strip_prefix('[')?.strip_suffix(']')?;
    let (low, high) = inner.split_once("..").unwrap_or((inner, ""));
    if low.is_empty() && high.is_empty() {
        return None;
    }
    let low = if low.is_empty() { 0 } else { money::cents(low)? };
    let high = if high.is_empty() { i64::MAX } else { money::cents(high)? };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_complained_of() {
        let check = |text: &str, expected: &[u64]| {
            let (_, complaints) = Filter::read(text);
            let ids: Vec<_> = complaints.iter().filter_map(|one| one.told()["errorId"].as_u64()).collect();
            assert_eq!(ids, expected, "{text}");
        };
        check("", &[]);
        check("price:[10..50],priceCurrency:USD", &[]);
        check("price:[..50.5],priceCurrency:USD,conditions:{NEW|USED},buyingOptions:{AUCTION}", &[]);
        check("conditionIds:{1000|3000},itemLocationCountry:US,deliveryCountry:US", &[]);
        check("price:[10..50]", &[12_012]);
        check("price:[..],priceCurrency:USD", &[12_002]);
        check("price:10,priceCurrency:USD", &[12_002]);
        check("conditions:NEW", &[12_002]);
        check("conditions:{SHINY}", &[12_002]);
        check("colour:{RED},buyingOptions:{BARTER}", &[12_002, 12_002]);
    }
}
