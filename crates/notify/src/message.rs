//! What is to be said to one person: the facts, before they are put into words.
//!
//! A message holds everything that its text needs, so that rendering asks nobody. It does not say over
//! which channel it goes.

use bellwether_model::product::Report;
use bellwether_model::{AlertId, Condition, DeliveryId, Evidence, Instrument, Repeat, Status, Timestamp};

use crate::PriceChart;

/// What is to be said to one person.
#[derive(Debug, Clone)]
pub enum Message {
    /// An alert fired.
    AlertFired(Box<AlertFired>),
    /// Several alerts fired, told in one message.
    Combined(Box<Combined>),
    /// What a product alert tells.
    Report(Box<ReportMessage>),
    /// Please show that this address is yours.
    VerifyAddress(VerifyAddress),
    /// Something about a channel or an alert.
    Notice(Notice),
}

impl Message {
    /// The delivery that this message is: one id for life, the same for every attempt.
    #[must_use]
    pub fn delivery(&self) -> DeliveryId {
        match self {
            Message::AlertFired(fired) => fired.delivery,
            Message::Combined(combined) => combined.delivery,
            Message::Report(report) => report.delivery,
            Message::VerifyAddress(verify) => verify.delivery,
            Message::Notice(notice) => notice.delivery,
        }
    }

    /// The delivery to which it is put down where it comes back: of several the oldest.
    #[must_use]
    pub fn first_delivery(&self) -> DeliveryId {
        match self {
            Message::Combined(combined) => {
                combined.fires.first().map_or(combined.delivery, |fired| fired.delivery)
            }
            Message::AlertFired(_) | Message::Report(_) | Message::VerifyAddress(_) | Message::Notice(_) => {
                self.delivery()
            }
        }
    }

    /// The address that it goes to.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Message::AlertFired(fired) => &fired.reader.address,
            Message::Combined(combined) => &combined.reader.address,
            Message::Report(report) => &report.reader.address,
            Message::VerifyAddress(verify) => &verify.address,
            Message::Notice(notice) => &notice.address,
        }
    }

    /// The alert that it speaks of; mails of one alert form one thread.
    #[must_use]
    pub fn alert(&self) -> Option<AlertId> {
        match self {
            Message::AlertFired(fired) => Some(fired.alert),
            Message::Report(report) => Some(report.alert),
            Message::Notice(Notice { about: About::AlertExpired { alert, .. }, .. }) => Some(*alert),
            Message::Combined(_) | Message::VerifyAddress(_) | Message::Notice(_) => None,
        }
    }

    /// The one-click address for unsubscribing, where there is one.
    #[must_use]
    pub fn unsubscribe(&self) -> Option<&str> {
        match self {
            Message::AlertFired(fired) => fired.links.unsubscribe.as_deref(),
            Message::Report(report) => report.links.unsubscribe.as_deref(),
            Message::Combined(_) | Message::VerifyAddress(_) | Message::Notice(_) => None,
        }
    }
}

/// An alert fired: the alert as it was at that moment, and why.
#[derive(Debug, Clone)]
pub struct AlertFired {
    /// Which delivery this is.
    pub delivery: DeliveryId,
    /// Which alert.
    pub alert: AlertId,
    /// What its owner calls it; empty where it has no name.
    pub alert_name: String,
    /// What it watches.
    pub instrument: Instrument,
    /// What it waited for.
    pub condition: Condition,
    /// How often it may fire.
    pub repeat: Repeat,
    /// The owner's note to themselves; empty where there is none.
    pub note: String,
    /// The owner's own words for the message, with placeholders; empty for the usual ones.
    pub message: String,
    /// The number of this fire in the alert's life.
    pub fire_number: u64,
    /// The tick, and what it was measured against.
    pub evidence: Evidence,
    /// First and last trade that the tick sums up.
    pub trades: Option<(u64, u64)>,
    /// Whether the tick was fetched afterwards, to fill a gap.
    pub late: bool,
    /// When the tick was evaluated.
    pub evaluated_at: Timestamp,
    /// What became of the alert.
    pub status_after: Status,
    /// The price up to the fire, drawn; shown by mails.
    pub chart: Option<PriceChart>,
    /// Who reads it.
    pub reader: Reader,
    /// Where its links lead.
    pub links: Links,
}

