//! Creating alerts, many in one transaction.

mod known;

use std::collections::{BTreeMap, HashSet};

use bellwether_model::{AlertId, SearchId, Status, Timestamp, UserId};

pub(crate) use self::known::KEY_LIFE_US;
use self::known::{Known, Verdict};
use super::history::{Entry, log};
use super::products;
use super::read::{self, instrument, other_instruments, search_text, shard};
use crate::alert::{Action, Alert, CreatedTogether, Creation, Idempotency, NewAlert};
use crate::error::StoreError;
use crate::sql::{Db, Rows, json};
use crate::tables::evaluation::{Armed, passed};

/// An alert that somebody wishes to create.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) new: NewAlert,
    pub(crate) limit_per_user: u64,
    pub(crate) now: Timestamp,
}

impl Wish {
    /// What the alert is from the first: it watches, or its time was over before it was created.
    fn status(&self) -> Status {
        match self.new.spec.expires_at() {
            Some(expires_at) if expires_at <= self.now => Status::Expired,
            _ => Status::Active,
        }
    }
}

/// Creates what may be created; what became of each wish, in their order.
pub(crate) async fn create(db: &mut Db<'_>, wishes: Vec<Wish>) -> Result<Vec<Creation>, StoreError> {
    let (known, verdicts) = judge(db, &wishes).await?;
    let accepted: Vec<&Wish> = wishes
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Create))
        .map(|(wish, _)| wish)
        .collect();
    insert(db, &accepted, &known).await?;
    tell(db, wishes, verdicts, &known).await
}

/// Creates all of them, or none where one may not be created.
pub(crate) async fn create_together(
    db: &mut Db<'_>,
    wishes: Vec<Wish>,
) -> Result<CreatedTogether, StoreError> {
    let (known, verdicts) = judge(db, &wishes).await?;
    let mut refused = Vec::new();
    for (at, verdict) in verdicts.into_iter().enumerate() {
        match verdict {
            Verdict::Create => {}
            Verdict::Refuse(creation) => refused.push((at, creation)),
            Verdict::Repeat(alert) => return Ok(CreatedTogether::Repeated(alert)),
        }
    }
    if !refused.is_empty() {
        return Ok(CreatedTogether::Refused(refused));
    }
    insert(db, &wishes.iter().collect::<Vec<_>>(), &known).await?;
    Ok(CreatedTogether::Created)
}

/// Decides about each wish, in their order.
async fn judge(db: &mut Db<'_>, wishes: &[Wish]) -> Result<(Known, Vec<Verdict>), StoreError> {
    // Before any other lock, as a checkpoint does.
    let passed = passed_of(db, wishes).await?;
    let mut known = Known::load(db, wishes).await?;
    let verdicts =
        wishes.iter().enumerate().map(|(at, wish)| known.judge(wish, passed.contains(&at))).collect();
    Ok((known, verdicts))
}

/// Which of the wishes are armed at a position that the last checkpoint has passed, by their place.
async fn passed_of<'a>(db: &mut Db<'_>, wishes: &'a [Wish]) -> Result<HashSet<usize>, StoreError> {
    let armed = |(at, Wish { new, .. }): (usize, &'a Wish)| {
        Some((at, Armed { spec: new.spec.price()?, state: &new.state }))
    };
    // What has expired watches from nowhere.
    let watching = wishes.iter().enumerate().filter(|(_, wish)| wish.status() == Status::Active);
    let (places, armed): (Vec<usize>, Vec<Armed<'_>>) = watching.filter_map(armed).unzip();
    Ok(passed(db, &armed).await?.into_iter().map(|at| places[at]).collect())
}

