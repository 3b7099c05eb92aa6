//! What an observation is judged by.

use std::collections::HashMap;

use bellwether_model::product::{Known, ListingId, Search};
use bellwether_model::{AlertId, Price, SearchId, UserId};

use crate::error::StoreError;
use crate::search::{KnownListing, SearchAlert, SearchState};
use crate::sql::{Cells, Db, Rows, json, sql, sql_of};
use crate::tables::listings::{read_availability, read_money};

const KNOWN: &str =
    "l.listing_id, s.price, s.currency, s.availability, s.first_seen_at, s.last_seen_at, s.gone_at";

pub(super) async fn load(
    db: &mut Db<'_>,
    search: SearchId,
    ids: Vec<ListingId>,
) -> Result<Option<SearchState>, StoreError> {
    // The version first: what changes while the rest is read makes another one of it, and then nothing that was
    // judged by it commits.
    let found = sql("SELECT version, spec FROM searches WHERE id = $1")
        .bind(search)
        .first(db, |row| Ok((row.count()?, json::read::<Search>(row.text()?, "a search")?)))
        .await?;
    let Some((version, spec)) = found else { return Ok(None) };
    let statement = format!(
        "SELECT {KNOWN} FROM search_listings s JOIN listings l ON l.number = s.listing
        WHERE s.search_id = $1 AND s.gone_at IS NULL"
    );
    let present = sql_of(statement).bind(search).all(db, read_known).await?;
    let mut known: HashMap<ListingId, KnownListing> = present.into_iter().collect();
    let others = ids.into_iter().filter(|id| !known.contains_key(id));
    let others = Rows::of(["search_id", "site", "listing_id"], others, |id| {
        [search.into(), spec.site.name().into(), id.as_str().into()]
    })
    .all(
        db,
        &format!(
            "SELECT {KNOWN} FROM rows CROSS JOIN listings l
                JOIN search_listings s ON s.search_id = rows.search_id AND s.listing = l.number
            WHERE l.site = rows.site AND l.listing_id = rows.listing_id"
        ),
        read_known,
    )
    .await?;
    known.extend(others);
    Ok(Some(SearchState { version, search: spec, known, alerts: alerts(db, search).await? }))
}

fn read_known(row: &mut Cells<'_>) -> Result<(ListingId, KnownListing), StoreError> {
    let id = row.parsed("the id of a listing")?;
    let known = Known { price: read_money(row)?, availability: read_availability(row)? };
    let (first_seen_at, last_seen_at) = (row.time()?, row.time()?);
    Ok((id, KnownListing { known, first_seen_at, last_seen_at, gone_at: row.maybe_time()? }))
}

async fn alerts(db: &mut Db<'_>, search: SearchId) -> Result<Vec<SearchAlert>, StoreError> {
    sql("SELECT id, user_id, revision, spec, state, baseline_at, snoozed_until, fires, last_fired_at, created_at
        FROM alerts WHERE search_id = $1 AND status = 'active' AND kind = 'search' ORDER BY id")
    .bind(search)
    .all(db, |row| {
        Ok(SearchAlert {
            id: AlertId(row.uuid()?),
            user: UserId(row.uuid()?),
            revision: row.count()?,
            spec: json::read(row.text()?, "an alert's spec")?,
            state: json::read(row.text()?, "an alert's state")?,
            baseline_at: row.maybe_time()?,
            snoozed_until: row.maybe_time()?,
            fires: row.count()?,
            last_fired_at: row.maybe_time()?,
            created_at: row.time()?,
        })
    })
    .await
}

pub(super) async fn references(
    db: &mut Db<'_>,
    search: SearchId,
    pairs: Vec<(AlertId, ListingId)>,
) -> Result<HashMap<(AlertId, ListingId), Price>, StoreError> {
    let spec = sql("SELECT spec FROM searches WHERE id = $1")
        .bind(search)
        .first(db, |row| json::read::<Search>(row.text()?, "a search"))
        .await?;
    let Some(spec) = spec else { return Ok(HashMap::new()) };
    let currency = spec.currency();
    let columns = ["alert_id", "search_id", "site", "listing_id", "currency"];
    let found = Rows::of(columns, pairs, |(alert, id)| {
        let (site, currency) = (spec.site.name().into(), currency.code().into());
        [alert.into(), search.into(), site, id.as_str().into(), currency]
    })
    .all(
        db,
        "SELECT alert_id, listing_id, COALESCE(reported, in_force, (
                SELECT p.price FROM listing_prices p
                WHERE p.listing = number AND p.observed_at > since AND p.currency = watched.currency
                ORDER BY p.observed_at LIMIT 1))
        FROM (
            SELECT begun.*, (
                    SELECT p.price FROM listing_prices p
                    WHERE p.listing = number AND p.observed_at <= since AND p.currency = begun.currency
                    ORDER BY p.observed_at DESC LIMIT 1) AS in_force
            FROM (
                SELECT rows.alert_id, rows.listing_id, rows.currency, l.number, t.price AS reported,
                    CASE WHEN s.first_seen_at > a.baseline_at THEN s.first_seen_at ELSE a.baseline_at END
                        AS since
                FROM rows CROSS JOIN listings l
                    JOIN search_listings s ON s.search_id = rows.search_id AND s.listing = l.number
                    JOIN alerts a ON a.id = rows.alert_id AND a.baseline_at IS NOT NULL
                    LEFT JOIN alert_listings t ON t.alert_id = rows.alert_id AND t.listing = l.number
                WHERE l.site = rows.site AND l.listing_id = rows.listing_id
            ) begun
        ) watched",
        |row| {
            let pair = (AlertId(row.uuid()?), row.parsed("the id of a listing")?);
            Ok((pair, row.maybe_parsed("a listing's price")?))
        },
    )
    .await?;
    Ok(found.into_iter().filter_map(|(pair, price)| Some((pair, price?))).collect())
}
