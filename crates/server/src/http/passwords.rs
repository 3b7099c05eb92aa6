//! Forgotten passwords: a mail with a link, and what the link's page sends.

pub(super) mod ask_for_link;
pub(super) mod replace_password;

use bellwether_store::user::PasswordLinkHash;
use sha2::{Digest as _, Sha256};

/// What the store keeps of a link's token.
fn hash_of(token: &str) -> PasswordLinkHash {
    PasswordLinkHash(Sha256::digest(token.as_bytes()).into())
}
