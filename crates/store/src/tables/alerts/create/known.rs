//! Whether an alert may be created: its owner, the limit, and what the same request did before.

use std::collections::{BTreeSet, HashMap, HashSet};

use bellwether_model::{AlertId, SearchId, Spec, Timestamp, UserId};

use super::Wish;
use crate::alert::{Creation, Idempotency, NewAlert};
use crate::error::StoreError;
use crate::sql::{Db, Rows};
use crate::tables::alerts::products;

/// How long a request may be repeated under its key.
pub(crate) const KEY_LIFE_US: i64 = 24 * 3_600 * 1_000_000;

/// What is to be told of a wish, once those alerts are read that were there before.
pub(super) enum Verdict {
    Create,
    Repeat(AlertId),
    Refuse(Creation),
}

/// What the store holds that decides about some wishes.
pub(super) struct Known {
    /// How many alerts each user has. A user who is not here does not exist.
    alerts: HashMap<UserId, u64>,
    keys: HashMap<(UserId, String), Key>,
    ids: HashMap<AlertId, UserId>,
    /// The searches that product alerts watch, by their keys.
    searches: HashMap<String, SearchId>,
    /// Which alert of a user, of a kind, watches a search already.
    watching: HashMap<(UserId, SearchId, &'static str), AlertId>,
}

struct Key {
    body_hash: [u8; 32],
    alert: AlertId,
    created_at: Timestamp,
}

impl Known {
    pub(super) async fn load(db: &mut Db<'_>, wishes: &[Wish]) -> Result<Self, StoreError> {
        let users: BTreeSet<UserId> = wishes.iter().map(|wish| wish.new.user).collect();
        // The users stay locked, so that nobody passes the limit, or uses a key twice, from two processes.
        let lock = db.dialect().locking("u");
        let alerts = Rows::of(["id"], users, |user| [user.into()])
            .all(
                db,
                &format!(
                    "SELECT u.id, u.alerts FROM rows CROSS JOIN users u
                    WHERE u.id = rows.id AND u.deleted_at IS NULL ORDER BY u.id{lock}"
                ),
                |row| Ok((UserId(row.uuid()?), row.count()?)),
            )
            .await?;
        let ids = Rows::of(["id"], wishes, |wish| [wish.new.id.into()])
            .all(db, "SELECT a.id, a.user_id FROM rows CROSS JOIN alerts a WHERE a.id = rows.id", |row| {
                Ok((AlertId(row.uuid()?), UserId(row.uuid()?)))
            })
            .await?;
        let (searches, watching) = products::known(db, wishes).await?;
        Ok(Self {
            searches,
            watching,
            alerts: alerts.into_iter().collect(),
            keys: load_keys(db, wishes).await?,
            ids: ids.into_iter().collect(),
        })
    }

    /// The search that an alert watches, where it is a product alert.
    pub(super) fn search(&self, spec: &Spec) -> Option<SearchId> {
        self.searches.get(&spec.product()?.watch.search().key()).copied()
    }

    /// Decides about the next wish, in the light of those before it; whether a checkpoint has passed it.
    pub(super) fn judge(&mut self, wish: &Wish, is_passed: bool) -> Verdict {
        let search = self.search(&wish.new.spec);
        let NewAlert { id, user, idempotency, .. } = &wish.new;
        let Some(alerts) = self.alerts.get_mut(user) else {
            return Verdict::Refuse(Creation::NoUser);
        };
        let key =
            idempotency.as_ref().map(|Idempotency { key, body_hash }| ((*user, key.clone()), body_hash));
        if let Some((key, body_hash)) = &key
            && let Some(before) = self.keys.get(key)
            && wish.now.micros_since(before.created_at) < KEY_LIFE_US
        {
            return if before.body_hash == **body_hash {
                Verdict::Repeat(before.alert)
            } else {
                Verdict::Refuse(Creation::KeyConflict)
            };
        }
        match self.ids.get(id) {
            // The caller had no answer the first time and asks again.
            Some(owner) if owner == user => return Verdict::Repeat(*id),
            Some(_) => return Verdict::Refuse(Creation::KeyConflict),
            None => {}
        }
        if let Some(search) = search {
            let watched = (*user, search, wish.new.spec.kind());
            if let Some(same) = self.watching.get(&watched) {
                return Verdict::Refuse(Creation::SameSearch(*same));
            }
            if *alerts < wish.limit_per_user {
                self.watching.insert(watched, *id);
            }
        }
        if *alerts >= wish.limit_per_user {
            return Verdict::Refuse(Creation::LimitReached);
        }
        if is_passed {
            return Verdict::Refuse(Creation::Passed);
        }
        *alerts += 1;
        self.ids.insert(*id, *user);
        if let Some((key, body_hash)) = key {
            self.keys.insert(key, Key { body_hash: *body_hash, alert: *id, created_at: wish.now });
        }
        Verdict::Create
    }
}

async fn load_keys(db: &mut Db<'_>, wishes: &[Wish]) -> Result<HashMap<(UserId, String), Key>, StoreError> {
    let asked: HashSet<(UserId, &str)> = wishes
        .iter()
        .filter_map(|Wish { new, .. }| Some((new.user, new.idempotency.as_ref()?.key.as_str())))
        .collect();
    let found = Rows::of(["user_id", "key"], asked, |(user, key)| [user.into(), key.into()])
        .all(
            db,
            "SELECT k.user_id, k.key, k.body_hash, k.alert_id, k.created_at
            FROM rows CROSS JOIN idempotency_keys k WHERE k.user_id = rows.user_id AND k.key = rows.key",
            |row| {
                let name = (UserId(row.uuid()?), row.text()?.to_owned());
                let body_hash = row.bytes()?.try_into();
                let body_hash =
                    body_hash.map_err(|_| StoreError::Corrupt { what: "the hash of a request".into() })?;
                Ok((name, Key { body_hash, alert: AlertId(row.uuid()?), created_at: row.time()? }))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}
