//! Many rows in one statement.
//!
//! A statement costs a round trip to the server, or on SQLite a hop to the connection's thread, far more
//! than one row does. So rows travel together, as a table named `rows` that the statement reads:
//! on PostgreSQL from one array for each column, on SQLite from `VALUES` in portions of up to a hundred.

use uuid::Uuid;

use super::{Cells, Db, Value, value};
use crate::error::StoreError;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, postgres::PgArguments, query::Query};

/// Numbers of rows that a statement on SQLite may have, the largest first. Each is a statement of its own to
/// prepare and keep, so they are few; beyond a hundred rows nothing is gained.
const PORTIONS: [usize; 7] = [100, 50, 20, 10, 5, 2, 1];

/// A table of values, `rows`, for a statement to read from.
pub(crate) struct Rows<const N: usize> {
    columns: [&'static str; N],
    rows: Vec<[Value; N]>,
}

impl<const N: usize> Rows<N> {
    /// An empty table with these columns.
    pub(crate) fn new(columns: [&'static str; N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// A table of the rows that `make` gives for each item.
    pub(crate) fn of<T>(
        columns: [&'static str; N],
        items: impl IntoIterator<Item = T>,
        make: impl FnMut(T) -> [Value; N],
    ) -> Self {
        Self { columns, rows: items.into_iter().map(make).collect() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: [Value; N]) {
        self.rows.push(row);
    }

    /// Runs a statement that reads `rows`; how many rows it changed.
    pub(crate) async fn run(self, db: &mut Db<'_>, statement: &str) -> Result<u64, StoreError> {
        let mut changed = 0;
        match db {
            Db::Sqlite(connection) => {
                for (text, portion) in self.portions(statement) {
                    let query = value::bind_sqlite(text, portion);
                    changed += query.execute(&mut **connection).await?.rows_affected();
                }
            }
            Db::Postgres(connection) => {
                if !self.rows.is_empty() {
                    changed += self.arrays(statement).execute(&mut **connection).await?.rows_affected();
                }
            }
        }
        Ok(changed)
    }

    /// Runs a statement that reads `rows`; every row that it returns. An order that the statement asks
    /// for holds within each portion only.
    pub(crate) async fn all<T>(
        self,
        db: &mut Db<'_>,
        statement: &str,
        read: impl Fn(&mut Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::with_capacity(self.rows.len());
        match db {
            Db::Sqlite(connection) => {
                for (text, portion) in self.portions(statement) {
                    for row in value::bind_sqlite(text, portion).fetch_all(&mut **connection).await? {
                        found.push(read(&mut Cells::sqlite(&row))?);
                    }
                }
            }
            Db::Postgres(connection) => {
                if !self.rows.is_empty() {
                    for row in self.arrays(statement).fetch_all(&mut **connection).await? {
                        found.push(read(&mut Cells::postgres(&row))?);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Statements and values for SQLite.
    fn portions(self, statement: &str) -> Vec<(SqlStr, Vec<Value>)> {
        let columns = self.columns.join(", ");
        // Placeholders without names: SQLite looks names up one by one, in a time that grows with the
        // square of their count.
        let row = format!("({})", vec!["?"; N].join(","));
        let text = |size| {
            let values = vec![row.as_str(); size].join(",");
            AssertSqlSafe(format!("WITH rows({columns}) AS (VALUES {values}) {statement}")).into_sql_str()
        };
        let mut portions = Vec::new();
        let mut left = self.rows.into_iter();
        for size in PORTIONS {
            // One text for all portions of a size.
            let mut of_size = None;
            while left.len() >= size {
                let text = of_size.get_or_insert_with(|| text(size)).clone();
                portions.push((text, left.by_ref().take(size).flatten().collect()));
            }
        }
        portions
    }

    /// The statement for PostgreSQL, with an array for each column. There is at least one row.
    fn arrays(self, statement: &str) -> Query<'static, Postgres, PgArguments> {
        let names = self.columns.join(", ");
        let mut columns: Vec<Column> = Vec::with_capacity(N);
        for row in self.rows {
            for (index, value) in row.into_iter().enumerate() {
                match columns.get_mut(index) {
                    Some(column) => column.push(value),
                    None => columns.push(Column::begin(value)),
                }
            }
        }
        let sources: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("${}::{}[]", at + 1, column.kind()))
            .collect();
        let text =
            format!("WITH rows({names}) AS (SELECT * FROM UNNEST({})) {statement}", sources.join(", "));
        columns.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, column| column.bind(query))
    }
}

/// One column's values. Its type is that of its first value; the others are of the same.
enum Column {
    Ints(Vec<Option<i64>>),
    Flags(Vec<bool>),
    Texts(Vec<Option<String>>),
    Ids(Vec<Option<Uuid>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn begin(value: Value) -> Self {
        match value {
            Value::Int(value) => Column::Ints(vec![value]),
            Value::Flag(value) => Column::Flags(vec![value]),
            Value::Text(value) => Column::Texts(vec![value]),
            Value::Id(value) => Column::Ids(vec![value]),
            Value::Bytes(value) => Column::Bytes(vec![value]),
        }
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Column::Ints(values), Value::Int(value)) => values.push(value),
            (Column::Flags(values), Value::Flag(value)) => values.push(value),
            (Column::Texts(values), Value::Text(value)) => values.push(value),
            (Column::Ids(values), Value::Id(value)) => values.push(value),
            (Column::Bytes(values), Value::Bytes(value)) => values.push(value),
            // A short column would be filled up with NULL, which the columns that matter refuse.
            _ => debug_assert!(false, "the values of a column are of one type"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Column::Ints(_) => "bigint",
            Column::Flags(_) => "boolean",
            Column::Texts(_) => "text",
            Column::Ids(_) => "uuid",
            Column::Bytes(_) => "bytea",
        }
    }

    fn bind(self, query: Query<'static, Postgres, PgArguments>) -> Query<'static, Postgres, PgArguments> {
        match self {
            Column::Ints(values) => query.bind(values),
            Column::Flags(values) => query.bind(values),
            Column::Texts(values) => query.bind(values),
            Column::Ids(values) => query.bind(values),
            Column::Bytes(values) => query.bind(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_hold_every_row_once_in_few_sizes() {
        for count in [0, 1, 2, 3, 64, 99, 100, 101, 1_234] {
            let rows = Rows::of(["n", "m"], 0..count, |n: i64| [n.into(), (-n).into()]);
            let portions = rows.portions("SELECT n FROM rows");
            let mut numbers = Vec::new();
            for (text, values) in &portions {
                let size = values.len() / 2;
                assert!(PORTIONS.contains(&size), "{size} of {count}");
                assert_eq!(text.as_str().matches("(?,?)").count(), size);
                numbers.extend(values.chunks(2).map(|row| match row[0] {
                    Value::Int(n) => n.unwrap(),
                    _ => panic!("not a number"),
                }));
            }
            assert_eq!(numbers, (0..count).collect::<Vec<_>>());
        }
    }
}
