//! Listings in the columns of their rows.

use bellwether_model::product::{Availability, Card, Money, Offer};

use crate::error::StoreError;
use crate::listing::Listing;
use crate::sql::{Cells, Value};

/// The columns of a whole listing, in the order in which [`read_listing`] reads them; those up to `ends_at`
/// are of its offer.
pub(crate) const COLUMNS: &str = "site, listing_id, title, url, image, condition, price, currency, shipping,
    shipping_currency, availability, listed_at, ends_at, first_seen_at, observed_at, event_at";

/// The same, of a table under another name.
pub(crate) fn qualified(table: &str) -> String {
    let columns: Vec<String> =
        COLUMNS.split(',').map(|column| format!("{table}.{}", column.trim())).collect();
    columns.join(", ")
}

pub(crate) fn read_listing(row: &mut Cells<'_>) -> Result<Listing, StoreError> {
    Ok(Listing {
        offer: read_offer(row)?,
        first_seen_at: row.time()?,
        observed_at: row.time()?,
        event_at: row.maybe_time()?,
    })
}

pub(crate) fn read_offer(row: &mut Cells<'_>) -> Result<Offer, StoreError> {
    let site = row.parsed("a marketplace")?;
    let card = Card {
        id: row.parsed("the id of a listing")?,
        title: row.text()?.to_owned(),
        url: row.maybe_text()?.map(str::to_owned),
        image: row.maybe_text()?.map(str::to_owned),
        condition: row.maybe_text()?.map(str::to_owned),
    };
    Ok(Offer {
        card,
        site,
        price: read_money(row)?,
        shipping: read_money(row)?,
        availability: read_availability(row)?,
        listed_at: row.maybe_time()?,
        ends_at: row.maybe_time()?,
    })
}

/// An amount and its currency, both or none.
pub(crate) fn read_money(row: &mut Cells<'_>) -> Result<Option<Money>, StoreError> {
    let value = row.maybe_parsed("a listing's price")?;
    let currency = row.maybe_parsed("a listing's currency")?;
    Ok(value.zip(currency).map(|(value, currency)| Money { value, currency }))
}

pub(crate) fn read_availability(row: &mut Cells<'_>) -> Result<Availability, StoreError> {
    match row.text()? {
        "available" => Ok(Availability::Available),
        "out_of_stock" => Ok(Availability::OutOfStock),
        "ended" => Ok(Availability::Ended),
        _ => Err(StoreError::Corrupt { what: "whether a listing can be bought".into() }),
    }
}

pub(crate) fn price(money: Option<Money>) -> Value {
    money.map(|money| money.value.to_string()).into()
}

pub(crate) fn currency(money: Option<Money>) -> Value {
    money.map(|money| money.currency.to_string()).into()
}

pub(crate) fn availability(availability: Availability) -> Value {
    match availability {
        Availability::Available => "available",
        Availability::OutOfStock => "out_of_stock",
        Availability::Ended => "ended",
    }
    .into()
}

/// A stranger's text: PostgreSQL keeps no zero characters.
pub(super) fn text(text: &str) -> Value {
    text.replace('\0', "").into()
}

pub(super) fn maybe_text(text: Option<&String>) -> Value {
    text.map(|text| text.replace('\0', "")).into()
}
