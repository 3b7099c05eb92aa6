//! What alerts on products have beside their rows: the search that they share, and when they are told next.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bellwether_model::product::{ProductSpec, Schedule};
use bellwether_model::{AlertId, SearchId, Span, Spec, Timestamp, UserId};

use serde::Deserialize;
use uuid::Uuid;

use super::create::Wish;
use crate::alert::{ProductAlert, ProductChange, ProductWish};
use crate::error::StoreError;
use crate::evaluation::Cursor;
use crate::job::JobKind;
use crate::sql::{Db, Rows, json, sql, sql_of};
use crate::store::Store;
use crate::tables::{jobs, searches};

/// For how long an answer of the marketplace will do for an alert that comes to it.
const FRESH: Span = Span::MINUTE;
const FRESH_US: i64 = 60_000_000;

/// Which alert of a user, of a kind, watches a search.
type Watching = HashMap<(UserId, SearchId, &'static str), AlertId>;

/// The searches that some wishes name, made where they are new, and who watches them already.
pub(super) async fn known(
    db: &mut Db<'_>,
    wishes: &[Wish],
) -> Result<(HashMap<String, SearchId>, Watching), StoreError> {
    let mut named: BTreeMap<String, (&ProductSpec, Timestamp)> = BTreeMap::new();
    let mut users = BTreeSet::new();
    for wish in wishes {
        let Some(spec) = wish.new.spec.product() else { continue };
        users.insert(wish.new.user);
        named.insert(spec.watch.search().key(), (spec, wish.now));
    }
    let mut known: HashMap<String, SearchId> = HashMap::new();
    // In the order of their keys, as all who make several do, so that no two wait for each other.
    for (key, (spec, now)) in named {
        known.insert(key, search_of(db, spec, now).await?);
    }
    if known.is_empty() {
        return Ok((known, Watching::new()));
    }
    let watching = Rows::of(["id"], users, |user| [user.into()])
        .all(
            db,
            "SELECT a.user_id, a.search_id, a.kind, a.id FROM rows CROSS JOIN alerts a
            WHERE a.user_id = rows.id AND a.search_id IS NOT NULL AND a.status <> 'deleted'",
            |row| {
                let (user, search) = (UserId(row.uuid()?), SearchId(row.uuid()?));
                let kind: crate::alert::Kind = row.parsed("an alert's kind")?;
                Ok(((user, search, kind.name()), AlertId(row.uuid()?)))
            },
        )
        .await?;
    Ok((known, watching.into_iter().collect()))
}

/// The search that an alert watches, made where it is new.
pub(super) async fn search_of(
    db: &mut Db<'_>,
    spec: &ProductSpec,
    now: Timestamp,
) -> Result<SearchId, StoreError> {
    searches::search_for(db, spec.watch.search(), now).await
}

/// Another alert of the user, of the same kind, on the same search.
pub(super) async fn same(
    db: &mut Db<'_>,
    user: UserId,
    id: AlertId,
    search: SearchId,
    kind: &'static str,
) -> Result<Option<AlertId>, StoreError> {
    sql("SELECT id FROM alerts
        WHERE user_id = $1 AND search_id = $2 AND kind = $3 AND id <> $4 AND status <> 'deleted' LIMIT 1")
    .bind(user)
    .bind(search.0)
    .bind(kind)
    .bind(id)
    .first(db, |row| row.uuid().map(AlertId))
    .await
}

/// Lets an alert be told by its schedule (where it begins, and when it is told next), and its search be asked
/// for at once.
pub(super) async fn follow(
    db: &mut Db<'_>,
    id: AlertId,
    search: SearchId,
    spec: &Spec,
    told: Option<(Timestamp, Timestamp)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let (Some(kind), Some((anchor, next_at))) = (job_of(spec), told) {
        jobs::put(db, kind, id.0, anchor, next_at).await?;
    }
    let polled_at = sql("SELECT polled_at FROM searches WHERE id = $1").bind(search.0);
    let polled_at = polled_at.first(db, |row| row.maybe_time()).await?.flatten();
    // What was asked just now need not be asked again for each of many who come at once.
    let poll_at = match polled_at {
        Some(polled_at) if now.micros_since(polled_at) < FRESH_US => polled_at.saturating_add(FRESH),
        _ => now,
    };
    jobs::put(db, JobKind::Poll, search.0, now, poll_at).await?;
    jobs::put(db, JobKind::Rollup, search.0, now, now.saturating_add(FRESH)).await
}

/// Ends the schedule of an alert. A search that nobody watches any more is found out by its next poll.
pub(super) async fn forget(db: &mut Db<'_>, id: AlertId) -> Result<(), StoreError> {
    for kind in [JobKind::Digest, JobKind::Insights] {
        jobs::remove(db, kind, id.0).await?;
    }
    Ok(())
}

fn job_of(spec: &Spec) -> Option<JobKind> {
    match spec.kind() {
        "digest" => Some(JobKind::Digest),
        "insights" => Some(JobKind::Insights),
        _ => None,
    }
}

impl Store {
    /// A product alert, whosever it is, for what is done by time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn product_alert(&self, id: AlertId) -> Result<Option<ProductAlert>, StoreError> {
        self.read(move |db| Box::pin(one(db, id))).await
    }

    /// What the active product alerts after one of them want, in the order of their ids: which search, and by
    /// which schedule.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn product_wishes(
        &self,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<ProductWish>, StoreError> {
        self.read(move |db| Box::pin(wishes(db, after, limit))).await
    }

    /// The entries of the change log after a place, in order, none ever missed, with what their alerts want of
    /// searches now. Read [`Store::head`] and then [`Store::product_wishes`] before following.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn product_changes(&self, after: Cursor, limit: u32) -> Result<Vec<ProductChange>, StoreError> {
        self.read(move |db| Box::pin(changes(db, after, limit))).await
    }
}

