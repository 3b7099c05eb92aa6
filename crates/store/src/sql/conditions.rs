//! The conditions of a list, put together from those filters that were given.

use super::{Cells, Db, Dialect, Sql, Value, sql_of};
use crate::error::StoreError;
use crate::page::{Page, Stretched};

/// How far the items of a long list are counted.
const COUNTED: u64 = 10_000;

/// Conditions that must all hold, with the values of their placeholders.
#[derive(Clone)]
pub(crate) struct Conditions {
    text: String,
    values: Vec<Value>,
}

/// The order of a list, newest first, and from where on it is read.
pub(crate) struct Newest {
    by: &'static str,
    below: Option<Value>,
}

impl Newest {
    /// By a column that grows with time; from below a value of it on, where there is one.
    pub(crate) fn by(column: &'static str, below: Option<impl Into<Value>>) -> Self {
        Self { by: column, below: below.map(Into::into) }
    }
}

impl Conditions {
    /// No condition: everything.
    pub(crate) fn new() -> Self {
        Self { text: "TRUE".to_owned(), values: Vec::new() }
    }

    /// The column is equal to a value.
    pub(crate) fn equal(&mut self, column: &str, value: impl Into<Value>) {
        self.compare(column, "=", value);
    }

    /// The column is equal to a value, as is checked of each row that the other conditions find.
    pub(crate) fn checked_equal(&mut self, dialect: Dialect, column: &str, value: impl Into<Value>) {
        self.equal(&dialect.unindexed(column), value);
    }

    /// The column stands so to a value: `<`, `>=`, ...
    pub(crate) fn compare(&mut self, column: &str, sign: &str, value: impl Into<Value>) {
        let placeholder = self.placeholder(value.into());
        self.and(&format!("{column} {sign} {placeholder}"));
    }

    /// The column is equal to one of these values; no values, no condition.
    pub(crate) fn any_of(&mut self, column: &str, values: impl IntoIterator<Item = Value>) {
        let placeholders: Vec<_> = values.into_iter().map(|value| self.placeholder(value)).collect();
        if !placeholders.is_empty() {
            self.and(&format!("{column} IN ({})", placeholders.join(", ")));
        }
    }

    /// The column is equal to what a statement selects, which ends before the value that it needs.
    pub(crate) fn equal_to_selected(&mut self, column: &str, select: &str, value: impl Into<Value>) {
        let placeholder = self.placeholder(value.into());
        self.and(&format!("{column} = ({select} {placeholder})"));
    }

    /// The column, whose texts are in lower case, contains a text in whatever case.
    pub(crate) fn contains(&mut self, dialect: Dialect, column: &str, text: &str) {
        let placeholder = self.placeholder(searchable(text).into());
        self.and(&dialect.contains(column, &placeholder));
    }

    /// A condition on a value, written around its placeholder.
    pub(crate) fn on(&mut self, value: impl Into<Value>, condition: impl FnOnce(&str) -> String) {
        let placeholder = self.placeholder(value.into());
        self.and(&condition(&placeholder));
    }

    /// A condition without placeholders.
    pub(crate) fn and(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    /// `head WHERE conditions tail`.
    pub(crate) fn select(&self, head: &str, tail: &str) -> Sql {
        sql_of(format!("{head} WHERE {} {tail}", self.text)).bind_all(self.values.iter().cloned())
    }

    /// How many rows of a table meet the conditions.
    pub(crate) async fn count(&self, db: &mut Db<'_>, table: &str) -> Result<u64, StoreError> {
        self.select(&format!("SELECT COUNT(*) FROM {table}"), "").one(db, |row| row.count()).await
    }

    /// The same, counted up to [`COUNTED`]: the count, and whether there are more.
    async fn count_capped(&self, db: &mut Db<'_>, table: &str) -> Result<(u64, bool), StoreError> {
        let head = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table}");
        let counted = self
            .select(&head, &format!("LIMIT {}) AS counted", COUNTED + 1))
            .one(db, |row| row.count())
            .await?;
        Ok((counted.min(COUNTED), counted > COUNTED))
    }

    /// Only what comes in an order, from where on it is read; the end of the statement.
    pub(crate) fn newest(&mut self, Newest { by, below }: Newest, limit: u64) -> String {
        if let Some(below) = below {
            self.compare(by, "<", below);
        }
        let limit = self.placeholder(limit.into());
        format!("ORDER BY {by} DESC LIMIT {limit}")
    }

    /// A stretch of a table's rows, and how many rows there are in all.
    pub(crate) async fn stretch<T>(
        mut self,
        db: &mut Db<'_>,
        table: &str,
        select: &str,
        newest: Newest,
        limit: u32,
        read: impl Fn(&mut Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<Stretched<T>, StoreError> {
        let (total, total_capped) = self.count_capped(db, table).await?;
        // One more than asked for tells whether there are more.
        let tail = self.newest(newest, u64::from(limit) + 1);
        let mut items = self.select(select, &tail).all(db, read).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Ok(Stretched { items, more, total, total_capped })
    }

    fn placeholder(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

impl Sql {
    /// Only the rows of a page.
    pub(crate) fn page(self, page: Page) -> Sql {
        let before = u64::from(page.number.saturating_sub(1)) * u64::from(page.size);
        let bound = self.values.len();
        self.and_text(&format!(" LIMIT ${} OFFSET ${}", bound + 1, bound + 2)).bind(page.size).bind(before)
    }
}

/// A text as it is searched for and searched in: in lower case. PostgreSQL keeps no zero characters.
pub(crate) fn searchable(text: &str) -> String {
    text.to_lowercase().replace('\0', "")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Store, StoreOptions};

    /// How SQLite finds the rows of an alert that belong to a user, in an order.
    async fn plan(store: &Store, table: &'static str, newest: Newest) -> String {
        let steps = store.read(move |db| {
            Box::pin(async move {
                let mut wanted = Conditions::new();
                wanted.checked_equal(db.dialect(), "user_id", Uuid::nil());
                wanted.equal("alert_id", Uuid::nil());
                let tail = wanted.newest(newest, 20);
                let head = format!("EXPLAIN QUERY PLAN SELECT * FROM {table}");
                let step = |row: &mut Cells<'_>| {
                    row.skip(3);
                    row.text().map(str::to_owned)
                };
                wanted.select(&head, &tail).all(db, step).await
            })
        });
        steps.await.unwrap().join("\n")
    }

    #[tokio::test]
    async fn the_rows_of_an_alert_are_not_looked_for_among_all_of_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("plans.db").display());
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let id = || Newest::by("id", Some(Uuid::nil()));
        let plans = [
            plan(&store, "fires", Newest::by("number", Some(7_u64))).await,
            plan(&store, "reports", id()).await,
            plan(&store, "deliveries", id()).await,
        ];
        for plan in &plans {
            assert!(plan.contains("(alert_id=?"), "{plan}");
        }
        // An alert may have very many fires and reports of its own as well: none of them is sorted.
        for plan in &plans[..2] {
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
