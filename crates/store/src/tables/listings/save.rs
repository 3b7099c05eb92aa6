//! Bringing in what was observed of listings.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::Timestamp;
use bellwether_model::product::{ListingId, Offer, Site};

use super::cells::{self, maybe_text, text};
use crate::error::StoreError;
use crate::listing::Listing;
use crate::sql::{Db, Rows};

/// What a listing is called: where, and which.
pub(crate) type Name = (Site, ListingId);

/// What was brought in.
pub(crate) struct Saved {
    /// The numbers of the listings.
    pub(crate) numbers: BTreeMap<Name, i64>,
}

/// A listing's row, locked.
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) listing: Listing,
}

/// Brings in what was observed at an instant; a listing of which something newer is known stays as it is. What
/// it costs is noted where it is another price than before.
pub(crate) async fn save(db: &mut Db<'_>, offers: &[Offer], time: Timestamp) -> Result<Saved, StoreError> {
    // Of a listing that is named twice the last offer counts.
    let offers: BTreeMap<Name, &Offer> =
        offers.iter().map(|offer| ((offer.site, offer.card.id.clone()), offer)).collect();
    let mut stored = lock(db, offers.keys()).await?;
    let new: BTreeMap<Name, i64> = insert(
        db,
        offers.iter().filter(|(name, _)| !stored.contains_key(name)).map(|(_, offer)| *offer),
        time,
    )
    .await?;
    // Somebody else may have been quicker with some of them, and has committed by now.
    let missed: BTreeSet<&Name> =
        offers.keys().filter(|name| !stored.contains_key(name) && !new.contains_key(name)).collect();
    stored.extend(lock(db, missed).await?);
    let mut changed = Vec::new();
    let mut seen_again = Vec::new();
    let mut priced: Vec<(i64, &Offer)> = Vec::new();
    for (name, offer) in &offers {
        let Some(known) = stored.get(name) else {
            priced.extend(new.get(name).map(|number| (*number, *offer)));
            continue;
        };
        let newest = known.listing.event_at.max(Some(known.listing.observed_at));
        if newest > Some(time) {
            continue;
        }
        let before = &known.listing.offer;
        if before == *offer {
            seen_again.push(known.number);
        } else {
            changed.push((known.number, *offer));
        }
        if (before.price, before.availability) != (offer.price, offer.availability) {
            priced.push((known.number, *offer));
        }
    }
    update(db, &changed, time).await?;
    Rows::of(["number", "at"], seen_again, |number| [number.into(), time.into()])
        .run(db, "UPDATE listings SET observed_at = rows.at FROM rows WHERE listings.number = rows.number")
        .await?;
    note_prices(db, &priced, time).await?;
    let known = stored.into_iter().map(|(name, stored)| (name, stored.number));
    Ok(Saved { numbers: new.into_iter().chain(known).collect() })
}

/// Those of some listings that there are, locked in the order of their numbers.
pub(super) async fn lock(
    db: &mut Db<'_>,
    names: impl IntoIterator<Item = &Name>,
) -> Result<BTreeMap<Name, Stored>, StoreError> {
    let lock = db.dialect().locking("l");
    let statement = format!(
        "SELECT l.number, {} FROM rows CROSS JOIN listings l
        WHERE l.site = rows.site AND l.listing_id = rows.listing_id ORDER BY l.number{lock}",
        cells::qualified("l")
    );
    let found =
        Rows::of(["site", "listing_id"], names, |(site, id)| [site.name().into(), id.as_str().into()])
            .all(db, &statement, |row| Ok(Stored { number: row.int()?, listing: cells::read_listing(row)? }))
            .await?;
    let named = |stored: Stored| {
        let offer = &stored.listing.offer;
        ((offer.site, offer.card.id.clone()), stored)
    };
    Ok(found.into_iter().map(named).collect())
}

