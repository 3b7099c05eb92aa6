//! Whether there is room where the database is.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::config::Config;

const MIB: u64 = 1 << 20;
/// Less than this, and writes may fail within the day.
const LITTLE: u64 = 1_024 * MIB;
/// Less than this, and SQLite may not even be able to write its log.
const TOO_LITTLE: u64 = 100 * MIB;

/// What was found; nothing where the database is another machine's.
pub(super) fn look(config: &Config) -> Option<Finding> {
    let file = config.store.sqlite_file()?;
    let folder = there(&file);
    Some(match free(&folder) {
        Ok(free) => judge(&folder, free),
        Err(error) => {
            let said = format!("the room in {} cannot be told: {error}", folder.display());
            Finding::odd("disk", said, "Look at it yourself: df -h")
        }
    })
}

fn judge(folder: &Path, free: u64) -> Finding {
    let said = format!("{} MiB are free in {}", free / MIB, folder.display());
    let advice = "Make room, or move the database (store.url) to a larger disk.";
    match free {
        ..TOO_LITTLE => Finding::bad("disk", said, advice),
        TOO_LITTLE..LITTLE => Finding::odd("disk", said, advice),
        _ => Finding::good("disk", said),
    }
}

/// The nearest folder above a file that is there.
fn there(file: &Path) -> PathBuf {
    let above = file.ancestors().skip(1).find(|folder| !folder.as_os_str().is_empty() && folder.is_dir());
    above.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Bytes that are free for those who are no superusers.
fn free(folder: &Path) -> std::io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_full_disk_is_in_the_way() {
        let state = |mib: u64| judge(Path::new("/x"), mib * MIB).state;
        assert_eq!(
            [state(99), state(100), state(1_023), state(1_024)],
            [State::Bad, State::Odd, State::Odd, State::Good]
        );
    }

    #[test]
    fn a_folder_that_is_to_be_made_is_looked_for_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(there(&folder.path().join("a/b/c.db")), folder.path());
        assert_eq!(there(Path::new("c.db")), Path::new("."));
        assert!(free(folder.path()).unwrap() > 0);
    }
}
