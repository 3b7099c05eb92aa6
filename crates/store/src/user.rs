//! People with accounts.

use std::fmt;

use bellwether_model::{Timestamp, UserId};

use crate::words::words;

/// When a person wants to have their peace, after the clocks of their zone. It may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// The minute of the day at which it begins.
    pub from: u16,
    /// The minute of the day at which it is over; another one than `from`.
    pub to: u16,
}

/// What a person may do besides looking after what is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nothing.
    User,
    /// Look after the service: its accounts, queues and feeds.
    Administrator,
}

words! {
    Role {
        User = "user",
        Administrator = "administrator",
    }
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The address, as they wrote it; unique without regard to case.
    pub email: String,
    /// A name to log in with besides the address, unique without regard to case.
    pub username: Option<String>,
    /// Whether the address was shown to be theirs.
    pub verified: bool,
    /// Why nothing goes there any more until it is verified again.
    pub email_problem: Option<String>,
    /// Their time zone, an IANA name.
    pub time_zone: String,
    /// When they want to have their peace.
    pub quiet: Option<QuietHours>,
    /// When they signed up.
    pub created_at: Timestamp,
    /// What they may do besides looking after what is theirs.
    pub role: Role,
}

/// An account as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub user: User,
    /// How many alerts they have that are not deleted.
    pub alerts: u64,
}

/// A person who signs up.
#[derive(Clone)]
pub struct NewUser {
    /// Who.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// A name to log in with.
    pub username: Option<String>,
    /// The password's argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether the address counts as verified from the start.
    pub verified: bool,
    /// An IANA name.
    pub time_zone: String,
    /// What they may do besides looking after what is theirs.
    pub role: Role,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a user changes of their account; `None` leaves it.
#[derive(Clone, Default)]
pub struct UserChange {
    /// A new time zone.
    pub time_zone: Option<String>,
    /// A new password, hashed.
    pub password_hash: Option<String>,
    /// Other quiet hours, or none. What was held for the former ones is due at once.
    pub quiet: Option<Option<QuietHours>>,
}

impl fmt::Debug for UserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserChange").field("time_zone", &self.time_zone).finish_non_exhaustive()
    }
}

/// SHA-256 of a link that replaces a forgotten password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PasswordLinkHash(pub [u8; 32]);

/// Why a user was not created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The address has an account.
    Email,
    /// The name to log in with has one.
    Username,
}