async fn insert(db: &mut Db<'_>, accepted: &[&Wish], known: &Known) -> Result<(), StoreError> {
    let mut alerts = Rows::new([
        "id",
        "user_id",
        "status",
        "kind",
        "search_id",
        "instrument",
        "others",
        "shard",
        "spec",
        "search_text",
        "expires_at",
        "state",
        "fires",
        "at",
    ]);
    let mut entries = Vec::with_capacity(accepted.len());
    for wish in accepted {
        let Wish { new, now, .. } = wish;
        let spec = json::write(&new.spec)?;
        alerts.push([
            new.id.into(),
            new.user.into(),
            wish.status().name().into(),
            new.spec.kind().into(),
            known.search(&new.spec).map(|search| search.0).into(),
            instrument(&new.spec).into(),
            other_instruments(&new.spec)?.into(),
            shard(&new.spec).into(),
            spec.as_str().into(),
            search_text(&new.spec).into(),
            new.spec.expires_at().into(),
            json::write(&new.state)?.into(),
            new.state.fires.into(),
            (*now).into(),
        ]);
        entries.push(Entry {
            alert: new.id,
            user: new.user,
            actor: Some(new.user),
            action: Action::Created,
            at: *now,
            status: wish.status(),
            spec,
        });
    }
    alerts
        .run(
            db,
            "INSERT INTO alerts (id, user_id, status, kind, search_id, instrument, other_instruments, shard, spec,
                search_text, expires_at, version, revision, arming, state, fires, created_at, updated_at, armed_at)
            SELECT id, user_id, status, kind, search_id, instrument, others, shard, spec, search_text,
                expires_at, 1, 1, 1, state, fires, at, at, at FROM rows",
        )
        .await?;
    log(db, entries).await?;
    let mut on_products: Vec<(SearchId, &Wish)> = accepted
        .iter()
        .filter(|wish| wish.status() == Status::Active)
        .filter_map(|wish| Some((known.search(&wish.new.spec)?, *wish)))
        .collect();
    // In order, as all locks.
    on_products.sort_by_key(|(search, wish)| (*search, wish.new.id));
    for (search, Wish { new, now, .. }) in on_products {
        products::follow(db, new.id, search, &new.spec, new.next_at.map(|at| (*now, at)), *now).await?;
    }
    insert_keys(db, accepted).await?;
    count(db, accepted).await
}

async fn insert_keys(db: &mut Db<'_>, accepted: &[&Wish]) -> Result<(), StoreError> {
    let mut keys = Rows::new(["user_id", "key", "body_hash", "alert_id", "at"]);
    for Wish { new, now, .. } in accepted {
        if let Some(Idempotency { key, body_hash }) = &new.idempotency {
            keys.push([
                new.user.into(),
                key.as_str().into(),
                (*body_hash).into(),
                new.id.into(),
                (*now).into(),
            ]);
        }
    }
    // A key that is there already is older than its life: a younger one would have decided.
    keys.run(
        db,
        "INSERT INTO idempotency_keys (user_id, key, body_hash, alert_id, created_at)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (user_id, key) DO UPDATE SET body_hash = excluded.body_hash,
            alert_id = excluded.alert_id, created_at = excluded.created_at",
    )
    .await
    .map(drop)
}

async fn count(db: &mut Db<'_>, accepted: &[&Wish]) -> Result<(), StoreError> {
    let mut more: BTreeMap<UserId, u64> = BTreeMap::new();
    for wish in accepted {
        *more.entry(wish.new.user).or_default() += 1;
    }
    Rows::of(["id", "more"], more, |(user, more)| [user.into(), more.into()])
        .run(db, "UPDATE users SET alerts = users.alerts + rows.more FROM rows WHERE users.id = rows.id")
        .await
        .map(drop)
}

/// Puts the answers together. Those alerts that were created before are read as they are now.
async fn tell(
    db: &mut Db<'_>,
    wishes: Vec<Wish>,
    verdicts: Vec<Verdict>,
    known: &Known,
) -> Result<Vec<Creation>, StoreError> {
    let mut told = Vec::with_capacity(wishes.len());
    for (wish, verdict) in wishes.into_iter().zip(verdicts) {
        told.push(match verdict {
            Verdict::Create => Creation::Created(Box::new(created(wish, known))),
            Verdict::Refuse(creation) => creation,
            Verdict::Repeat(alert) => repeated(db, wish.new.user, alert).await?,
        });
    }
    Ok(told)
}

async fn repeated(db: &mut Db<'_>, user: UserId, alert: AlertId) -> Result<Creation, StoreError> {
    match read::load(db, user, alert).await? {
        Some(alert) => Ok(Creation::Repeated(Box::new(alert))),
        None => Err(StoreError::Corrupt { what: "the alert of a request's key is missing".into() }),
    }
}

fn created(wish: Wish, known: &Known) -> Alert {
    let status = wish.status();
    let Wish { new, now, .. } = wish;
    Alert {
        id: new.id,
        user: new.user,
        search: known.search(&new.spec),
        spec: new.spec,
        status,
        snoozed_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
        armed_at: now,
        fires: new.state.fires,
        last_fired_at: None,
        last_sent_at: None,
    }
}
