//! Keys of the service: set, or made once and kept beside the SQLite database.
//!
//! There is no built-in key. Processes that share a PostgreSQL database must share their keys, which no
//! file beside a database can give them, so there they have to be set.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::secret::Secret;
use super::store::Store;

/// Bytes that a key has at least.
pub(super) const KEY_BYTES: usize = 32;

/// Which key, and where it is kept.
pub(super) struct KeptKey {
    /// Its name in the configuration.
    pub(super) setting: &'static str,
    /// What it is called.
    pub(super) what: &'static str,
    /// The ending of its file.
    pub(super) ending: &'static str,
}

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    /// It is set.
    Configuration,
    /// It is kept in this file, which may not be there yet.
    File(PathBuf),
    /// It is made for the life of the process.
    Nowhere,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It must be set, and is not.
    #[error(
        "must be set: with PostgreSQL every process needs the same key. Make one, for example with 'openssl \
         rand -hex 32', and set it here, by its variable, or in the file that {0}_file names"
    )]
    NotSet(&'static str),
    /// It is too short to be safe.
    #[error("the {0} {1} has less than {KEY_BYTES} bytes")]
    TooShort(&'static str, String),
    /// The file beside the database can be neither read nor made.
    #[error("the {what}'s file {path} cannot be read or made")]
    File {
        /// Which key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl KeptKey {
    /// The key that is set; with SQLite it is made where none is.
    pub(super) fn find(&self, set: &Secret, store: &Store) -> Result<Secret, KeyError> {
        if !set.reveal().is_empty() {
            return self.checked(set.clone(), &format!("in {}", self.setting));
        }
        match store.sqlite_file() {
            Some(database) => self.beside(&database),
            None if store.is_in_memory() => Ok(Secret::new(fresh())),
            None => Err(KeyError::NotSet(self.setting)),
        }
    }

    /// Where the key comes from.
    pub(super) fn place(&self, set: &Secret, store: &Store) -> KeyPlace {
        match store.sqlite_file() {
            Some(database) if set.reveal().is_empty() => KeyPlace::File(database.with_extension(self.ending)),
            _ if set.reveal().is_empty() => KeyPlace::Nowhere,
            _ => KeyPlace::Configuration,
        }
    }

    /// The key, where it is long enough.
    pub(super) fn checked(&self, secret: Secret, whence: &str) -> Result<Secret, KeyError> {
        match secret.reveal().len() {
            KEY_BYTES.. => Ok(secret),
            _ => Err(KeyError::TooShort(self.what, whence.to_owned())),
        }
    }

    fn beside(&self, database: &Path) -> Result<Secret, KeyError> {
        let path = database.with_extension(self.ending);
        let read = || fs::read_to_string(&path);
        let text = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.make(&path).and_then(|()| read()),
            other => other,
        };
        let text = text.map_err(|source| KeyError::File { what: self.what, path: path.clone(), source })?;
        self.checked(Secret::new(text.trim_end()), &format!("in {}", path.display()))
    }

    /// Makes the file whole or not at all: written under another name, then linked to its own, which
    /// fails where another process was first. Its key is then the key.
    fn make(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let draft = path.with_extension(format!("{}-{}", self.ending, std::process::id()));
        let written = write_privately(&draft).and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        let removed = fs::remove_file(&draft);
        written.and(removed)
    }
}

/// 256 random bits in hexadecimal.
fn fresh() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_privately(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", fresh())?;
    file.sync_all()
}
