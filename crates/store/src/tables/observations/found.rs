//! Which listings a search finds, and as what it saw them last.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::product::{Availability, Known, Offer};
use bellwether_model::{SearchId, Timestamp};

use crate::error::StoreError;
use crate::search::Observation;
use crate::sql::{Db, Rows};
use crate::tables::listings::{self, Saved};
use crate::tables::user_log::{self, listings::change_of};
use crate::user_log::{ListingChange, ListingChangeKind};

/// What an observation did to the listings of its search.
pub(super) struct Found {
    /// Whether anything is not as it was.
    pub(super) changed: bool,
}

pub(super) async fn save(
    db: &mut Db<'_>,
    observation: &Observation,
    saved: &Saved,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let offers: BTreeMap<i64, &Offer> = observation
        .offers
        .iter()
        .filter_map(|offer| Some((*saved.numbers.get(&(offer.site, offer.card.id.clone()))?, offer)))
        .collect();
    let before = known(db, observation.search, offers.keys()).await?;
    let is_news = |(number, offer): (&i64, &&Offer)| {
        let now = Known { price: offer.price, availability: offer.availability };
        before.get(number) != Some(&(now, offer.availability == Availability::Ended))
    };
    let mut changed = offers.iter().any(is_news);
    put(db, observation, &offers).await?;
    let lost = lose(db, observation).await?;
    changed |= !lost.is_empty();
    // What a search finds when it is asked for the first time is no news.
    if observation.version > 0 {
        let told = offers.iter().filter_map(|(number, offer)| change_of(before.get(number), offer));
        let told: Vec<ListingChange> = told.chain(lost).collect();
        user_log::listings::note(db, observation.search, &told, now).await?;
    }
    Ok(Found { changed })
}

/// What the search knew of some listings, and whether it had lost them.
async fn known(
    db: &mut Db<'_>,
    search: SearchId,
    numbers: impl Iterator<Item = &i64>,
) -> Result<BTreeMap<i64, (Known, bool)>, StoreError> {
    let found = Rows::of(["search_id", "listing"], numbers, |number| [search.into(), (*number).into()])
        .all(
            db,
            "SELECT s.listing, s.price, s.currency, s.availability, s.gone_at IS NOT NULL
            FROM rows CROSS JOIN search_listings s
            WHERE s.search_id = rows.search_id AND s.listing = rows.listing",
            |row| {
                let number = row.int()?;
                let price = listings::read_money(row)?;
                let availability = listings::read_availability(row)?;
                Ok((number, (Known { price, availability }, row.flag()?)))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// Brings in what the search finds. What ended is found no more, and stays known.
///
/// What was judged is what is known from now on, even where it is of an earlier time: the clocks of those who
/// observe differ, and what alerts were told of must not be news once more.
async fn put(
    db: &mut Db<'_>,
    observation: &Observation,
    offers: &BTreeMap<i64, &Offer>,
) -> Result<(), StoreError> {
    let columns = ["search_id", "listing", "at", "gone_at", "price", "currency", "availability"];
    Rows::of(columns, offers, |(number, offer)| {
        let is_over = offer.availability == Availability::Ended;
        [
            observation.search.into(),
            (*number).into(),
            observation.time.into(),
            is_over.then_some(observation.time).into(),
            listings::price(offer.price),
            listings::currency(offer.price),
            listings::availability(offer.availability),
        ]
    })
    .run(
        db,
        "INSERT INTO search_listings (search_id, listing, first_seen_at, last_seen_at, gone_at, price, currency,
            availability)
        SELECT search_id, listing, at, at, gone_at, price, currency, availability FROM rows WHERE TRUE
        ON CONFLICT (search_id, listing) DO UPDATE SET last_seen_at = CASE
                WHEN search_listings.last_seen_at > excluded.last_seen_at THEN search_listings.last_seen_at
                ELSE excluded.last_seen_at END,
            gone_at = CASE WHEN excluded.gone_at IS NULL THEN NULL
                ELSE COALESCE(search_listings.gone_at, excluded.gone_at) END,
            price = excluded.price, currency = excluded.currency, availability = excluded.availability",
    )
    .await
    .map(drop)
}

/// Marks those that are found no more; those of them that were found until now.
async fn lose(db: &mut Db<'_>, observation: &Observation) -> Result<Vec<ListingChange>, StoreError> {
    let ids: BTreeSet<_> = observation.gone.iter().collect();
    Rows::of(["search_id", "listing_id", "at"], ids, |id| {
        [observation.search.into(), id.as_str().into(), observation.time.into()]
    })
    .all(
        db,
        "UPDATE search_listings SET gone_at = rows.at FROM rows
        WHERE search_listings.search_id = rows.search_id AND search_listings.gone_at IS NULL
            AND search_listings.listing = (SELECT l.number FROM listings l JOIN searches s ON s.site = l.site
                WHERE s.id = rows.search_id AND l.listing_id = rows.listing_id)
        RETURNING (SELECT l.site FROM listings l WHERE l.number = search_listings.listing),
            (SELECT l.listing_id FROM listings l WHERE l.number = search_listings.listing),
            search_listings.price, search_listings.currency, search_listings.availability",
        |row| {
            let (site, id) = (row.parsed("a marketplace")?, row.parsed("the id of a listing")?);
            let (price, availability) = (listings::read_money(row)?, listings::read_availability(row)?);
            Ok(ListingChange {
                kind: ListingChangeKind::Gone,
                id,
                site,
                title: None,
                url: None,
                price,
                previous_price: price,
                availability: Some(availability),
            })
        },
    )
    .await
}
