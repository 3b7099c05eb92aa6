//! A recorded answer to a search as a catalogue: its items are told as they were, but for the price, which
//! may be changed.

use std::path::Path;

use serde_json::Value;

use super::goods::GoodsError;
use super::item::{Item, News, Seller, Selling};
use super::money;
use super::site::Site;

/// The items of the page at `path`.
pub(super) fn read(path: &Path, now_us: i64) -> Result<Vec<Item>, GoodsError> {
    let bytes = std::fs::read(path).map_err(|error| GoodsError::Read(path.to_owned(), error))?;
    let form = |reason: String| GoodsError::Form { path: path.to_owned(), reason };
    let page: Value = serde_json::from_slice(&bytes).map_err(|error| form(error.to_string()))?;
    let summaries = page["itemSummaries"].as_array().ok_or_else(|| form("no itemSummaries".to_owned()))?;
    let mut items = Vec::new();
    for (place, summary) in summaries.iter().enumerate() {
        let item = item(summary, place, now_us).ok_or_else(|| form(format!("item {place} is no item")))?;
        items.push(item);
    }
    Ok(items)
}

/// An item out of its summary. Best Match shows them in the recorded order.
fn item(summary: &Value, place: usize, now_us: i64) -> Option<Item> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let site = summary["listingMarketplaceId"].as_str().and_then(Site::named).unwrap_or(Site::EbayUs);
    let created_us = summary["itemCreationDate"].as_str().and_then(instant_us).unwrap_or(now_us);
    let shipping = summary["shippingOptions"][0]["shippingCost"]["value"].as_str().and_then(money::cents);
    let categories = summary["categories"].as_array().map(Vec::as_slice).unwrap_or_default();
    let category = |one: &Value| Some((text(&one["categoryId"])?, text(&one["categoryName"])?));
    let options = summary["buyingOptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    Some(Item {
        id: text(&summary["itemId"])?,
        title: text(&summary["title"])?,
        site,
        price: summary["price"]["value"].as_str().and_then(money::cents)?,
        currency: text(&summary["price"]["currency"])?,
        original: summary["marketingPrice"]["originalPrice"]["value"].as_str().and_then(money::cents),
        shipping: shipping.unwrap_or(0),
        condition: (
            summary["conditionId"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0),
            text(&summary["condition"]).unwrap_or_default(),
        ),
        categories: categories.iter().filter_map(category).collect(),
        seller: Seller {
            name: text(&summary["seller"]["username"]).unwrap_or_default(),
            feedback: 1_000,
            score: number(&summary["seller"]["feedbackScore"]),
        },
        country: text(&summary["itemLocation"]["country"]).unwrap_or_default(),
        postal_code: text(&summary["itemLocation"]["postalCode"]).unwrap_or_default(),
        selling: Selling::Fixed { best_offer: options.iter().any(|option| option == "BEST_OFFER") },
        created_us,
        origin_us: created_us,
        end_us: summary["itemEndDate"].as_str().and_then(instant_us),
        stock: 1,
        sold: 0,
        revision: 0,
        ended: None,
        rank: u64::try_from(place).unwrap_or(u64::MAX),
        by_hand: true,
        oddity: None,
        recorded: Some(summary.clone()),
        news: News::default(),
    })
}

fn instant_us(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}
