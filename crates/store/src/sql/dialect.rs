//! Where the two databases differ, each difference under its name.

/// Between the columns of packed rows. No JSON text has it: JSON escapes control characters.
pub(crate) const UNIT: char = '\u{1f}';
/// Between packed rows.
pub(crate) const RECORD: char = '\u{1e}';

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The end of a SELECT that locks the rows of `table` until the transaction ends. SQLite has one
    /// writer: a transaction that writes has the whole database to itself.
    pub(crate) fn locking(self, table: &str) -> String {
        match self {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => format!(" FOR NO KEY UPDATE OF {table}"),
        }
    }

    /// Like [`Dialect::locking`], so that others may read and lock likewise, but not change.
    pub(crate) fn locking_shared(self, table: &str) -> String {
        match self {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => format!(" FOR SHARE OF {table}"),
        }
    }

    /// Like [`Dialect::locking`], passing over rows that another transaction has locked.
    pub(crate) fn locking_free(self, table: &str) -> String {
        match self {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => format!(" FOR NO KEY UPDATE OF {table} SKIP LOCKED"),
        }
    }

    /// Joins, to each of `rows`, the first `most` rows of a table as `d`, which is called `e` in `from`, passing
    /// over those that another transaction has locked, and locking these. The table has a key `id`.
    pub(crate) fn first_of_each(self, from: &str, most: usize) -> String {
        match self {
            Dialect::Sqlite => format!("JOIN deliveries d ON d.id IN (SELECT e.id FROM {from} LIMIT {most})"),
            Dialect::Postgres => format!(
                "CROSS JOIN LATERAL (SELECT e.* FROM {from} LIMIT {most} FOR NO KEY UPDATE SKIP LOCKED) d"
            ),
        }
    }

    /// A column whose rows are not to be found by an index on it. SQLite, which keeps no statistics, would otherwise
    /// choose among several indexes by their order; PostgreSQL knows better.
    pub(crate) fn unindexed(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => format!("+{column}"),
            Dialect::Postgres => column.to_owned(),
        }
    }

    /// A condition that keeps a reader of the change log below every transaction that still runs, and
    /// may yet add rows among those it has read. SQLite commits in the order of the log.
    pub(crate) fn settled(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => "TRUE".to_owned(),
            Dialect::Postgres => {
                format!("{column} < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            }
        }
    }

    /// The texts of many rows in one cell: each row's columns joined by [`UNIT`], the rows by [`RECORD`].
    /// The first columns are ids. Absent values are empty.
    pub(crate) fn packed(self, ids: &[&str], others: &[&str]) -> String {
        let text = |id: &&str| match self {
            Dialect::Sqlite => format!("hex({id})"),
            Dialect::Postgres => format!("{id}::text"),
        };
        let other = |column: &&str| match self {
            Dialect::Sqlite => format!("ifnull({column}, '')"),
            Dialect::Postgres => format!("coalesce({column}::text, '')"),
        };
        let columns: Vec<String> = ids.iter().map(text).chain(others.iter().map(other)).collect();
        match self {
            Dialect::Sqlite => format!("group_concat({}, char(30))", columns.join(" || char(31) || ")),
            Dialect::Postgres => format!("string_agg({}, chr(30))", columns.join(" || chr(31) || ")),
        }
    }

    /// A condition: an entry `c` of the change log stands after a place in it.
    pub(crate) fn log_after(self, transaction: &str, seq: &str) -> String {
        match self {
            Dialect::Sqlite => format!("c.seq > {seq} AND {transaction} >= 0"),
            Dialect::Postgres => format!("(c.txid, c.seq) > ({transaction}, {seq})"),
        }
    }

    /// The order of the change log.
    pub(crate) fn log_order(self) -> &'static str {
        match self {
            Dialect::Sqlite => "c.seq",
            Dialect::Postgres => "c.txid, c.seq",
        }
    }

    /// The end of the change log, as (transaction, number of the entry).
    pub(crate) fn log_end(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT 0, COALESCE(MAX(seq), 0) FROM alert_changes",
            // Everything of a finished transaction below the horizon is visible to whoever reads later.
            Dialect::Postgres => {
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 9223372036854775807"
            }
        }
    }

    /// The end of the log of what happened to what is each user's, likewise. Its rows are forgotten with time, so
    /// the last one does not tell where it ends.
    pub(crate) fn user_log_end(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "SELECT 0, COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'user_log'), 0)"
            }
            Dialect::Postgres => self.log_end(),
        }
    }

    /// A statement that counts the tables that hold the schema's versions: none before the first migration.
    pub(crate) fn has_versions(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Dialect::Postgres => "SELECT COUNT(to_regclass('_sqlx_migrations'))",
        }
    }

    /// A condition: the text in `column` contains what `placeholder` holds.
    pub(crate) fn contains(self, column: &str, placeholder: &str) -> String {
        match self {
            Dialect::Sqlite => format!("instr({column}, {placeholder}) > 0"),
            Dialect::Postgres => format!("strpos({column}, {placeholder}) > 0"),
        }
    }

    /// The JSON object in the text of `column` with the fields of `patch` in it.
    pub(crate) fn patched(self, column: &str, patch: &str) -> String {
        match self {
            Dialect::Sqlite => format!("json_patch({column}, '{patch}')"),
            Dialect::Postgres => format!("({column}::jsonb || '{patch}'::jsonb)::text"),
        }
    }
}
