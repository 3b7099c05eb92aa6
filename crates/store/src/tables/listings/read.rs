//! Listings as they are shown.

use std::cmp::Ordering;

use bellwether_model::product::{Currency, ListingId, Money, Search, Site};
use bellwether_model::{SearchId, Timestamp, UserId};

use super::cells;
use crate::error::StoreError;
use crate::listing::{FoundListing, Listing, ListingOrder, ListingPrice};
use crate::page::{Listed, Page};
use crate::sql::{Conditions, Db, Rows, json, sql};

pub(super) async fn one(
    db: &mut Db<'_>,
    id: ListingId,
    site: Option<Site>,
) -> Result<Option<Listing>, StoreError> {
    let mut wanted = Conditions::new();
    let sites = Site::ALL.into_iter().filter(|known| site.is_none_or(|site| site == *known));
    wanted.any_of("site", sites.map(|site| site.name().into()));
    wanted.equal("listing_id", id.as_str());
    let head = format!("SELECT {} FROM listings", cells::COLUMNS);
    wanted.select(&head, "ORDER BY observed_at DESC, site LIMIT 1").first(db, cells::read_listing).await
}

pub(super) async fn picture(
    db: &mut Db<'_>,
    user: UserId,
    id: ListingId,
    site: Option<Site>,
) -> Result<Option<String>, StoreError> {
    let mut wanted = Conditions::new();
    let sites = Site::ALL.into_iter().filter(|known| site.is_none_or(|site| site == *known));
    wanted.any_of("l.site", sites.map(|site| site.name().into()));
    wanted.equal("l.listing_id", id.as_str());
    wanted.on(user, |user| {
        format!(
            "EXISTS (SELECT 1 FROM search_listings s JOIN alerts a ON a.search_id = s.search_id
                WHERE s.listing = l.number AND a.user_id = {user} AND a.status <> 'deleted')"
        )
    });
    let newest =
        wanted.select("SELECT l.image FROM listings l", "ORDER BY l.observed_at DESC, l.site LIMIT 1");
    let found = newest.first(db, |row| Ok(row.maybe_text()?.map(str::to_owned))).await?;
    Ok(found.flatten())
}

pub(super) async fn prices(
    db: &mut Db<'_>,
    id: ListingId,
    site: Site,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ListingPrice>, StoreError> {
    let mut prices: Vec<ListingPrice> = sql("SELECT p.observed_at, p.price, p.currency, p.availability
        FROM listings l JOIN listing_prices p ON p.listing = l.number
        WHERE l.site = $1 AND l.listing_id = $2 AND p.observed_at < $4 AND p.observed_at >= COALESCE(
            (SELECT MAX(q.observed_at) FROM listing_prices q
                WHERE q.listing = l.number AND q.observed_at <= $3), $3)
        ORDER BY p.observed_at")
    .bind(site.name())
    .bind(id.as_str())
    .bind(from)
    .bind(to)
    .all(db, |row| {
        Ok(ListingPrice {
            observed_at: row.time()?,
            price: cells::read_money(row)?,
            availability: cells::read_availability(row)?,
        })
    })
    .await?;
    // Where two were told of one instant the second took the place of the first, and may be as what was before.
    prices.dedup_by_key(|price| (price.price, price.availability));
    Ok(prices)
}

/// A listing of a search, by what lists are put in order by.
struct Place {
    number: i64,
    price: Option<Money>,
    first_seen_at: Timestamp,
}

/// Prices are texts, so the order is found here, of numbers and prices alone; only the page is read whole.
pub(super) async fn page(
    db: &mut Db<'_>,
    search: SearchId,
    order: ListingOrder,
    page: Page,
) -> Result<Listed<FoundListing>, StoreError> {
    let currency = sql("SELECT spec FROM searches WHERE id = $1")
        .bind(search)
        .first(db, |row| Ok(json::read::<Search>(row.text()?, "a search")?.currency()))
        .await?;
    let Some(currency) = currency else { return Ok(Listed { items: Vec::new(), total: 0 }) };
    let mut places = sql("SELECT s.listing, l.price, l.currency, s.first_seen_at
        FROM search_listings s JOIN listings l ON l.number = s.listing
        WHERE s.search_id = $1 AND s.gone_at IS NULL")
    .bind(search)
    .all(db, |row| {
        Ok(Place { number: row.int()?, price: cells::read_money(row)?, first_seen_at: row.time()? })
    })
    .await?;
    places.sort_unstable_by(|a, b| match order {
        ListingOrder::Price => by_price(a, b, currency),
        ListingOrder::Newest => (b.first_seen_at, b.number).cmp(&(a.first_seen_at, a.number)),
    });
    let total = u64::try_from(places.len()).unwrap_or(u64::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let before = size.saturating_mul(usize::try_from(page.number.saturating_sub(1)).unwrap_or(usize::MAX));
    let wanted: Vec<i64> = places.into_iter().skip(before).take(size).map(|place| place.number).collect();
    let statement = format!(
        "SELECT l.number, {}, s.first_seen_at, s.last_seen_at FROM rows CROSS JOIN search_listings s
            JOIN listings l ON l.number = s.listing
        WHERE s.search_id = rows.search_id AND s.listing = rows.number",
        cells::qualified("l")
    );
    let mut found: std::collections::HashMap<i64, FoundListing> =
        Rows::of(["search_id", "number"], &wanted, |number| [search.into(), (*number).into()])
            .all(db, &statement, |row| {
                let number = row.int()?;
                let listing = cells::read_listing(row)?;
                let found = FoundListing { listing, first_seen_at: row.time()?, last_seen_at: row.time()? };
                Ok((number, found))
            })
            .await?
            .into_iter()
            .collect();
    Ok(Listed { items: wanted.iter().filter_map(|number| found.remove(number)).collect(), total })
}

fn by_price(a: &Place, b: &Place, currency: Currency) -> Ordering {
    let price = |place: &Place| place.price.and_then(|money| money.of(currency));
    let order = match (price(a), price(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    order.then(a.number.cmp(&b.number))
}
