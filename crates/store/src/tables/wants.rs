//! What evaluators want from the markets.

use bellwether_model::{Instrument, Position, Timestamp};

use crate::error::StoreError;
use crate::lease::Fence;
use crate::sql::{Rows, Value, sql};
use crate::store::Store;
use crate::tables::leases;
use crate::wake::Woken;
use crate::want::{Begins, Want};

impl Store {
    /// Has the share that a lease is of want these instruments, and no others any more.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is another's by now.
    pub async fn save_wants(
        &self,
        held: &Fence,
        wanted: Vec<(Instrument, Begins)>,
    ) -> Result<(), StoreError> {
        let fence = Fence { log_number: None, ..held.clone() };
        let share = held.name.clone();
        let saved = self.write(move |db| {
            Box::pin(async move {
                leases::hold(db, &fence).await?;
                sql("DELETE FROM wants WHERE share = $1").bind(share.as_str()).run(db).await?;
                Rows::of(["share", "instrument", "begins", "at"], wanted, |(instrument, begins)| {
                    let (begins, at) = written(begins);
                    [share.as_str().into(), (&instrument).into(), begins.into(), at]
                })
                .run(db, "INSERT INTO wants (share, instrument, begins, at) SELECT * FROM rows")
                .await
                .map(drop)
            })
        });
        saved.await?;
        self.wake().ring(Woken::Wants);
        Ok(())
    }

    /// What all shares want.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn wants(&self) -> Result<Vec<Want>, StoreError> {
        self.read(|db| {
            Box::pin(async move {
                sql("SELECT share, instrument, begins, at FROM wants ORDER BY instrument, share")
                    .all(db, |row| {
                        let (share, instrument) = (row.text()?.to_owned(), row.parsed("an instrument")?);
                        let (begins, at) = (row.text()?, row.maybe_int()?);
                        let begins = match (begins, at) {
                            ("after", Some(at)) => Begins::After(Position(at.cast_unsigned())),
                            ("since", Some(at)) => Begins::Since(Timestamp::from_micros(at)),
                            _ => Begins::Now,
                        };
                        Ok(Want { share, instrument, begins })
                    })
                    .await
            })
        })
        .await
    }
}

fn written(begins: Begins) -> (&'static str, Value) {
    match begins {
        Begins::After(position) => ("after", position.0.into()),
        Begins::Since(instant) => ("since", instant.into()),
        Begins::Now => ("now", None::<u64>.into()),
    }
}
