//! Who is asking: access tokens, the logins behind them, and the address a request comes from.

mod caller;
mod client;
pub(super) mod keys;
mod sessions;
pub(super) mod tokens;

pub(super) use self::caller::{Administrator, Caller, LoggedIn};
pub(super) use self::client::Client;
pub(super) use self::keys::Keys;
pub(super) use self::sessions::Sessions;
