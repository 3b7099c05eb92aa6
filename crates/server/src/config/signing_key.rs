//! The key that login tokens and the links in messages are signed with, and the one that was before it.

use std::fmt;

use super::Config;
use super::kept_key::{KeptKey, KeyError, KeyPlace};
use super::secret::Secret;

/// Where it is kept.
const KEPT: KeptKey = KeptKey { setting: "accounts.signing_key", what: "signing key", ending: "signing-key" };

/// The key that signs, and the former one, whose signatures still count. Masked wherever they are printed.
#[derive(Clone)]
pub struct SigningKey {
    current: Secret,
    former: Option<Secret>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.current, f)
    }
}

impl SigningKey {
    /// A key of those bytes, for tests and for processes whose store is in memory.
    ///
    /// # Errors
    /// Where it is too short to be safe.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        Ok(Self { current: KEPT.checked(Secret::new(text), "given")?, former: None })
    }

    /// The same, with a former key of those bytes.
    ///
    /// # Errors
    /// Where it is too short to be safe.
    pub fn after(self, former: impl Into<String>) -> Result<Self, KeyError> {
        let former = Some(KEPT.checked(Secret::new(former), "before")?);
        Ok(Self { former, ..self })
    }

    /// The bytes of the key that signs.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.current.reveal().as_bytes()
    }

    /// The bytes of the key that signed before.
    pub(crate) fn reveal_former(&self) -> Option<&[u8]> {
        self.former.as_ref().map(|former| former.reveal().as_bytes())
    }

    /// Where the key of this configuration comes from.
    pub(crate) fn place(config: &Config) -> KeyPlace {
        KEPT.place(&config.accounts.signing_key, &config.store)
    }

    /// The keys of this configuration; with SQLite one is made where there is none.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn of(config: &Config) -> Result<Self, KeyError> {
        let former = Some(&config.accounts.former_signing_key).filter(|key| !key.reveal().is_empty());
        Ok(Self { current: KEPT.find(&config.accounts.signing_key, &config.store)?, former: former.cloned() })
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