/// Brings in listings that are not there; the numbers of those that were not.
pub(super) async fn insert<'o>(
    db: &mut Db<'_>,
    offers: impl Iterator<Item = &'o Offer>,
    time: Timestamp,
) -> Result<BTreeMap<Name, i64>, StoreError> {
    let columns = [
        "site",
        "listing_id",
        "title",
        "url",
        "image",
        "condition",
        "price",
        "currency",
        "shipping",
        "shipping_currency",
        "availability",
        "listed_at",
        "ends_at",
        "at",
    ];
    let inserted = Rows::of(columns, offers, |offer| {
        let [title, url, image, condition] = shown(offer);
        [
            offer.site.name().into(),
            offer.card.id.as_str().into(),
            title,
            url,
            image,
            condition,
            cells::price(offer.price),
            cells::currency(offer.price),
            cells::price(offer.shipping),
            cells::currency(offer.shipping),
            cells::availability(offer.availability),
            offer.listed_at.into(),
            offer.ends_at.into(),
            time.into(),
        ]
    })
    .all(
        db,
        "INSERT INTO listings (site, listing_id, title, url, image, condition, price, currency, shipping,
            shipping_currency, availability, listed_at, ends_at, first_seen_at, observed_at)
        SELECT site, listing_id, title, url, image, condition, price, currency, shipping, shipping_currency,
            availability, listed_at, ends_at, at, at FROM rows WHERE TRUE
        ON CONFLICT (site, listing_id) DO NOTHING RETURNING site, listing_id, number",
        |row| {
            let name = (row.parsed("a marketplace")?, row.parsed("the id of a listing")?);
            Ok((name, row.int()?))
        },
    )
    .await?;
    Ok(inserted.into_iter().collect())
}

pub(super) async fn update(
    db: &mut Db<'_>,
    changed: &[(i64, &Offer)],
    time: Timestamp,
) -> Result<(), StoreError> {
    let columns = [
        "number",
        "title",
        "url",
        "image",
        "condition",
        "price",
        "currency",
        "shipping",
        "shipping_currency",
        "availability",
        "listed_at",
        "ends_at",
        "at",
    ];
    Rows::of(columns, changed, |(number, offer)| {
        let [title, url, image, condition] = shown(offer);
        [
            (*number).into(),
            title,
            url,
            image,
            condition,
            cells::price(offer.price),
            cells::currency(offer.price),
            cells::price(offer.shipping),
            cells::currency(offer.shipping),
            cells::availability(offer.availability),
            offer.listed_at.into(),
            offer.ends_at.into(),
            time.into(),
        ]
    })
    .run(
        db,
        "UPDATE listings SET title = rows.title, url = rows.url, image = rows.image,
            condition = rows.condition, price = rows.price, currency = rows.currency,
            shipping = rows.shipping, shipping_currency = rows.shipping_currency,
            availability = rows.availability, listed_at = rows.listed_at, ends_at = rows.ends_at,
            observed_at = rows.at
        FROM rows WHERE listings.number = rows.number",
    )
    .await
    .map(drop)
}

/// Notes what listings cost from an instant on.
pub(super) async fn note_prices(
    db: &mut Db<'_>,
    priced: &[(i64, &Offer)],
    time: Timestamp,
) -> Result<(), StoreError> {
    let columns = ["listing", "observed_at", "price", "currency", "availability"];
    Rows::of(columns, priced, |(number, offer)| {
        [
            (*number).into(),
            time.into(),
            cells::price(offer.price),
            cells::currency(offer.price),
            cells::availability(offer.availability),
        ]
    })
    .run(
        db,
        "INSERT INTO listing_prices (listing, observed_at, price, currency, availability)
        SELECT listing, observed_at, price, currency, availability FROM rows WHERE TRUE
        ON CONFLICT (listing, observed_at) DO UPDATE SET price = excluded.price,
            currency = excluded.currency, availability = excluded.availability",
    )
    .await
    .map(drop)
}

/// Title, page, picture and condition.
fn shown(offer: &Offer) -> [crate::sql::Value; 4] {
    let card = &offer.card;
    [
        text(&card.title),
        maybe_text(card.url.as_ref()),
        maybe_text(card.image.as_ref()),
        maybe_text(card.condition.as_ref()),
    ]
}
