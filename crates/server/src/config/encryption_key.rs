//! The key that targets of channels are sealed with, and the one that was before it.

use std::fmt;

use super::Config;
use super::kept_key::{KeptKey, KeyError, KeyPlace};
use super::secret::Secret;

/// Where it is kept.
const KEPT: KeptKey =
    KeptKey { setting: "accounts.encryption_key", what: "encryption key", ending: "encryption-key" };

/// The keys that seal what is secret in the store. Masked wherever they are printed.
#[derive(Clone)]
pub struct EncryptionKeys {
    current: Secret,
    former: Option<Secret>,
}

impl fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.current, f)
    }
}

impl EncryptionKeys {
    /// Keys of those bytes.
    ///
    /// # Errors
    /// Where one is too short to be safe.
    pub fn new(current: impl Into<String>, former: Option<String>) -> Result<Self, KeyError> {
        let former = former.map(|former| KEPT.checked(Secret::new(former), "before")).transpose()?;
        Ok(Self { current: KEPT.checked(Secret::new(current), "given")?, former })
    }

    /// Where the key of this configuration comes from.
    pub(crate) fn place(config: &Config) -> KeyPlace {
        KEPT.place(&config.accounts.encryption_key, &config.store)
    }

    /// The keys of this configuration; with SQLite one is made where there is none.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn of(config: &Config) -> Result<Self, KeyError> {
        let former = Some(&config.accounts.former_encryption_key).filter(|key| !key.reveal().is_empty());
        Ok(Self {
            current: KEPT.find(&config.accounts.encryption_key, &config.store)?,
            former: former.cloned(),
        })
    }

    /// The bytes of the key that seals, for the one place that does so.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.current.reveal().as_bytes()
    }

    /// The bytes of the key that sealed before.
    pub(crate) fn reveal_former(&self) -> Option<&[u8]> {
        self.former.as_ref().map(|former| former.reveal().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn it_is_made_beside_the_database_and_is_another_than_the_signing_key() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("b.db").display());
        let flags = vec![("store.url".into(), url)];
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let (first, second) = (EncryptionKeys::of(&config).unwrap(), EncryptionKeys::of(&config).unwrap());
        assert_eq!(first.reveal(), second.reveal());
        assert_ne!(first.reveal(), super::super::SigningKey::of(&config).unwrap().reveal());
        assert_eq!(format!("{first:?}"), "***");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = std::fs::metadata(folder.path().join("b.encryption-key")).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }
}