impl AlertFired {
    /// Whether the alert may fire again. What has ended need not be stopped.
    #[must_use]
    pub fn watches_on(&self) -> bool {
        self.status_after == Status::Active
    }
}

/// What a product alert tells: the alert as it was when the report was made, and the report.
#[derive(Debug, Clone)]
pub struct ReportMessage {
    /// Which delivery this is.
    pub delivery: DeliveryId,
    /// Which alert.
    pub alert: AlertId,
    /// What its owner calls it; empty where it has no name.
    pub alert_name: String,
    /// The owner's note to themselves; empty where there is none.
    pub note: String,
    /// The owner's own words for the message, with placeholders; empty for the usual ones.
    pub message: String,
    /// What is told.
    pub report: Report,
    /// When it is told, in words, where it goes by time: `every 10 minutes`.
    pub schedule: Option<String>,
    /// Who reads it.
    pub reader: Reader,
    /// Where its links lead.
    pub links: Links,
}

/// Several fires in one message, since each in its own would be too many, or too late to be of use alone.
#[derive(Debug, Clone)]
pub struct Combined {
    /// The id of this message; another one for other fires.
    pub delivery: DeliveryId,
    /// What it tells of: at least one, the oldest first.
    pub fires: Vec<AlertFired>,
    /// Why they come together.
    pub why: Together,
    /// Who reads it.
    pub reader: Reader,
    /// The page with all fires.
    pub open: Option<String>,
}

/// Why fires come together in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Together {
    /// There were more than may be sent to the receiver one by one.
    Pace,
    /// They could not be sent while they were of use.
    Late,
    /// The receiver wanted to have their peace.
    QuietHours,
    /// An alert fires too often.
    Throttled,
}

/// The person who reads a message.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Their address.
    pub address: String,
    /// The name of their time zone, such as `Europe/Berlin`; a name that is not known counts as UTC.
    pub time_zone: String,
}

/// Where a message's links lead: whole addresses, made by the caller. They may hold tokens.
#[derive(Clone, Default)]
pub struct Links {
    /// The alert's page.
    pub open: Option<String>,
    /// A page where the alert can be stopped.
    pub stop: Option<String>,
    /// Stops the alert at a single POST (RFC 8058); an `https` address.
    pub unsubscribe: Option<String>,
}

impl std::fmt::Debug for Links {
    /// Says which links there are, not where they lead: a token in one is as good as a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("open", &self.open.is_some())
            .field("stop", &self.stop.is_some())
            .field("unsubscribe", &self.unsubscribe.is_some())
            .finish()
    }
}

/// Something about a channel or an alert.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Which delivery this is.
    pub delivery: DeliveryId,
    /// The address of the reader, where it is a mail.
    pub address: String,
    /// What is said.
    pub about: About,
}

/// What is said about a channel or an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Over the channel itself: it works.
    ChannelTest {
        /// What its owner calls it; empty where it has no name.
        name: String,
    },
    /// To its owner: an alert fires so often that its messages are combined.
    AlertThrottled {
        /// What its owner calls it; its id where it has no name.
        name: String,
    },
    /// To its owner: its time is over.
    AlertExpired {
        /// Which.
        alert: AlertId,
        /// What its owner calls it; empty where it has no name.
        name: String,
        /// What it waited for, in words.
        watched: String,
        /// How often it fired in its life.
        fires: u64,
        /// The alert's page.
        open: Option<String>,
    },
    /// To its owner: nothing is sent over it any more.
    ChannelDisabled {
        /// What it is: `webhook`, `slack`.
        channel: &'static str,
        /// What its owner calls it; empty where it has no name.
        name: String,
        /// What its receiver said.
        reason: String,
    },
    /// To its owner: nothing goes to the address of their account any more.
    AddressSuppressed {
        /// What came back from there.
        reason: String,
    },
    /// To its owner: how to replace a forgotten password.
    PasswordLink {
        /// The page that does it. For a mail alone.
        link: SecretLink,
    },
}

/// An address that lets in whoever knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretLink(pub String);

impl std::fmt::Debug for SecretLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Please show that this address is yours.
#[derive(Clone)]
pub struct VerifyAddress {
    /// Which delivery this is.
    pub delivery: DeliveryId,
    /// The address to be verified.
    pub address: String,
    /// The page that verifies it. A secret.
    pub link: String,
}

impl std::fmt::Debug for VerifyAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyAddress")
            .field("delivery", &self.delivery)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
