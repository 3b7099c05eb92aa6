//! Where a delivery begins: it may be sent at once, it waits, or it is over before it began.

use std::collections::{BTreeSet, HashMap, HashSet};

use bellwether_model::{Channel, ChannelId, UserId};
use serde::Deserialize;

use crate::channel::ChannelStatus;
use crate::delivery::DeliveryStatus;
use crate::error::StoreError;
use crate::sql::{Db, Rows, json};
use crate::tables::channels::disable::dead_letter;

/// A channel that alerts name.
pub(crate) struct Made {
    user: UserId,
    status: ChannelStatus,
    reason: Option<String>,
}

/// Where a delivery begins, and why it is not sent.
pub(crate) struct Begin {
    pub(crate) status: DeliveryStatus,
    pub(crate) why: Option<String>,
}

/// The channels that are named. They stay as they are until this commit ends: a verification, a deletion or
/// a disabling that comes meanwhile waits, and then finds what this commit brings in.
pub(crate) async fn lock_channels(
    db: &mut Db<'_>,
    named: impl Iterator<Item = &Channel>,
) -> Result<HashMap<ChannelId, Made>, StoreError> {
    let ids: BTreeSet<ChannelId> = named.copied().filter_map(id_of).collect();
    let lock = db.dialect().locking_shared("c");
    let found = Rows::of(["id"], ids, |id| [id.into()])
        .all(
            db,
            &format!(
                "SELECT c.id, c.user_id, c.status, c.reason FROM rows CROSS JOIN channels c
                WHERE c.id = rows.id ORDER BY c.id{lock}"
            ),
            |row| {
                let id = ChannelId(row.uuid()?);
                let (user, status) = (UserId(row.uuid()?), row.parsed("a channel's status")?);
                Ok((id, Made { user, status, reason: row.maybe_text()?.map(str::to_owned) }))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// Where a delivery of a user's fire over this channel begins.
pub(crate) fn begin(
    channel: Channel,
    user: UserId,
    made: &HashMap<ChannelId, Made>,
    unverified: &HashSet<UserId>,
    hold_unverified: bool,
) -> Begin {
    let so = |status| Begin { status, why: None };
    let Channel::Made(id) = channel else {
        return so(if unverified.contains(&user) { DeliveryStatus::Held } else { DeliveryStatus::Pending });
    };
    match made.get(&id).filter(|made| made.user == user) {
        Some(Made { status: ChannelStatus::Unverified, .. }) if hold_unverified => so(DeliveryStatus::Held),
        Some(Made { status: ChannelStatus::Active | ChannelStatus::Unverified, .. }) => {
            so(DeliveryStatus::Pending)
        }
        Some(Made { status: ChannelStatus::Disabled, reason, .. }) => {
            let why = dead_letter(reason.as_deref().unwrap_or_default());
            Begin { status: DeliveryStatus::Dead, why: Some(why) }
        }
        // One of somebody else's cannot be named; if it ever were, it would be as if it were deleted.
        Some(Made { status: ChannelStatus::Deleted, .. }) | None => {
            Begin { status: DeliveryStatus::Cancelled, why: Some("the channel was deleted".to_owned()) }
        }
    }
}

/// The channels in a spec, of which nothing else is read: a third of the time of reading it all.
pub(crate) fn channels(spec: &str) -> Result<Vec<Channel>, StoreError> {
    #[derive(Deserialize)]
    struct Channels {
        channels: Vec<Channel>,
    }
    json::read::<Channels>(spec, "an alert's channels").map(|spec| spec.channels)
}

/// The id of a channel that a user made; the account's own address has none.
pub(crate) fn id_of(channel: Channel) -> Option<ChannelId> {
    match channel {
        Channel::Email => None,
        Channel::Made(id) => Some(id),
    }
}
