//! What one process does, where there are several.

use std::str::FromStr;

use serde::Serialize;

use super::reader::Reader;

/// What one process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Serves the API and the interface.
    Api,
    /// Watches venues.
    Feed,
    /// Evaluates alerts.
    Engine,
    /// Sends messages.
    Deliver,
    /// Does what goes by time: searches, digests, insights, expiry, housekeeping.
    Schedule,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] = [Role::Api, Role::Feed, Role::Engine, Role::Deliver, Role::Schedule];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Api => "api",
            Role::Feed => "feed",
            Role::Engine => "engine",
            Role::Deliver => "deliver",
            Role::Schedule => "schedule",
        }
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(())
    }
}

/// The roles of this process; all where nothing is said.
pub(super) fn read(r: &mut Reader) -> Option<Vec<Role>> {
    let named = r.list("server.roles")?;
    if named.is_empty() || named.iter().any(|name| name == "all") {
        return Some(Role::ALL.to_vec());
    }
    let roles: Result<Vec<Role>, ()> = named.iter().map(|name| name.parse()).collect();
    match roles {
        Ok(mut roles) => {
            roles.sort_unstable();
            roles.dedup();
            Some(roles)
        }
        Err(()) => r.refuse("server.roles", "must be of api, feed, engine, deliver, schedule, or all"),
    }
}
