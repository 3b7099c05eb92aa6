//! The key that login tokens are signed with: set, or made once and kept beside the SQLite database.
//!
//! There is no built-in key. Processes that share a PostgreSQL database must share the key, which no
//! file beside a database can give them, so there it has to be set.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Config;
use super::secret::Secret;

/// Bytes that a key has at least.
pub(super) const SIGNING_KEY_BYTES: usize = 32;

/// The key of the login tokens. Masked wherever it is printed.
#[derive(Clone)]
pub struct SigningKey(Secret);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It must be set, and is not.
    #[error(
        "must be set: with PostgreSQL every process needs the same key. Make one, for example with 'openssl \
         rand -hex 32', and set it here, by BELLWETHER_ACCOUNTS__SIGNING_KEY, or in the file that \
         accounts.signing_key_file names"
    )]
    NotSet,
    /// It is too short to be safe.
    #[error("the signing key {0} has less than {SIGNING_KEY_BYTES} bytes")]
    TooShort(String),
    /// The file beside the database can be neither read nor made.
    #[error("the signing key's file {path} cannot be read or made")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl SigningKey {
    /// A key of those bytes, for tests and for processes whose store is in memory.
    ///
    /// # Errors
    /// Where it is too short to be safe.
    pub fn new(text: impl Into<String>) -> Result<Self, SigningKeyError> {
        Self::checked(Secret::new(text), "given")
    }

    /// The key's bytes, for the one place that signs.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.reveal().as_bytes()
    }

    /// The key of this configuration; with SQLite it is made where there is none.
    ///
    /// # Errors
    /// See [`SigningKeyError`].
    pub fn of(config: &Config) -> Result<Self, SigningKeyError> {
        let Config { accounts, store, .. } = config;
        if !accounts.signing_key.reveal().is_empty() {
            return Self::checked(accounts.signing_key.clone(), "in accounts.signing_key");
        }
        match store.sqlite_file() {
            Some(database) => Self::beside(&database),
            None if store.is_in_memory() => Self::new(fresh()),
            None => Err(SigningKeyError::NotSet),
        }
    }

    fn checked(secret: Secret, whence: &str) -> Result<Self, SigningKeyError> {
        match secret.reveal().len() {
            SIGNING_KEY_BYTES.. => Ok(Self(secret)),
            _ => Err(SigningKeyError::TooShort(whence.to_owned())),
        }
    }

    fn beside(database: &Path) -> Result<Self, SigningKeyError> {
        let path = database.with_extension("signing-key");
        let read = || fs::read_to_string(&path);
        let text = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path).and_then(|()| read()),
            other => other,
        };
        let text = text.map_err(|source| SigningKeyError::File { path: path.clone(), source })?;
        Self::checked(Secret::new(text.trim_end()), &format!("in {}", path.display()))
    }
}

/// 256 random bits in hexadecimal.
fn fresh() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the file whole or not at all: written under another name, then linked to its own, which fails
/// where another process was first. Its key is then the key.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("signing-key-{}", std::process::id()));
    let written = write_privately(&draft).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn config(url: &str, key: &str) -> Config {
        let flags = vec![("store.url".into(), url.into()), ("accounts.signing_key".into(), key.into())];
        Config::load(&Sources { flags, ..Sources::default() }).unwrap()
    }

    fn key(url: &str, key: &str) -> Result<SigningKey, SigningKeyError> {
        SigningKey::of(&config(url, key))
    }

    #[test]
    fn a_key_is_made_once_beside_the_database_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/data/bellwether.db", folder.path().display());
        let (first, second) = (key(&url, "").unwrap(), key(&url, "").unwrap());
        assert_eq!(first.reveal(), second.reveal());
        assert_eq!(first.reveal().len(), 64);
        let data = folder.path().join("data");
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.join("bellwether.signing-key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn two_services_have_two_keys() {
        let key = || key("sqlite::memory:", "").unwrap();
        assert_ne!(key().reveal(), key().reveal());
    }

    #[test]
    fn with_postgres_the_key_must_be_set() {
        assert!(matches!(key("postgres://localhost/bellwether", ""), Err(SigningKeyError::NotSet)));
        let set = "0123456789abcdef0123456789abcdef";
        assert_eq!(key("postgres://localhost/bellwether", set).unwrap().reveal(), set.as_bytes());
    }

    #[test]
    fn a_short_key_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("b.db").display());
        fs::write(folder.path().join("b.signing-key"), "swordfish").unwrap();
        let told = key(&url, "").unwrap_err().to_string();
        assert!(told.ends_with("b.signing-key has less than 32 bytes"), "{told}");
        assert!(!told.contains("swordfish"));
    }
}
