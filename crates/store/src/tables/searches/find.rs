//! Finding a search by what it searches for, or making it.

use std::hash::{DefaultHasher, Hash, Hasher};

use bellwether_model::product::Search;
use bellwether_model::{SearchId, Timestamp};

use crate::error::StoreError;
use crate::sql::{Db, json, sql};

/// The search that is equal to this one, made where there is none. Of several who make it at once one does.
pub(crate) async fn search_for(
    db: &mut Db<'_>,
    search: &Search,
    now: Timestamp,
) -> Result<SearchId, StoreError> {
    // PostgreSQL keeps no zero characters.
    let key = search.key().replace('\0', "");
    if let Some(known) = find(db, &key).await? {
        return Ok(known);
    }
    // Two who make the same one within a millisecond meet at its key or at its id, whichever is looked at first.
    sql("INSERT INTO searches (id, key, spec, site, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING")
    .bind(id(&key, now))
    .bind(key.as_str())
    .bind(json::write(search)?)
    .bind(search.site.name())
    .bind(now)
    .run(db)
    .await?;
    // Where another was quicker, theirs is committed by now: making waited for it.
    let lost = || StoreError::Corrupt { what: "a search that was just made is missing".into() };
    find(db, &key).await?.ok_or_else(lost)
}

async fn find(db: &mut Db<'_>, key: &str) -> Result<Option<SearchId>, StoreError> {
    sql("SELECT id FROM searches WHERE key = $1").bind(key).first(db, |row| row.uuid().map(SearchId)).await
}

/// An id whose order is that of the making, and which no other search of the same instant has: nothing random
/// is at hand here, and the key is what makes a search another one.
fn id(key: &str, now: Timestamp) -> SearchId {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        hasher.finish().to_be_bytes()
    };
    let mut mixed = [0; 10];
    for (to, from) in mixed.iter_mut().zip(half(0).into_iter().chain(half(1))) {
        *to = from;
    }
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    SearchId(uuid::Builder::from_unix_timestamp_millis(millis, &mixed).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_of_one_instant_have_ids_of_their_own_in_the_order_of_time() {
        let at = Timestamp::from_micros;
        let (early, late) = (at(1_795_255_200_000_000), at(1_795_255_200_001_000));
        assert_eq!(id("a", early), id("a", early));
        assert_ne!(id("a", early), id("b", early));
        assert!(id("b", early) < id("a", late) && id("a", early) < id("b", late));
        assert_eq!(id("a", early).0.get_version(), Some(uuid::Version::SortRand));
    }
}
