//! Passwords: argon2id, on threads of their own, a bounded number at once.
//!
//! A hash takes tens of milliseconds and megabytes by design, so it never runs on a thread that answers
//! requests, and a flood of logins waits here instead of taking all memory. Who waits longer than a
//! request may take is given up with the request.

use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::config::{Accounts, Secret};

/// Characters that a password has at least.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Bytes that it has at most.
pub const PASSWORD_BYTES: usize = 512;
/// Passes over the memory; with 19 MiB the OWASP recommendation of 2025.
const PASSES: u32 = 2;

/// Why a password could be neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordFailure {
    /// The parameters or a stored hash are of no use.
    #[error("the password hash failed: {0}")]
    Hash(String),
    /// The process is stopping.
    #[error("the work on a password was given up")]
    GivenUp,
}

/// Hashes passwords and checks them. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    // What a login of nobody is checked against, so that it takes as long as any other.
    decoy: Arc<OnceLock<String>>,
}

/// A turn to work on a password; another one waits until it is over.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held, and given back when dropped")] OwnedSemaphorePermit);

impl Passwords {
    /// With the costs of this configuration.
    #[must_use]
    pub fn new(accounts: &Accounts) -> Self {
        let params = Params::new(accounts.password_memory_kib, PASSES, 1, None)
            .expect("the configuration bounds the memory above argon2's own least");
        let permits = usize::try_from(accounts.password_hashes_at_once).unwrap_or(1);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            permits: Arc::new(Semaphore::new(permits)),
            decoy: Arc::default(),
        }
    }

    /// Waits for a turn to check a password. What was known before the wait may have changed since.
    ///
    /// # Errors
    /// Where the process is stopping.
    pub async fn turn(&self) -> Result<Turn, PasswordFailure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.map(Turn).map_err(|_| PasswordFailure::GivenUp)
    }

    /// The hash of a new password, in PHC form.
    ///
    /// # Errors
    /// See [`PasswordFailure`].
    pub async fn hash(&self, password: Secret) -> Result<String, PasswordFailure> {
        let argon2 = self.argon2.clone();
        let turn = self.turn().await?;
        run(turn, move || hash(&argon2, password.reveal())).await?
    }

    /// Whether a password is the one of this hash. Without a hash it is not, and finding that out takes
    /// just as long.
    ///
    /// # Errors
    /// See [`PasswordFailure`].
    pub async fn is_right(
        &self,
        turn: Turn,
        password: Secret,
        known: Option<String>,
    ) -> Result<bool, PasswordFailure> {
        let (argon2, decoy) = (self.argon2.clone(), Arc::clone(&self.decoy));
        run(turn, move || {
            let stand_in = || match decoy.get() {
                Some(hash) => Ok(hash.clone()),
                None => hash(&argon2, "nobody").inspect(|hash| drop(decoy.set(hash.clone()))),
            };
            let somebody = known.is_some();
            let text = known.map_or_else(stand_in, Ok)?;
            let known = PasswordHash::new(&text).map_err(|error| PasswordFailure::Hash(error.to_string()))?;
            Ok(argon2.verify_password(password.reveal().as_bytes(), &known).is_ok() && somebody)
        })
        .await?
    }
}

/// Works on a thread of its own. The turn goes with the work: a request that is given up meanwhile frees
/// no room for another hash.
async fn run<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordFailure> {
    let task = spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    task.await.map_err(|_| PasswordFailure::GivenUp)
}

fn hash(argon2: &Argon2<'static>, password: &str) -> Result<String, PasswordFailure> {
    let hash: Result<PasswordHash, _> = argon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordFailure::Hash(error.to_string()))
}

/// What is wrong with a password that somebody chose.
pub(super) fn fault(password: &str) -> Option<String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        Some(format!("must have at least {PASSWORD_CHARS_MIN} characters"))
    } else if password.len() > PASSWORD_BYTES {
        Some(format!("must have at most {PASSWORD_BYTES} bytes"))
    } else {
        None
    }
}

/// A password of 120 random bits that people can read out: letters and digits in groups of four.
#[must_use]
pub fn generate() -> Secret {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bits: [u8; 24] = rand::random();
    let groups: Vec<String> = bits
        .chunks(4)
        .map(|group| group.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
        .collect();
    Secret::new(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn passwords() -> Passwords {
        let flags = vec![("accounts.password_memory_kib".to_owned(), "64".to_owned())];
        Passwords::new(&Config::load(&Sources { flags, ..Sources::default() }).unwrap().accounts)
    }

    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash_alone() {
        let passwords = passwords();
        let hash = passwords.hash(Secret::new("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{hash}");
        let right = |password: &str, hash: Option<String>| {
            let (passwords, password) = (passwords.clone(), Secret::new(password));
            async move {
                let turn = passwords.turn().await.unwrap();
                passwords.is_right(turn, password, hash).await.unwrap()
            }
        };
        assert!(right("correct horse", Some(hash.clone())).await);
        assert!(!right("correct house", Some(hash.clone())).await);
        assert!(!right("nobody", None).await);
        assert_ne!(hash, passwords.hash(Secret::new("correct horse")).await.unwrap(), "salted");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(fault("1234567").is_some());
        assert!(fault("12345678").is_none());
        assert!(fault("ääääääää").is_none());
        assert!(fault(&"x".repeat(513)).is_some());
    }

    #[test]
    fn a_generated_password_is_readable_and_new() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 29);
        assert!(fault(one.reveal()).is_none());
    }
}
