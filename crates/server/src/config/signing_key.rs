//! The key that login tokens are signed with.

use std::fmt;

use super::Config;
use super::kept_key::{KeptKey, KeyError, KeyPlace};
use super::secret::Secret;

/// Where it is kept.
const KEPT: KeptKey = KeptKey { setting: "accounts.signing_key", what: "signing key", ending: "signing-key" };

/// The key of the login tokens. Masked wherever it is printed.
#[derive(Clone)]
pub struct SigningKey(Secret);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl SigningKey {
    /// A key of those bytes, for tests and for processes whose store is in memory.
    ///
    /// # Errors
    /// Where it is too short to be safe.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        KEPT.checked(Secret::new(text), "given").map(Self)
    }

    /// The key's bytes, for the one place that signs.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.reveal().as_bytes()
    }

    /// Where the key of this configuration comes from.
    pub(crate) fn place(config: &Config) -> KeyPlace {
        KEPT.place(&config.accounts.signing_key, &config.store)
    }

    /// The key of this configuration; with SQLite it is made where there is none.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn of(config: &Config) -> Result<Self, KeyError> {
        KEPT.find(&config.accounts.signing_key, &config.store).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Sources;

    fn config(url: &str, key: &str) -> Config {
        let flags = vec![("store.url".into(), url.into()), ("accounts.signing_key".into(), key.into())];
        Config::load(&Sources { flags, ..Sources::default() }).unwrap()
    }

    fn key(url: &str, key: &str) -> Result<SigningKey, KeyError> {
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
        assert!(matches!(key("postgres://localhost/bellwether", ""), Err(KeyError::NotSet(_))));
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
