//! Fires as the API and the messages see them.

use bellwether_model::{AlertId, FireId, UserId};

use crate::error::StoreError;
use crate::fire::{Fire, FireFilter};
use crate::page::{Stretch, Stretched};
use crate::sql::{Cells, Conditions, Db, json};
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

/// The columns of a whole fire, in the order in which [`read_fire`] reads them.
pub(crate) const COLUMNS: &str = "id, alert_id, user_id, number, evidence, trade_first, trade_last, spec,
    evaluated_at, committed_at, late, ends";

pub(crate) fn read_fire(row: &mut Cells<'_>) -> Result<Fire, StoreError> {
    Ok(Fire {
        id: FireId(row.uuid()?),
        alert: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        number: row.count()?,
        evidence: json::read(row.text()?, "a fire's evidence")?,
        trades: row.maybe_count()?.zip(row.maybe_count()?),
        spec: json::read(row.text()?, "a fire's spec")?,
        evaluated_at: row.time()?,
        committed_at: row.time()?,
        late: row.flag()?,
        ends: row.flag()?,
    })
}

async fn list(
    db: &mut Db<'_>,
    user: UserId,
    filter: FireFilter,
    stretch: Stretch<FireId>,
) -> Result<Stretched<Fire>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    if let Some(alert) = filter.alert {
        wanted.equal("alert_id", alert);
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
    let select = format!("SELECT {COLUMNS} FROM fires");
    wanted.stretch(db, "fires", &select, stretch.after.map(|id| id.0), stretch.limit, read_fire).await
}
