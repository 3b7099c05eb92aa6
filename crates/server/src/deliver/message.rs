//! What a claim says, with every link in place.

use bellwether_model::product::Schedule;
use bellwether_model::{AlertId, DeliveryId, Status};
use bellwether_notify::{
    About, AlertFired, Combined, Links, Message, Notice, Reader, ReportMessage, SecretLink, VerifyAddress,
};
use bellwether_store::delivery::{self, Claim, Content};
use bellwether_store::fire::PriceFire;
use bellwether_store::report::ReportRecord;

use super::parcel::Parcel;
use crate::links::{AlertLink, LinkSigner};

/// Where links in messages lead.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The service's address as its users see it, without a slash at the end.
    pub public_url: String,
    /// Signs the links that stop an alert.
    pub links: LinkSigner,
}

impl Addresses {
    /// An alert's page.
    fn open(&self, alert: AlertId) -> String {
        format!("{}/app/alerts/{alert}", self.public_url)
    }

    /// The links of an alert's message. One click may stop the alert only over TLS, as RFC 8058 has it.
    fn links(&self, claim: &Claim, alert: AlertId) -> Links {
        let link = AlertLink { user: claim.user, alert, delivery: claim.id, since: claim.created_at };
        let (url, token) = (&self.public_url, self.links.token(&link));
        let one_click = url.starts_with("https://").then(|| format!("{url}/unsubscribe?token={token}"));
        Links {
            open: Some(self.open(alert)),
            stop: Some(format!("{url}/stop?token={token}")),
            unsubscribe: one_click,
        }
    }
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
                delivery::Notice::AlertThrottled { alert, name } => About::AlertThrottled {
                    name: if name.is_empty() { alert.to_string() } else { name.clone() },
                },
                delivery::Notice::AlertExpired { alert, name, watched, fires } => About::AlertExpired {
                    alert: *alert,
                    name: name.clone(),
                    watched: watched.clone(),
                    fires: *fires,
                    open: Some(addresses.open(*alert)),
                },
                delivery::Notice::ChannelDisabled { kind, name, reason } => About::ChannelDisabled {
                    channel: kind.name(),
                    name: name.clone(),
                    reason: reason.clone(),
                },
                delivery::Notice::AddressSuppressed { reason } => {
                    About::AddressSuppressed { reason: reason.clone() }
                }
                delivery::Notice::PasswordLink => {
                    let token = addresses.links.password_token(claim.id);
                    // Behind the '#', so that no server and no log on the way is told it.
                    let link = format!("{}/app/password#{token}", addresses.public_url);
                    About::PasswordLink { link: SecretLink(link) }
                }
            },
        }),
        Content::Fired(fire) => Message::AlertFired(Box::new(fired(claim, fire, mailbox, addresses))),
        Content::Report(report) => Message::Report(Box::new(told(claim, report, mailbox, addresses))),
    }
}

/// The message that tells of all fires of a parcel, under an id of its own.
pub(super) fn combined(parcel: &Parcel, id: DeliveryId, mailbox: &str, addresses: &Addresses) -> Message {
    let mut fires: Vec<AlertFired> = parcel
        .claims
        .iter()
        .filter_map(|claim| match &claim.content {
            Content::Fired(fire) => Some(fired(claim, fire, mailbox, addresses)),
            Content::Report(_) | Content::VerifyAddress { .. } | Content::Notice(_) => None,
        })
        .collect();
    fires.sort_by_key(|fired| (fired.evidence.time, fired.delivery));
    let time_zone = parcel.claims.first().map_or_else(String::new, |claim| claim.time_zone.clone());
    Message::Combined(Box::new(Combined {
        delivery: id,
        fires,
        why: parcel.why,
        reader: Reader { address: mailbox.to_owned(), time_zone },
        open: Some(format!("{}/app/fires", addresses.public_url)),
    }))
}

fn told(claim: &Claim, report: &ReportRecord, mailbox: &str, addresses: &Addresses) -> ReportMessage {
    ReportMessage {
        delivery: claim.id,
        alert: report.alert,
        alert_name: report.spec.name.clone(),
        note: report.spec.note.clone(),
        message: report.spec.message.clone(),
        report: report.content.clone(),
        schedule: report.spec.watch.schedule().map(Schedule::words),
        reader: Reader { address: mailbox.to_owned(), time_zone: claim.time_zone.clone() },
        links: addresses.links(claim, report.alert),
    }
}

fn fired(claim: &Claim, fire: &PriceFire, mailbox: &str, addresses: &Addresses) -> AlertFired {
    AlertFired {
        delivery: claim.id,
        alert: fire.alert,
        alert_name: fire.spec.name.clone(),
        instrument: fire.spec.instrument.clone(),
        condition: fire.spec.condition.clone(),
        repeat: fire.spec.repeat,
        note: fire.spec.note.clone(),
        message: fire.spec.message.clone(),
        fire_number: fire.number,
        evidence: fire.evidence.clone(),
        trades: fire.trades,
        late: fire.late,
        evaluated_at: fire.evaluated_at,
        chart: None,
        status_after: if fire.ends { Status::Triggered } else { Status::Active },
        reader: Reader { address: mailbox.to_owned(), time_zone: claim.time_zone.clone() },
        links: addresses.links(claim, fire.alert),
    }
}
