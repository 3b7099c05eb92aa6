//! One statement for both databases.
//!
//! Placeholders are `$1`, `$2`, ... in both, so most SQL in this crate stands once. This module binds
//! values, runs a statement on whichever connection there is, and reads rows cell by cell. Where the
//! databases differ, the difference has a name in [`dialect`].

mod cells;
mod conditions;
mod dialect;
pub(crate) mod json;
mod rows;
mod value;

pub(crate) use cells::Cells;
pub(crate) use conditions::{Conditions, Newest, searchable};
pub(crate) use dialect::{Dialect, RECORD, UNIT};
pub(crate) use rows::Rows;
pub(crate) use value::Value;

use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr, SqlStr, SqliteConnection};

use crate::error::StoreError;

/// A connection, most often in the midst of a transaction.
pub(crate) enum Db<'c> {
    /// To SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    Postgres(&'c mut PgConnection),
}

impl Db<'_> {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// A statement with its values.
#[derive(Clone)]
pub(crate) struct Sql {
    text: SqlStr,
    values: Vec<Value>,
}

/// A statement whose text is fixed.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text: text.into_sql_str(), values: Vec::new() }
}

/// A statement whose text was put together. Only ever from texts of this crate: what comes from outside
/// is bound, never written into the text.
pub(crate) fn sql_of(text: String) -> Sql {
    Sql { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
}

impl Sql {
    /// Binds the next placeholder.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds the next placeholders.
    pub(crate) fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// Adds to the end of the text.
    fn and_text(mut self, more: &str) -> Self {
        self.text = AssertSqlSafe(format!("{}{more}", self.text.as_str())).into_sql_str();
        self
    }

    /// Runs it; how many rows it changed.
    pub(crate) async fn run(self, db: &mut Db<'_>) -> Result<u64, StoreError> {
        let changed = match db {
            Db::Sqlite(connection) => {
                let query = value::bind_sqlite(self.text, self.values);
                query.execute(&mut **connection).await?.rows_affected()
            }
            Db::Postgres(connection) => {
                let query = value::bind_postgres(self.text, self.values);
                query.execute(&mut **connection).await?.rows_affected()
            }
        };
        Ok(changed)
    }

    /// Every row, each read by `read`.
    pub(crate) async fn all<T>(
        self,
        db: &mut Db<'_>,
        read: impl Fn(&mut Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match db {
            Db::Sqlite(connection) => {
                let rows = value::bind_sqlite(self.text, self.values).fetch_all(&mut **connection).await?;
                rows.iter().map(|row| read(&mut Cells::sqlite(row))).collect()
            }
            Db::Postgres(connection) => {
                let rows = value::bind_postgres(self.text, self.values).fetch_all(&mut **connection).await?;
                rows.iter().map(|row| read(&mut Cells::postgres(row))).collect()
            }
        }
    }

    /// The first row, if there is one.
    pub(crate) async fn first<T>(
        self,
        db: &mut Db<'_>,
        read: impl Fn(&mut Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(db, read).await?.into_iter().next())
    }

    /// The one row that there always is: of counts and other aggregates.
    pub(crate) async fn one<T>(
        self,
        db: &mut Db<'_>,
        read: impl Fn(&mut Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.first(db, read).await?.ok_or_else(|| StoreError::Corrupt { what: "a row is missing".into() })
    }
}
