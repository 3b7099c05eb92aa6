//! Answers of the Browse API. Each item is read on its own, and each of its lesser parts too: what is wrong
//! with one harms no other.

use std::borrow::Cow;

use bellwether_model::product::{Availability, Card, Currency, ListingId, Money, Offer, Site};
use bellwether_model::{Price, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits;
use super::text::{address, clean};
use crate::instant::instant;
use crate::{Allowance, Flaw, Malformed};

#[cfg(test)]
mod tests;

/// One page of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// In the order in which they stand.
    pub(super) items: Vec<Result<Offer, Flaw>>,
    pub(super) total: u64,
    pub(super) has_next: bool,
    /// What eBay warns of, in its words.
    pub(super) warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    total: u64,
    #[serde(borrow)]
    next: Option<&'a RawValue>,
    #[serde(borrow)]
    item_summaries: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    warnings: Option<&'a RawValue>,
}

/// The parts of an item that are of use. Only its id and title must be texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    item_id: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    price: Option<&'a RawValue>,
    #[serde(borrow)]
    shipping_options: Option<&'a RawValue>,
    #[serde(borrow)]
    image: Option<&'a RawValue>,
    #[serde(borrow)]
    thumbnail_images: Option<&'a RawValue>,
    #[serde(borrow)]
    item_web_url: Option<&'a RawValue>,
    #[serde(borrow)]
    condition: Option<&'a RawValue>,
    #[serde(borrow)]
    item_origin_date: Option<&'a RawValue>,
    #[serde(borrow)]
    item_creation_date: Option<&'a RawValue>,
    #[serde(borrow)]
    item_end_date: Option<&'a RawValue>,
    #[serde(borrow)]
    estimated_availabilities: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    #[serde(borrow)]
    image_url: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipping<'a> {
    #[serde(borrow)]
    shipping_cost: Option<Amount<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stock<'a> {
    #[serde(borrow)]
    estimated_availability_status: Option<Cow<'a, str>>,
}

/// Reads the answer to a search.
pub(super) fn page(site: Site, body: &[u8]) -> Result<Page, Malformed> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let summaries = answer.item_summaries.unwrap_or_default();
    Ok(Page {
        items: summaries.into_iter().map(|summary| summarised(site, summary)).collect(),
        total: answer.total,
        has_next: answer.next.is_some(),
        warnings: answer.warnings.map(|raw| super::answer::complaints(raw.get())).unwrap_or_default(),
    })
}

/// Reads a single item.
pub(super) fn item(site: Site, body: &[u8], now: Timestamp) -> Result<Offer, Malformed> {
    let item: Item<'_> = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let stocks: Vec<Stock<'_>> = read(item.estimated_availabilities).unwrap_or_default();
    let is_out = |stock: &Stock<'_>| stock.estimated_availability_status.as_deref() == Some("OUT_OF_STOCK");
    let mut offer = offer(site, &item)
        .map_err(|_| Malformed { reason: "an item without id, title or readable price".to_owned() })?;
    if offer.ends_at.is_some_and(|ends_at| ends_at <= now) {
        offer.availability = Availability::Ended;
    } else if !stocks.is_empty() && stocks.iter().all(is_out) {
        offer.availability = Availability::OutOfStock;
    }
    Ok(offer)
}

/// Reads what is left of the day's calls: the least of all resources of the Browse API.
pub(super) fn allowance(body: &[u8]) -> Result<Allowance, Malformed> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Limits<'a> {
        #[serde(borrow)]
        rate_limits: Vec<Api<'a>>,
    }
    #[derive(Deserialize)]
    struct Api<'a> {
        #[serde(borrow)]
        resources: Vec<Resource<'a>>,
    }
    #[derive(Deserialize)]
    struct Resource<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow, default)]
        rates: Vec<Rate<'a>>,
    }
    #[derive(Deserialize)]
    struct Rate<'a> {
        limit: u64,
        remaining: u64,
        #[serde(borrow)]
        reset: Option<Cow<'a, str>>,
    }
    let limits: Limits<'_> = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let resources = limits.rate_limits.into_iter().flat_map(|api| api.resources);
    let rates = resources.filter(|one| one.name == "buy.browse").flat_map(|one| one.rates);
    let least = rates
        .min_by_key(|rate| rate.remaining)
        .ok_or_else(|| Malformed { reason: "no rates of the Browse API".to_owned() })?;
    Ok(Allowance {
        limit: least.limit,
        remaining: least.remaining,
        resets_at: least.reset.as_deref().and_then(instant),
    })
}

fn summarised(site: Site, raw: &RawValue) -> Result<Offer, Flaw> {
    let item: Item<'_> = serde_json::from_str(raw.get()).map_err(|_| Flaw::Malformed)?;
    offer(site, &item)
}

fn offer(site: Site, item: &Item<'_>) -> Result<Offer, Flaw> {
    let id: ListingId = item.item_id.parse().map_err(|_| Flaw::Malformed)?;
    let title = clean(&item.title, limits::TITLE_CHARS);
    if title.is_empty() {
        return Err(Flaw::Malformed);
    }
    let price = match item.price {
        None => None,
        Some(raw) => Some(read(Some(raw)).and_then(money).ok_or(Flaw::Malformed)?),
    };
    let condition = read::<Cow<'_, str>>(item.condition).map(|word| clean(&word, limits::WORD_CHARS));
    let url = read::<Cow<'_, str>>(item.item_web_url).and_then(|url| address(&url));
    let time = |raw| read::<Cow<'_, str>>(raw).and_then(|text| instant(&text));
    Ok(Offer {
        card: Card {
            id,
            title,
            url,
            image: image(item),
            condition: condition.filter(|word| !word.is_empty()),
        },
        site,
        price,
        shipping: shipping(item, site.currency()),
        availability: Availability::Available,
        // When this listing began. What it was relisted from is told in searches alone.
        listed_at: time(item.item_creation_date).or_else(|| time(item.item_origin_date)),
        ends_at: time(item.item_end_date),
    })
}

/// The picture, or else the first of the small ones.
fn image(item: &Item<'_>) -> Option<String> {
    let image = read::<Image<'_>>(item.image).and_then(|image| address(&image.image_url));
    image.or_else(|| {
        let small: Vec<Image<'_>> = read(item.thumbnail_images)?;
        address(&small.first()?.image_url)
    })
}

/// The cheapest way in the site's currency, unless it is free.
fn shipping(item: &Item<'_>, currency: Currency) -> Option<Money> {
    let options: Vec<Shipping<'_>> = read(item.shipping_options)?;
    let costs = options.into_iter().filter_map(|option| option.shipping_cost);
    let own = costs.filter(|cost| cost.currency == currency.code());
    // Free shipping is an amount of nothing, which is no price.
    let prices: Option<Vec<Price>> = own.map(|cost| cost.value.parse().ok()).collect();
    prices?.into_iter().min().map(|value| Money { value, currency })
}

fn money(amount: Amount<'_>) -> Option<Money> {
    Some(Money { value: amount.value.parse().ok()?, currency: amount.currency.parse().ok()? })
}

fn malformed(error: &serde_json::Error) -> Malformed {
    Malformed { reason: error.to_string() }
}

fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}
