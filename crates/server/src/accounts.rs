//! What an account is made of: an address, perhaps a name to log in with, a password, a time zone.
//!
//! The rules stand here, for the API and the command line alike. How an account is kept is the store's
//! business, who may make one the API's.

mod email;
mod password;

use bellwether_model::input::{Faults, Fields};

pub use self::email::{Email, EmailError};
pub use self::password::{PASSWORD_BYTES, PASSWORD_CHARS_MIN, PasswordFailure, Passwords, generate};
use crate::config::Secret;

/// Characters that a name to log in with has at most.
const USERNAME_CHARS: usize = 50;
/// Characters that it has at least.
const USERNAME_CHARS_MIN: usize = 3;

/// Reads a new password.
pub(crate) fn read_new_password(fields: &mut Fields<'_>, faults: &mut Faults, name: &str) -> Option<Secret> {
    let password = fields.text(faults, name)?;
    match password::fault(password) {
        None => Some(Secret::new(password)),
        Some(message) => {
            faults.add(name, "password", message);
            None
        }
    }
}

/// Reads a name to log in with. It can never look like an address.
pub(crate) fn read_username(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let name = fields.text(faults, "username")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if (USERNAME_CHARS_MIN..=USERNAME_CHARS).contains(&name.len()) && name.chars().all(allowed) {
        return Some(name.to_owned());
    }
    let message = "must have from 3 to 50 characters: letters, digits, '_', '-' and '.'";
    faults.add("username", "invalid", message);
    None
}

/// Reads a time zone by its IANA name.
pub(crate) fn read_time_zone(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let name = fields.text(faults, "time_zone")?;
    match jiff::tz::TimeZone::get(name) {
        Ok(zone) => Some(zone.iana_name().unwrap_or(name).to_owned()),
        Err(_) => {
            faults.add("time_zone", "unknown_value", "must be a time zone such as Europe/Berlin or UTC");
            None
        }
    }
}
