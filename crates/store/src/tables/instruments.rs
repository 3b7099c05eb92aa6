//! The catalogue of instruments.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{Instrument, Timestamp, Venue};

use crate::error::StoreError;
use crate::instrument::{InstrumentFilter, InstrumentInfo};
use crate::page::{Listed, Page};
use crate::sql::{Cells, Conditions, Db, Rows, searchable, sql, sql_of};
use crate::store::Store;
use crate::wake::Woken;

impl Store {
    /// Saves what a venue says of its instruments; those it does not name stay as they are, those of
    /// another venue are passed over. Whether one is switched on stays as it is; a new one is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn save_instruments(
        &self,
        venue: Venue,
        infos: Vec<InstrumentInfo>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(save(db, venue, infos, now))).await
    }

    /// A page of the catalogue, in the order of the instruments' texts.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn instruments(
        &self,
        filter: &InstrumentFilter,
        page: Page,
    ) -> Result<Listed<InstrumentInfo>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| Box::pin(list(db, filter, page))).await
    }

    /// What is known of one instrument.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn instrument(&self, instrument: &Instrument) -> Result<Option<InstrumentInfo>, StoreError> {
        let load =
            sql_of(format!("SELECT {COLUMNS} FROM instruments WHERE instrument = $1")).bind(instrument);
        self.read(move |db| Box::pin(async move { load.first(db, read_info).await })).await
    }

    /// Switches an instrument on or off, and says so to whoever watches; what is known of it then. Nothing where it is
    /// not known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn enable_instrument(
        &self,
        instrument: &Instrument,
        enabled: bool,
        now: Timestamp,
    ) -> Result<Option<InstrumentInfo>, StoreError> {
        let change = sql_of(format!(
            "UPDATE instruments SET disabled_at = CASE WHEN $2 THEN NULL ELSE COALESCE(disabled_at, $3) END
             WHERE instrument = $1 RETURNING {COLUMNS}"
        ));
        let change = change.bind(instrument).bind(enabled).bind(now);
        let changed =
            self.write(move |db| Box::pin(async move { change.first(db, read_info).await })).await?;
        self.wake().ring(Woken::Wants);
        Ok(changed)
    }

    /// The instruments that are switched off.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn disabled_instruments(&self) -> Result<BTreeSet<Instrument>, StoreError> {
        let load =
            sql("SELECT instrument FROM instruments WHERE disabled_at IS NOT NULL ORDER BY instrument");
        let disabled: Vec<Instrument> = self
            .read(move |db| Box::pin(async move { load.all(db, |row| row.parsed("an instrument")).await }))
            .await?;
        Ok(disabled.into_iter().collect())
    }

    /// How many instruments of a venue are known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn instrument_count(&self, venue: Venue) -> Result<u64, StoreError> {
        let count = sql("SELECT COUNT(*) FROM instruments WHERE venue = $1").bind(venue.name());
        self.read(move |db| Box::pin(async move { count.one(db, |row| row.count()).await })).await
    }
}

const COLUMNS: &str = "instrument, base, quote, trading, tick_size, disabled_at IS NULL";

fn read_info(row: &mut Cells<'_>) -> Result<InstrumentInfo, StoreError> {
    Ok(InstrumentInfo {
        instrument: row.parsed("an instrument")?,
        base: row.text()?.to_owned(),
        quote: row.text()?.to_owned(),
        trading: row.flag()?,
        tick_size: row.maybe_parsed("a step of a price")?,
        enabled: row.flag()?,
    })
}

async fn save(
    db: &mut Db<'_>,
    venue: Venue,
    infos: Vec<InstrumentInfo>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // One statement cannot change a row twice: of an instrument named twice the last one counts. In one
    // order, so that two that save at once do not wait for each other.
    let infos: BTreeMap<Instrument, InstrumentInfo> = infos
        .into_iter()
        .filter(|info| info.instrument.venue() == venue)
        .map(|info| (info.instrument.clone(), info))
        .collect();
    let columns = ["instrument", "venue", "base", "quote", "trading", "tick_size", "search_text", "at"];
    Rows::of(columns, infos.into_values(), |info| {
        let search_text = searchable(&format!("{}\n{}\n{}", info.instrument.symbol(), info.base, info.quote));
        [
            (&info.instrument).into(),
            venue.name().into(),
            info.base.into(),
            info.quote.into(),
            info.trading.into(),
            info.tick_size.map(|step| step.to_string()).into(),
            search_text.into(),
            now.into(),
        ]
    })
    // Without the WHERE, SQLite takes ON for the condition of a join.
    .run(
        db,
        "INSERT INTO instruments
            (instrument, venue, base, quote, trading, tick_size, search_text, updated_at)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument) DO UPDATE SET base = excluded.base, quote = excluded.quote,
            trading = excluded.trading, tick_size = excluded.tick_size,
            search_text = excluded.search_text, updated_at = excluded.updated_at",
    )
    .await
    .map(drop)
}

async fn list(
    db: &mut Db<'_>,
    filter: InstrumentFilter,
    page: Page,
) -> Result<Listed<InstrumentInfo>, StoreError> {
    let mut wanted = Conditions::new();
    if let Some(venue) = filter.venue {
        wanted.equal("venue", venue.name());
    }
    if let Some(enabled) = filter.enabled {
        wanted.on(enabled, |enabled| format!("(disabled_at IS NULL) = {enabled}"));
    }
    if let Some(reader) = filter.reader {
        wanted.on(reader, |user| {
            format!(
                "(venue <> 'push' OR EXISTS (SELECT 1 FROM push_feeds f
                    WHERE f.name = instruments.quote AND (f.published OR f.user_id = {user})))"
            )
        });
    }
    if let Some(text) = &filter.text {
        wanted.contains(db.dialect(), "search_text", text);
    }
    let total = wanted.count(db, "instruments").await?;
    let items = wanted
        .select(&format!("SELECT {COLUMNS} FROM instruments"), "ORDER BY instrument")
        .page(page)
        .all(db, read_info)
        .await?;
    Ok(Listed { items, total })
}
