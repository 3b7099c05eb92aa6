//! The schema's versions, one folder of SQL for each database, built into the program.
//!
//! A version that was released is never edited: the database keeps its checksum. The two folders hold the
//! same versions under the same names.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::error::StoreError;
use crate::sql::{Db, Dialect, sql};

/// (version, what it brings, its SQL for SQLite, its SQL for PostgreSQL)
const VERSIONS: [(i64, &str, &str, &str); 18] = [
    (
        1,
        "spine",
        include_str!("../migrations/sqlite/0001_spine.sql"),
        include_str!("../migrations/postgres/0001_spine.sql"),
    ),
    (
        2,
        "history",
        include_str!("../migrations/sqlite/0002_history.sql"),
        include_str!("../migrations/postgres/0002_history.sql"),
    ),
    (
        3,
        "channels",
        include_str!("../migrations/sqlite/0003_channels.sql"),
        include_str!("../migrations/postgres/0003_channels.sql"),
    ),
    (
        4,
        "tick_log",
        include_str!("../migrations/sqlite/0004_tick_log.sql"),
        include_str!("../migrations/postgres/0004_tick_log.sql"),
    ),
    (
        5,
        "feeds",
        include_str!("../migrations/sqlite/0005_feeds.sql"),
        include_str!("../migrations/postgres/0005_feeds.sql"),
    ),
    (
        6,
        "turns",
        include_str!("../migrations/sqlite/0006_turns.sql"),
        include_str!("../migrations/postgres/0006_turns.sql"),
    ),
    (
        7,
        "peace",
        include_str!("../migrations/sqlite/0007_peace.sql"),
        include_str!("../migrations/postgres/0007_peace.sql"),
    ),
    (
        8,
        "news",
        include_str!("../migrations/sqlite/0008_news.sql"),
        include_str!("../migrations/postgres/0008_news.sql"),
    ),
    (
        9,
        "keys",
        include_str!("../migrations/sqlite/0009_keys.sql"),
        include_str!("../migrations/postgres/0009_keys.sql"),
    ),
    (
        10,
        "products",
        include_str!("../migrations/sqlite/0010_products.sql"),
        include_str!("../migrations/postgres/0010_products.sql"),
    ),
    (
        11,
        "partitions",
        include_str!("../migrations/sqlite/0011_partitions.sql"),
        include_str!("../migrations/postgres/0011_partitions.sql"),
    ),
    (
        12,
        "trust",
        include_str!("../migrations/sqlite/0012_trust.sql"),
        include_str!("../migrations/postgres/0012_trust.sql"),
    ),
    (
        13,
        "returns",
        include_str!("../migrations/sqlite/0013_returns.sql"),
        include_str!("../migrations/postgres/0013_returns.sql"),
    ),
    (
        14,
        "switches",
        include_str!("../migrations/sqlite/0014_switches.sql"),
        include_str!("../migrations/postgres/0014_switches.sql"),
    ),
    (
        15,
        "quarantine",
        include_str!("../migrations/sqlite/0015_quarantine.sql"),
        include_str!("../migrations/postgres/0015_quarantine.sql"),
    ),
    (
        16,
        "ambiguity",
        include_str!("../migrations/sqlite/0016_ambiguity.sql"),
        include_str!("../migrations/postgres/0016_ambiguity.sql"),
    ),
    (
        17,
        "room",
        include_str!("../migrations/sqlite/0017_room.sql"),
        include_str!("../migrations/postgres/0017_room.sql"),
    ),
    (
        18,
        "ledger",
        include_str!("../migrations/sqlite/0018_ledger.sql"),
        include_str!("../migrations/postgres/0018_ledger.sql"),
    ),
];

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationReport {
    /// Versions that were applied now, in their order; empty where the schema was up to date.
    pub applied: Vec<i64>,
}

/// How the database's schema stands to this program's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaStatus {
    /// Versions that the database has.
    pub applied: Vec<i64>,
    /// Versions that this program has and the database lacks.
    pub pending: Vec<i64>,
    /// Versions that the database has and this program does not know: it is newer than the program.
    pub unknown: Vec<i64>,
}

pub(crate) fn migrator(dialect: Dialect) -> Migrator {
    let migrations = VERSIONS.map(|(version, brings, sqlite, postgres)| {
        let text = match dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        };
        Migration::new(version, brings.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.into())
}

/// How the database's schema stands to this program's.
pub(crate) async fn status(db: &mut Db<'_>) -> Result<SchemaStatus, StoreError> {
    let found = sql(db.dialect().has_versions()).one(db, |row| row.int()).await?;
    let applied = if found == 0 {
        Vec::new()
    } else {
        sql("SELECT version FROM _sqlx_migrations ORDER BY version").all(db, |row| row.int()).await?
    };
    let known = VERSIONS.map(|(version, ..)| version);
    Ok(SchemaStatus {
        pending: known.into_iter().filter(|version| !applied.contains(version)).collect(),
        unknown: applied.iter().copied().filter(|version| !known.contains(version)).collect(),
        applied,
    })
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        let what = match error {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                return source.into();
            }
            MigrateError::VersionMissing(version) => {
                format!("the database has version {version}, which this program does not know")
            }
            MigrateError::VersionMismatch(version) => {
                format!("version {version} of the database was made from another text")
            }
            other => other.to_string(),
        };
        StoreError::Schema { what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_ascend() {
        assert!(VERSIONS.is_sorted_by(|(before, ..), (after, ..)| before < after));
        for (_, brings, sqlite, postgres) in VERSIONS {
            let changes = |text: &str| ["CREATE ", "ALTER "].iter().any(|word| text.contains(word));
            assert!(changes(sqlite) && changes(postgres), "{brings}");
        }
    }
}
