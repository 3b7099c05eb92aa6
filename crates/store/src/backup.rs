//! A copy of the database, made while it is in use.

use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::sql::{Db, sql};
use crate::store::Store;

impl Store {
    /// Copies an SQLite database into a new file, as it is at one moment, while others go on using it. Returns once
    /// the copy is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the file is there already, and of a database that has tools of its own for this.
    /// See [`StoreError`] for the others.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let whole = file.to_path_buf();
        if whole.exists() {
            return Err(StoreError::Refused { source: "the file is there already".into() });
        }
        // Under another name until it is whole: what has the file's name is a backup, and not a part of one.
        let mut part = whole.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let into = part.clone();
        let copied = self.read(move |db| Box::pin(copy(db, into))).await;
        let kept = match copied {
            Ok(()) => keep(&part, &whole).map_err(|error| StoreError::Unavailable { source: error.into() }),
            Err(error) => Err(error),
        };
        if kept.is_err() {
            // What is left of it is of no use, and may not be there at all.
            let _ = std::fs::remove_file(&part);
        }
        kept
    }
}

async fn copy(db: &mut Db<'_>, into: PathBuf) -> Result<(), StoreError> {
    if matches!(db, Db::Postgres(_)) {
        return Err(StoreError::Refused { source: "PostgreSQL is backed up by its own tools".into() });
    }
    let path = into.to_str().map(str::to_owned);
    let Some(path) = path else {
        return Err(StoreError::Refused { source: "the file's name is not plain text".into() });
    };
    // Readers may not write, not even into another file.
    sql("PRAGMA query_only = 0").run(db).await?;
    let copied = sql("VACUUM INTO $1").bind(path).run(db).await;
    sql("PRAGMA query_only = 1").run(db).await?;
    copied.map(drop)
}

/// Brings a copy to the disk, and gives it its name.
fn keep(part: &Path, whole: &Path) -> std::io::Result<()> {
    std::fs::File::open(part)?.sync_all()?;
    // Unlike a rename this replaces nothing that came there meanwhile.
    std::fs::hard_link(part, whole)?;
    std::fs::remove_file(part)?;
    match whole.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