impl Store {
    /// Whether an active alert watches a search.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn is_watched(&self, search: SearchId) -> Result<bool, StoreError> {
        let watching = sql("SELECT 1 FROM alerts WHERE search_id = $1 AND status = 'active' LIMIT 1");
        let watching = watching.bind(search.0);
        self.read(move |db| Box::pin(async move { Ok(watching.first(db, |_| Ok(())).await?.is_some()) }))
            .await
    }

    /// Has searches polled at these instants, or earlier where they are to be polled earlier anyway.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_polls(&self, polls: Vec<(SearchId, Timestamp)>) -> Result<(), StoreError> {
        if polls.is_empty() {
            return Ok(());
        }
        let jobs = polls.into_iter().map(|(search, at)| (search.0, at, at)).collect();
        self.write(move |db| Box::pin(jobs::put_all(db, JobKind::Poll, jobs))).await
    }
}

async fn one(db: &mut Db<'_>, id: AlertId) -> Result<Option<ProductAlert>, StoreError> {
    sql("SELECT user_id, search_id, spec, status, revision, snoozed_until, armed_at FROM alerts
        WHERE id = $1 AND search_id IS NOT NULL")
    .bind(id)
    .first(db, |row| {
        Ok(ProductAlert {
            id,
            user: UserId(row.uuid()?),
            search: SearchId(row.uuid()?),
            spec: json::read(row.text()?, "a product alert's spec")?,
            status: row.parsed("an alert's status")?,
            revision: row.count()?,
            snoozed_until: row.maybe_time()?,
            armed_at: row.time()?,
        })
    })
    .await
}

/// All that is read of a spec here.
#[derive(Deserialize)]
struct Scheduled {
    schedule: Option<Schedule>,
}

async fn changes(db: &mut Db<'_>, after: Cursor, limit: u32) -> Result<Vec<ProductChange>, StoreError> {
    let settled = db.dialect().settled("c.txid");
    // Most changes are of alerts on prices, of which nothing is read.
    sql_of(format!(
        "SELECT c.txid, c.seq, c.alert_id, a.search_id,
            CASE WHEN a.search_id IS NOT NULL AND a.status = 'active' THEN a.spec END
        FROM alert_changes c JOIN alerts a ON a.id = c.alert_id
        WHERE {} AND {settled} ORDER BY {} LIMIT $3",
        db.dialect().log_after("$1", "$2"),
        db.dialect().log_order(),
    ))
    .bind(after.transaction)
    .bind(after.seq)
    .bind(limit)
    .all(db, |row| {
        let cursor = Cursor { transaction: row.count()?, seq: row.count()? };
        let alert = AlertId(row.uuid()?);
        let (search, spec) = (row.maybe_uuid()?.map(SearchId), row.maybe_text()?);
        let wish = search.zip(spec).map(|(search, spec)| {
            let spec: Scheduled = json::read(spec, "a product alert's spec")?;
            Ok::<_, StoreError>(ProductWish { alert, search, schedule: spec.schedule })
        });
        Ok(ProductChange { cursor, alert, wish: wish.transpose()? })
    })
    .await
}

async fn wishes(db: &mut Db<'_>, after: Option<AlertId>, limit: u32) -> Result<Vec<ProductWish>, StoreError> {
    sql("SELECT id, search_id, spec FROM alerts
        WHERE search_id IS NOT NULL AND status = 'active' AND id > $1 ORDER BY id LIMIT $2")
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(limit)
    .all(db, |row| {
        let (alert, search) = (AlertId(row.uuid()?), SearchId(row.uuid()?));
        let spec: Scheduled = json::read(row.text()?, "a product alert's spec")?;
        Ok(ProductWish { alert, search, schedule: spec.schedule })
    })
    .await
}
