//! From a claim to where its message goes.

use bellwether_model::Timestamp;
use bellwether_notify::Target;
use bellwether_store::delivery::Claim;

use crate::channels::{Sealer, Unreadable};

/// Where a message goes.
pub(super) struct Route {
    pub(super) target: Target,
    /// The address of a mail; empty for anything else.
    pub(super) mailbox: String,
}

impl Route {
    /// The route of a claim. `now` is the time of sending, by which former secrets sign or do not.
    pub(super) fn of(claim: &Claim, sealer: &Sealer, now: Timestamp) -> Result<Self, Unreadable> {
        let Some(via) = &claim.via else {
            return Ok(Self { target: Target::Mail, mailbox: claim.email.clone() });
        };
        let address = sealer.open(via.id, &via.target)?;
        let target = address.target(now).map_err(|_| Unreadable)?;
        Ok(Self { target, mailbox: address.mailbox().unwrap_or_default().to_owned() })
    }
}
