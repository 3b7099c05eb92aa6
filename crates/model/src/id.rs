//! Identifiers: UUIDs of version 7, one type per thing so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId;
    /// An alert.
    AlertId;
    /// One fire of an alert.
    FireId;
    /// One message to one channel; the same for every attempt, for life.
    DeliveryId;
    /// One attempt at a delivery.
    AttemptId;
    /// An address of a user: a webhook, a chat.
    ChannelId;
    /// A login: the family of refresh tokens that descend from one password check.
    SessionId;
    /// What a program shows instead of a login.
    KeyId;
    /// A search of a marketplace, shared by everyone who asks for the same.
    SearchId;
    /// What a product alert told at one time.
    ReportId;
}
