//! News of listings, for everybody who watches their search.

use bellwether_model::product::{Availability, Known, Offer};
use bellwether_model::{SearchId, Timestamp};

use crate::error::StoreError;
use crate::sql::{Db, json, sql};
use crate::user_log::{ListingChange, ListingChangeKind};

/// News of listings that one entry holds at most.
const LISTINGS_AT_ONCE: usize = 100;

/// How a listing that a search finds differs from what the search knew of it, and whether it had lost it.
pub(crate) fn change_of(before: Option<&(Known, bool)>, offer: &Offer) -> Option<ListingChange> {
    let is_over = offer.availability == Availability::Ended;
    let kind = match before {
        None | Some((_, true)) if is_over => return None,
        None | Some((_, true)) => ListingChangeKind::New,
        Some(_) if is_over => ListingChangeKind::Gone,
        Some((known, false)) if known.price != offer.price => ListingChangeKind::Price,
        Some((known, false)) if known.availability != offer.availability => ListingChangeKind::Availability,
        Some((_, false)) => return None,
    };
    Some(ListingChange {
        kind,
        id: offer.card.id.clone(),
        site: offer.site,
        title: Some(offer.card.title.clone()),
        url: offer.card.url.clone(),
        price: offer.price,
        previous_price: before.and_then(|(known, _)| known.price),
        availability: Some(offer.availability),
    })
}

/// Notes how listings of a search changed, for everybody who has an active alert on it.
pub(crate) async fn note(
    db: &mut Db<'_>,
    search: SearchId,
    changes: &[ListingChange],
    now: Timestamp,
) -> Result<(), StoreError> {
    for changes in changes.chunks(LISTINGS_AT_ONCE) {
        let news = sql("INSERT INTO search_news (search_id, at, content) VALUES ($1, $2, $3) RETURNING id")
            .bind(search)
            .bind(now)
            // PostgreSQL keeps no zero characters; JSON escapes them.
            .bind(json::write(&changes)?)
            .one(db, |row| row.int())
            .await?;
        sql("INSERT INTO user_log (user_id, at, news_id)
            SELECT DISTINCT user_id, $2, $3 FROM alerts WHERE search_id = $1 AND status = 'active'")
        .bind(search)
        .bind(now)
        .bind(news)
        .run(db)
        .await?;
    }
    Ok(())
}
