//! What digests and insights look at.

use std::collections::HashMap;

use bellwether_model::product::{Held, Money, PricePoint, Search, Traced};
use bellwether_model::{SearchId, Timestamp};

use crate::error::StoreError;
use crate::sql::{Db, json, sql, sql_of};
use crate::tables::listings::{qualified, read_listing, read_money};

/// When the marketplace was last asked. Read before the listings: they are of then, or newer.
async fn polled_at(db: &mut Db<'_>, search: SearchId) -> Result<Option<Timestamp>, StoreError> {
    let found = sql("SELECT polled_at FROM searches WHERE id = $1").bind(search);
    Ok(found.first(db, |row| row.maybe_time()).await?.flatten())
}

pub(super) async fn held(
    db: &mut Db<'_>,
    search: SearchId,
    since: Option<Timestamp>,
) -> Result<(Vec<Held>, Option<Timestamp>), StoreError> {
    let polled_at = polled_at(db, search).await?;
    let then = match since {
        Some(since) => prices_at(db, search, since).await?,
        None => HashMap::new(),
    };
    let statement = format!(
        "SELECT s.listing, s.first_seen_at, {} FROM search_listings s JOIN listings l ON l.number = s.listing
        WHERE s.search_id = $1 AND s.gone_at IS NULL ORDER BY s.listing",
        qualified("l")
    );
    let held = sql_of(statement)
        .bind(search)
        .all(db, |row| {
            let (number, first_seen_at) = (row.int()?, row.time()?);
            let offer = read_listing(row)?.offer;
            let price_then = then.get(&number).copied().flatten();
            Ok(Held { offer, first_seen_at, price_then })
        })
        .await?;
    Ok((held, polled_at))
}

/// What the listings of a search, of those that it had found by then, cost at an instant.
async fn prices_at(
    db: &mut Db<'_>,
    search: SearchId,
    at: Timestamp,
) -> Result<HashMap<i64, Option<Money>>, StoreError> {
    let prices = sql("SELECT s.listing, p.price, p.currency
        FROM search_listings s JOIN listing_prices p ON p.listing = s.listing AND p.observed_at = (
            SELECT MAX(q.observed_at) FROM listing_prices q
            WHERE q.listing = s.listing AND q.observed_at <= $2)
        WHERE s.search_id = $1 AND s.gone_at IS NULL AND s.first_seen_at <= $2")
    .bind(search)
    .bind(at)
    .all(db, |row| Ok((row.int()?, read_money(row)?)))
    .await?;
    Ok(prices.into_iter().collect())
}

pub(super) async fn traced(
    db: &mut Db<'_>,
    search: SearchId,
    from: Timestamp,
) -> Result<(Vec<Traced>, Option<Timestamp>), StoreError> {
    let polled_at = polled_at(db, search).await?;
    let mut prices = prices_since(db, search, from).await?;
    let statement = format!(
        "SELECT s.listing, s.first_seen_at, s.gone_at, {} FROM search_listings s
        JOIN listings l ON l.number = s.listing
        WHERE s.search_id = $1 AND (s.gone_at IS NULL OR s.gone_at > $2) ORDER BY s.listing",
        qualified("l")
    );
    let found = sql_of(statement)
        .bind(search)
        .bind(from)
        .all(db, |row| Ok((row.int()?, row.time()?, row.maybe_time()?, read_listing(row)?.offer)))
        .await?;
    let traced = |(number, first_seen_at, gone_at, offer)| {
        let prices = prices.remove(&number).unwrap_or_default();
        Traced { offer, first_seen_at, gone_at, prices }
    };
    Ok((found.into_iter().map(traced).collect(), polled_at))
}

/// The prices in the search's currency of the listings that it finds now, or lost after an instant, from those in
/// force at that instant on.
async fn prices_since(
    db: &mut Db<'_>,
    search: SearchId,
    from: Timestamp,
) -> Result<HashMap<i64, Vec<PricePoint>>, StoreError> {
    let currency = sql("SELECT spec FROM searches WHERE id = $1")
        .bind(search)
        .first(db, |row| Ok(json::read::<Search>(row.text()?, "a search")?.currency()))
        .await?;
    let Some(currency) = currency else { return Ok(HashMap::new()) };
    let points = sql("SELECT s.listing, p.observed_at, p.price
        FROM search_listings s JOIN listing_prices p ON p.listing = s.listing
        WHERE s.search_id = $1 AND (s.gone_at IS NULL OR s.gone_at > $2) AND p.currency = $3
            AND p.observed_at >= COALESCE(
            (SELECT MAX(q.observed_at) FROM listing_prices q
                WHERE q.listing = s.listing AND q.observed_at <= $2 AND q.currency = $3), $2)
        ORDER BY s.listing, p.observed_at")
    .bind(search)
    .bind(from)
    .bind(currency.code())
    .all(db, |row| {
        let listing = row.int()?;
        Ok((listing, PricePoint { time: row.time()?, price: row.parsed("a listing's price")? }))
    })
    .await?;
    let mut of_each: HashMap<i64, Vec<PricePoint>> = HashMap::new();
    for (listing, point) in points {
        let prices = of_each.entry(listing).or_default();
        // Its availability may have changed, and its price not.
        if prices.last().is_none_or(|last| last.price != point.price) {
            prices.push(point);
        }
    }
    Ok(of_each)
}
