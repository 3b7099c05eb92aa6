//! The prices of a search by day: computed from what was observed, so that they can be computed again.

use std::collections::BTreeMap;

use bellwether_model::product::Search;
use bellwether_model::{Price, SearchId, Timestamp};

use crate::error::StoreError;
use crate::search::DayPrices;
use crate::sql::{Db, json, sql};

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// A stretch of the day over which a listing could be bought at one price.
struct Stretch {
    listing: i64,
    price: Price,
    from: i64,
    to: i64,
}

pub(super) async fn roll_up(
    db: &mut Db<'_>,
    search: SearchId,
    day: Timestamp,
    now: Timestamp,
) -> Result<Option<DayPrices>, StoreError> {
    let number = day.micros().div_euclid(DAY_US);
    let from = number.saturating_mul(DAY_US);
    let to = from.saturating_add(DAY_US).min(now.micros());
    let stretches = stretches(db, search, from, to).await?;
    let prices = day_prices(Timestamp::from_micros(from), &stretches);
    let Some(prices) = prices else {
        sql("DELETE FROM search_days WHERE search_id = $1 AND day = $2")
            .bind(search)
            .bind(number)
            .run(db)
            .await?;
        return Ok(None);
    };
    sql("INSERT INTO search_days (search_id, day, low, high, median, count) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (search_id, day) DO UPDATE SET low = excluded.low, high = excluded.high,
            median = excluded.median, count = excluded.count")
    .bind(search)
    .bind(number)
    .bind(prices.low)
    .bind(prices.high)
    .bind(prices.median)
    .bind(prices.count)
    .run(db)
    .await?;
    Ok(Some(prices))
}

pub(super) async fn last(db: &mut Db<'_>, search: SearchId, days: u32) -> Result<Vec<DayPrices>, StoreError> {
    let mut found = sql("SELECT day, low, high, median, count FROM search_days WHERE search_id = $1
        ORDER BY day DESC LIMIT $2")
    .bind(search)
    .bind(days)
    .all(db, |row| {
        Ok(DayPrices {
            day: Timestamp::from_micros(row.int()?.saturating_mul(DAY_US)),
            low: row.parsed("a price of a day")?,
            high: row.parsed("a price of a day")?,
            median: row.parsed("a price of a day")?,
            count: row.count()?,
        })
    })
    .await?;
    found.reverse();
    Ok(found)
}

/// Over which stretches of `[from, to)` the listings that the search had then could be bought, and for how much.
async fn stretches(
    db: &mut Db<'_>,
    search: SearchId,
    from: i64,
    to: i64,
) -> Result<Vec<Stretch>, StoreError> {
    let currency = sql("SELECT spec FROM searches WHERE id = $1")
        .bind(search)
        .first(db, |row| Ok(json::read::<Search>(row.text()?, "a search")?.currency()))
        .await?;
    let Some(currency) = currency else { return Ok(Vec::new()) };
    let rows = sql("SELECT s.listing, s.first_seen_at, s.gone_at, p.observed_at,
            CASE WHEN p.currency = $4 AND p.availability = 'available' THEN p.price END
        FROM search_listings s JOIN listing_prices p ON p.listing = s.listing
        WHERE s.search_id = $1 AND s.first_seen_at < $3 AND (s.gone_at IS NULL OR s.gone_at > $2)
            AND p.observed_at < $3 AND p.observed_at >= COALESCE(
                (SELECT MAX(q.observed_at) FROM listing_prices q
                    WHERE q.listing = s.listing AND q.observed_at <= $2), $2)
        ORDER BY s.listing, p.observed_at")
    .bind(search)
    .bind(from)
    .bind(to)
    .bind(currency.code())
    .all(db, |row| {
        let (listing, first_seen) = (row.int()?, row.int()?);
        let (gone, observed) = (row.maybe_int()?, row.int()?);
        let price: Option<Price> = row.maybe_parsed("a listing's price")?;
        Ok((listing, first_seen.max(from), gone.unwrap_or(to).min(to), observed, price))
    })
    .await?;
    let mut stretches = Vec::with_capacity(rows.len());
    for (index, (listing, begin, end, observed, price)) in rows.iter().enumerate() {
        let next = rows.get(index + 1).filter(|next| next.0 == *listing).map(|next| next.3);
        let (from, to) = ((*observed).max(*begin), next.unwrap_or(*end).min(*end));
        if let Some(price) = price.filter(|_| from < to) {
            stretches.push(Stretch { listing: *listing, price, from, to });
        }
    }
    Ok(stretches)
}

/// What the stretches of a day come to; nothing where there is none.
fn day_prices(day: Timestamp, stretches: &[Stretch]) -> Option<DayPrices> {
    let mut lowest: BTreeMap<i64, Price> = BTreeMap::new();
    for stretch in stretches {
        let known = lowest.entry(stretch.listing).or_insert(stretch.price);
        *known = stretch.price.min(*known);
    }
    let mut lows: Vec<Price> = lowest.into_values().collect();
    lows.sort_unstable();
    let low = *lows.first()?;
    Some(DayPrices {
        day,
        low,
        high: highest_cheapest(stretches)?,
        median: median(&lows)?,
        count: u64::try_from(lows.len()).unwrap_or(u64::MAX),
    })
}

/// The highest that the cheapest offer cost at any time.
fn highest_cheapest(stretches: &[Stretch]) -> Option<Price> {
    // (when, whether it begins, how much): what ends at an instant is not there any more at it.
    let mut turns: Vec<(i64, bool, Price)> = stretches
        .iter()
        .flat_map(|stretch| [(stretch.from, true, stretch.price), (stretch.to, false, stretch.price)])
        .collect();
    turns.sort_unstable();
    let mut there: BTreeMap<Price, usize> = BTreeMap::new();
    let mut highest = None;
    for (index, (at, begins, price)) in turns.iter().enumerate() {
        let count = there.entry(*price).or_default();
        *count = if *begins { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            there.remove(price);
        }
        // Only once all turns of an instant are made.
        if turns.get(index + 1).is_none_or(|next| next.0 != *at) {
            highest = highest.max(there.keys().next().copied());
        }
    }
    highest
}

/// The middle of sorted prices; of an even number, halfway between the two in the middle, or the lower one of
/// them where that cannot be held exactly.
fn median(sorted: &[Price]) -> Option<Price> {
    let above = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(above);
    }
    let below = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    Some(Price::midpoint(below, above).unwrap_or(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(listing: i64, price: &str, from: i64, to: i64) -> Stretch {
        Stretch { listing, price: price.parse().unwrap(), from, to }
    }

    fn told(stretches: &[Stretch]) -> Option<[String; 4]> {
        let prices = day_prices(Timestamp::EPOCH, stretches)?;
        let DayPrices { low, high, median, count, .. } = prices;
        Some([low.to_string(), high.to_string(), median.to_string(), count.to_string()])
    }

    #[test]
    fn a_day_has_the_lowest_and_the_highest_of_its_cheapest_offer() {
        // The cheapest: 9 until 10, then 12, 5 for a moment, 12 again.
        let day = [
            stretch(1, "9", 0, 10),
            stretch(1, "15", 10, 100),
            stretch(2, "12", 0, 100),
            stretch(3, "5", 50, 51),
        ];
        assert_eq!(told(&day), Some(["5", "12", "9", "3"].map(str::to_owned)));
        assert_eq!(told(&day[..3]), Some(["9", "12", "10.5", "2"].map(str::to_owned)));
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn an_offer_that_takes_the_place_of_another_at_one_instant_leaves_no_gap_between() {
        let day = [stretch(1, "9", 0, 10), stretch(2, "8", 10, 20), stretch(3, "30", 0, 20)];
        assert_eq!(told(&day), Some(["8", "9", "9", "3"].map(str::to_owned)));
    }
}
