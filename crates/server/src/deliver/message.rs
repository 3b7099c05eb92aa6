//! What a claim says, with every link in place.

use bellwether_model::Status;
use bellwether_notify::{About, AlertFired, Links, Message, Notice, Reader, VerifyAddress};
use bellwether_store::delivery::{self, Claim, Content};

/// Where links in messages lead.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The service's address as its users see it, without a slash at the end.
    pub public_url: String,
}

/// The message of a claim; `mailbox` is the address that it goes to, where it is a mail.
pub(super) fn of(claim: &Claim, mailbox: &str, addresses: &Addresses) -> Message {
    match &claim.content {
        Content::VerifyAddress { token } => Message::VerifyAddress(VerifyAddress {
            delivery: claim.id,
            address: mailbox.to_owned(),
            link: format!("{}/verify?token={token}", addresses.public_url),
        }),
        Content::Notice(notice) => Message::Notice(Notice {
            delivery: claim.id,
            address: mailbox.to_owned(),
            about: match notice {
                delivery::Notice::ChannelTest => About::ChannelTest {
                    name: claim.via.as_ref().map_or_else(String::new, |via| via.name.clone()),
                },
                delivery::Notice::ChannelDisabled { kind, name, reason } => About::ChannelDisabled {
                    channel: kind.name(),
                    name: name.clone(),
                    reason: reason.clone(),
                },
            },
        }),
        Content::Fired(fire) => Message::AlertFired(Box::new(AlertFired {
            delivery: claim.id,
            alert: fire.alert,
            alert_name: fire.spec.name.clone(),
            instrument: fire.spec.instrument.clone(),
            condition: fire.spec.condition.clone(),
            repeat: fire.spec.repeat,
            note: fire.spec.note.clone(),
            fire_number: fire.number,
            evidence: fire.evidence.clone(),
            trades: fire.trades,
            late: fire.late,
            evaluated_at: fire.evaluated_at,
            status_after: if fire.ends { Status::Triggered } else { Status::Active },
            reader: Reader { address: mailbox.to_owned(), time_zone: claim.time_zone.clone() },
            links: Links {
                open: Some(format!("{}/app/alerts/{}", addresses.public_url, fire.alert)),
                ..Links::default()
            },
        })),
    }
}
