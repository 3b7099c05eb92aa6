//! One row, read from left to right in the order of the statement's columns.

use bellwether_model::Timestamp;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row};
use uuid::Uuid;

use crate::error::StoreError;

/// The cells of a row that were not read yet.
pub(crate) struct Cells<'r> {
    row: Source<'r>,
    next: usize,
}

enum Source<'r> {
    Sqlite(&'r SqliteRow),
    Postgres(&'r PgRow),
}

impl<'r> Cells<'r> {
    pub(super) fn sqlite(row: &'r SqliteRow) -> Self {
        Self { row: Source::Sqlite(row), next: 0 }
    }

    pub(super) fn postgres(row: &'r PgRow) -> Self {
        Self { row: Source::Postgres(row), next: 0 }
    }

    // Each statement's columns are written beside the function that reads them, so the driver's check of
    // each cell's declared type is left out.
    fn take<T>(&mut self) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Decode<'r, Postgres>,
    {
        let index = self.next;
        self.next += 1;
        Ok(match self.row {
            Source::Sqlite(row) => row.try_get_unchecked(index)?,
            Source::Postgres(row) => row.try_get_unchecked(index)?,
        })
    }

    /// Passes over cells.
    pub(crate) fn skip(&mut self, count: usize) {
        self.next += count;
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.take()
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, StoreError> {
        self.take()
    }

    /// A number that never was negative, or the bits of one.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        Ok(self.int()?.cast_unsigned())
    }

    pub(crate) fn maybe_count(&mut self) -> Result<Option<u64>, StoreError> {
        Ok(self.maybe_int()?.map(i64::cast_unsigned))
    }

    pub(crate) fn small(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.int()?).map_err(|_| StoreError::Corrupt { what: "a count is out of range".into() })
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        self.take()
    }

    pub(crate) fn text(&mut self) -> Result<&'r str, StoreError> {
        self.take()
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<&'r str>, StoreError> {
        self.take()
    }

    pub(crate) fn bytes(&mut self) -> Result<&'r [u8], StoreError> {
        self.take()
    }

    pub(crate) fn maybe_bytes(&mut self) -> Result<Option<&'r [u8]>, StoreError> {
        self.take()
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, StoreError> {
        self.take()
    }

    pub(crate) fn maybe_uuid(&mut self) -> Result<Option<Uuid>, StoreError> {
        self.take()
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.int().map(Timestamp::from_micros)
    }

    pub(crate) fn maybe_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_int()?.map(Timestamp::from_micros))
    }

    /// A text that says what `T` reads: an instrument, a price, a channel.
    pub(crate) fn parsed<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, StoreError> {
        parse(self.text()?, what)
    }

    pub(crate) fn maybe_parsed<T: std::str::FromStr>(
        &mut self,
        what: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.maybe_text()?.map(|text| parse(text, what)).transpose()
    }
}

fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt { what: what.into() })
}
