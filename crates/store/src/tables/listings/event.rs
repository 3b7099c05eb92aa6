//! Events of listings, which come in whatever order.
//!
//! A listing's row has two times: as of when its content stands (`observed_at`), and of the newest event
//! (`event_at`). The second is the later one only after a deletion, which ends the listing and leaves its
//! content: then content that is newer than what stands, but older than the deletion, still comes in, and does
//! not bring the listing back.

use std::cmp::Ordering;

use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, Card, ListingId, Money, Offer, Site};

use super::cells;
use super::save::{self, Stored};
use crate::error::StoreError;
use crate::listing::{Listing, ListingApplied, ListingNews};
use crate::sql::{Db, json, sql};

pub(super) async fn apply(
    db: &mut Db<'_>,
    news: ListingNews,
    time: Timestamp,
    now: Timestamp,
) -> Result<ListingApplied, StoreError> {
    let (site, id) = news.names();
    let name = (site, id.clone());
    let (stored, is_new) = find_or_make(db, &name, now).await?;
    let before = (!is_new).then(|| stored.listing.clone());
    let told = match &news {
        ListingNews::Put(offer) => offer.availability,
        ListingNews::Deleted { .. } => Availability::Ended,
    };
    let after = judge(&stored.listing, news, time)?;
    let applied = after.is_some();
    let after = after.unwrap_or_else(|| stored.listing.clone());
    if applied {
        store(db, &stored, &after, told, time).await?;
    }
    let searches = sql("SELECT search_id FROM search_listings WHERE listing = $1 AND gone_at IS NULL
        ORDER BY search_id")
    .bind(stored.number)
    .all(db, |row| row.uuid().map(bellwether_model::SearchId))
    .await?;
    Ok(ListingApplied { applied, before, after, searches })
}

/// The listing's row, locked; an empty one where it is not known, which anything is newer than.
async fn find_or_make(
    db: &mut Db<'_>,
    name: &save::Name,
    now: Timestamp,
) -> Result<(Stored, bool), StoreError> {
    let lost = || StoreError::Corrupt { what: "a listing that was just there is missing".into() };
    if let Some(stored) = save::lock(db, [name]).await?.remove(name) {
        return Ok((stored, false));
    }
    let empty = unknown(name.0, &name.1);
    let made = save::insert(db, [&empty].into_iter(), now).await?;
    let mut stored = save::lock(db, [name]).await?.remove(name).ok_or_else(lost)?;
    let is_new = made.contains_key(name);
    if is_new {
        stored.listing.observed_at = Timestamp::EPOCH;
    }
    Ok((stored, is_new))
}

/// A listing of which nothing is known but its name.
fn unknown(site: Site, id: &ListingId) -> Offer {
    Offer {
        card: Card { id: id.clone(), title: String::new(), url: None, image: None, condition: None },
        site,
        price: None,
        shipping: None,
        availability: Availability::Ended,
        listed_at: None,
        ends_at: None,
    }
}

/// The listing as it is after an event; nothing where the event is older than what is known.
fn judge(known: &Listing, news: ListingNews, time: Timestamp) -> Result<Option<Listing>, StoreError> {
    let mut after = known.clone();
    match news {
        ListingNews::Deleted { .. } => {
            let event_at = just_after(time);
            if event_at <= known.observed_at || Some(event_at) <= known.event_at {
                return Ok(None);
            }
            after.event_at = Some(event_at);
            after.offer.availability = Availability::Ended;
        }
        ListingNews::Put(offer) => {
            let is_newer = match time.cmp(&known.observed_at) {
                Ordering::Less => false,
                Ordering::Equal => outranks(&offer, known)?,
                Ordering::Greater => true,
            };
            if !is_newer {
                return Ok(None);
            }
            after.offer = *offer;
            after.observed_at = time;
            after.event_at = known.event_at.max(Some(time));
            if is_deleted(&after) {
                after.offer.availability = Availability::Ended;
            }
        }
    }
    Ok(Some(after))
}

/// A deletion counts as if it came just after what is of its own time.
fn just_after(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.micros().saturating_add(1))
}

/// Whether the listing was ended by a deletion since its content.
fn is_deleted(listing: &Listing) -> bool {
    listing.event_at > Some(listing.observed_at)
}

/// Of two contents of one time always the same one counts, whichever came first.
fn outranks(offer: &Offer, known: &Listing) -> Result<bool, StoreError> {
    let text = |offer: &Offer| json::write(&Offer { availability: Availability::Ended, ..offer.clone() });
    let (new, old) = (text(offer)?, text(&known.offer)?);
    // What a deletion has ended has kept nothing of whether it could be bought.
    Ok(new > old || (new == old && !is_deleted(known) && offer.availability > known.offer.availability))
}

/// Keeps the listing as it is after an event, and what it cost according to it.
async fn store(
    db: &mut Db<'_>,
    stored: &Stored,
    after: &Listing,
    told: Availability,
    time: Timestamp,
) -> Result<(), StoreError> {
    let (number, offer) = (stored.number, &after.offer);
    save::update(db, &[(number, offer)], after.observed_at).await?;
    sql("UPDATE listings SET event_at = $2 WHERE number = $1")
        .bind(number)
        .bind(after.event_at)
        .run(db)
        .await?;
    let before = &stored.listing.offer;
    let is_late = is_deleted(after) && is_deleted(&stored.listing) && after.observed_at == time;
    if is_late {
        // Until its deletion, which is known already, it was as it is told now.
        let until = Offer { availability: told, ..offer.clone() };
        if price_before(db, number, time).await? != Some((until.price, told)) {
            save::note_prices(db, &[(number, &until)], time).await?;
        }
        let ended_at = after.event_at.unwrap_or(time);
        save::note_prices(db, &[(number, offer)], ended_at).await?;
    } else if (before.price, before.availability) != (offer.price, offer.availability) {
        save::note_prices(db, &[(number, offer)], after.event_at.unwrap_or(time)).await?;
    }
    Ok(())
}

/// What a listing cost just before an instant.
async fn price_before(
    db: &mut Db<'_>,
    number: i64,
    time: Timestamp,
) -> Result<Option<(Option<Money>, Availability)>, StoreError> {
    sql("SELECT price, currency, availability FROM listing_prices
        WHERE listing = $1 AND observed_at < $2 ORDER BY observed_at DESC LIMIT 1")
    .bind(number)
    .bind(time)
    .first(db, |row| Ok((cells::read_money(row)?, cells::read_availability(row)?)))
    .await
}
