//! Whether the keys are there, and nobody else can read them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::finding::Finding;
use crate::config::{Config, EncryptionKeys, KeyPlace, SigningKey};

/// Bits of a file's mode that let others at it.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let has_database = config.store.sqlite_file().is_some_and(|file| file.exists());
    [
        ("signing key", SigningKey::place(config), "Everybody will have to log in again."),
        (
            "encryption key",
            EncryptionKeys::place(config),
            "Put the file back from your backup: without it every channel needs its target anew.",
        ),
    ]
    .into_iter()
    .map(|(what, place, loss)| match place {
        KeyPlace::Configuration => Finding::good(what, "is set"),
        KeyPlace::Nowhere => Finding::good(what, "is made for the life of the process"),
        KeyPlace::File(path) => kept(what, &path, has_database, loss),
    })
    .collect()
}

fn kept(what: &str, path: &Path, has_database: bool, loss: &str) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(file) => private(what, path, &file),
        Err(error) if error.kind() == ErrorKind::NotFound && has_database => {
            Finding::bad(what, format!("{shown} is missing beside its database"), loss)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Finding::good(what, format!("{shown} is made by the first start"))
        }
        Err(error) => Finding::bad(
            what,
            format!("{shown} cannot be looked at: {error}"),
            "Let the account that the service runs under read it.",
        ),
    }
}

#[cfg(unix)]
fn private(what: &str, path: &Path, file: &fs::Metadata) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let (shown, mode) = (path.display(), file.permissions().mode() & 0o777);
    if mode & OTHERS == 0 {
        return readable(what, path);
    }
    Finding::bad(
        what,
        format!("{shown} can be read or changed by others (mode {mode:04o})"),
        format!("Run chmod 600 {shown}; if somebody may have read it, make a new key."),
    )
}

#[cfg(not(unix))]
fn private(what: &str, path: &Path, _: &fs::Metadata) -> Finding {
    readable(what, path)
}

fn readable(what: &str, path: &Path) -> Finding {
    let shown = path.display();
    match fs::File::open(path) {
        Ok(_) => Finding::good(what, format!("{shown} is there, for its owner alone")),
        Err(error) => Finding::bad(
            what,
            format!("{shown} cannot be read: {error}"),
            "Run this as the account that the service runs under, and let that account own the file.",
        ),
    }
}
