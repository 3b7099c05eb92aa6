//! Fires as the API and the messages see them.

mod counts;

use bellwether_model::{AlertId, FireId, ReportId, Spec, UserId};

use crate::alert::Kind;
use crate::error::StoreError;
use crate::fire::{Cause, Fire, FireCounts, FireFilter, FireGroup, PriceFire};
use crate::page::{Stretch, Stretched};
use crate::sql::{Cells, Conditions, Db, Dialect, Newest, json, sql};
use crate::store::Store;

impl Store {
    /// One fire of a user.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn fire(&self, user: UserId, id: FireId) -> Result<Option<Fire>, StoreError> {
        let mut wanted = Conditions::new();
        wanted.equal("id", id);
        wanted.equal("user_id", user);
        let select = wanted.select(&format!("SELECT {COLUMNS} FROM fires"), "");
        self.read(move |db| Box::pin(async move { select.first(db, read_fire).await })).await
    }

    /// A stretch of a user's fires, newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_fires(
        &self,
        user: UserId,
        filter: &FireFilter,
        stretch: Stretch<FireId>,
    ) -> Result<Stretched<Fire>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| Box::pin(list(db, user, filter, stretch))).await
    }
}

impl Store {
    /// Fires of a user, the newest first, from the one before `after` on; at most `limit`. Unlike a page of a list it
    /// costs no count.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn fires_before(
        &self,
        user: UserId,
        filter: &FireFilter,
        after: Option<FireId>,
        limit: u32,
    ) -> Result<Vec<Fire>, StoreError> {
        let filter = filter.clone();
        self.read_past(move |db| Box::pin(before(db, user, filter, after, limit))).await
    }

    /// How many of a user's fires there are of each instrument, alert or day; at most `limit` groups.
    ///
    /// What it costs is bounded: the newest [`FIRES_COUNTED`](crate::fire::FIRES_COUNTED) fires of the user, or of the
    /// alert where one is named, are looked at, whatever else is asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn count_fires(
        &self,
        user: UserId,
        filter: &FireFilter,
        by: FireGroup,
        limit: u32,
    ) -> Result<FireCounts, StoreError> {
        let filter = filter.clone();
        self.read_past(move |db| Box::pin(counts::count(db, user, filter, by, limit))).await
    }
}

/// The columns of a whole fire, in the order in which [`read_fire`] reads them.
pub(crate) const COLUMNS: &str =
    "id, alert_id, user_id, number, kind, evidence, trade_first, trade_last, spec,
    evaluated_at, committed_at, late, ends, report_id";

pub(crate) fn read_fire(row: &mut Cells<'_>) -> Result<Fire, StoreError> {
    Ok(Fire {
        id: FireId(row.uuid()?),
        alert: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        number: row.count()?,
        cause: match row.parsed("a fire's kind")? {
            Kind::Price => Cause::Tick {
                evidence: json::read(row.text()?, "a fire's evidence")?,
                trades: row.maybe_count()?.zip(row.maybe_count()?),
            },
            Kind::Search | Kind::Digest | Kind::Insights => {
                let evidence = json::read(row.text()?, "a fire's evidence")?;
                // A listing has no trades.
                let _ = (row.maybe_count()?, row.maybe_count()?);
                Cause::Listing(evidence)
            }
        },
        spec: json::read(row.text()?, "a fire's spec")?,
        evaluated_at: row.time()?,
        committed_at: row.time()?,
        late: row.flag()?,
        ends: row.flag()?,
        report: row.maybe_uuid()?.map(ReportId),
    })
}

/// A fire that is known to be of a price alert.
pub(crate) fn read_price_fire(row: &mut Cells<'_>) -> Result<PriceFire, StoreError> {
    let Fire { id, alert, user, number, cause, spec, evaluated_at, committed_at, late, ends, report: _ } =
        read_fire(row)?;
    match (cause, spec) {
        (Cause::Tick { evidence, trades }, Spec::Price(spec)) => Ok(PriceFire {
            id,
            alert,
            user,
            number,
            evidence: *evidence,
            trades,
            spec,
            evaluated_at,
            committed_at,
            late,
            ends,
        }),
        _ => Err(StoreError::Corrupt { what: "a fire of a price alert".into() }),
    }
}

async fn list(
    db: &mut Db<'_>,
    user: UserId,
    filter: FireFilter,
    stretch: Stretch<FireId>,
) -> Result<Stretched<Fire>, StoreError> {
    let wanted = wanted(db.dialect(), user, &filter);
    let select = format!("SELECT {COLUMNS} FROM fires");
    let newest = newest(db, &filter, stretch.after).await?;
    wanted.stretch(db, "fires", &select, newest, stretch.limit, read_fire).await
}

async fn before(
    db: &mut Db<'_>,
    user: UserId,
    filter: FireFilter,
    after: Option<FireId>,
    limit: u32,
) -> Result<Vec<Fire>, StoreError> {
    let mut wanted = wanted(db.dialect(), user, &filter);
    let tail = wanted.newest(newest(db, &filter, after).await?, limit.into());
    wanted.select(&format!("SELECT {COLUMNS} FROM fires"), &tail).all(db, read_fire).await
}

/// The order of the fires that a filter names, from the one before `after` on. Those of an alert lie by their numbers.
async fn newest(db: &mut Db<'_>, filter: &FireFilter, after: Option<FireId>) -> Result<Newest, StoreError> {
    let Some(alert) = filter.alert else { return Ok(Newest::by("id", after)) };
    let Some(after) = after else { return Ok(Newest::by("number", None::<u64>)) };
    // The fire itself may have been forgotten since it was read.
    let number = sql("SELECT COALESCE((SELECT number FROM fires WHERE id = $1 AND alert_id = $2),
            (SELECT MAX(number) + 1 FROM fires WHERE alert_id = $2 AND id < $1), 0)");
    let number = number.bind(after).bind(alert).one(db, |row| row.count()).await?;
    Ok(Newest::by("number", Some(number)))
}

/// The fires of a user that a filter names.
fn wanted(dialect: Dialect, user: UserId, filter: &FireFilter) -> Conditions {
    let mut wanted = Conditions::new();
    match filter.alert {
        Some(alert) => {
            wanted.equal("alert_id", alert);
            // A user has very many, of all alerts.
            wanted.checked_equal(dialect, "user_id", user);
        }
        None => wanted.equal("user_id", user),
    }
    if let Some(instrument) = &filter.instrument {
        wanted.equal("instrument", instrument);
    }
    if let Some(from) = filter.from {
        wanted.compare("time", ">=", from);
    }
    if let Some(to) = filter.to {
        wanted.compare("time", "<", to);
    }
    wanted
}
