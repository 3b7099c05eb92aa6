//! Where a channel leads, in plain.

use std::fmt;
use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_notify::telegram::TELEGRAM_URL;
use bellwether_notify::{
    DiscordTarget, Endpoint, NtfyTarget, SlackTarget, Target, TelegramTarget, WebhookSecret, WebhookTarget,
};
use bellwether_store::channel::ChannelKind;
use serde::{Deserialize, Serialize};

/// How long a secret signs along after it was replaced.
const FORMER_SECRET_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// Former secrets that are kept; as many as are signed with.
const FORMER_SECRETS: usize = 4;

/// Where a channel leads. As JSON it is what the store keeps, sealed; `Debug` shows the host only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Address {
    /// A mailbox.
    Email {
        /// Whose.
        address: String,
    },
    /// A program of the user's.
    Webhook {
        /// Where it listens.
        url: String,
        /// What posts are signed with: `whsec_…`.
        secret: String,
        /// What they are signed with besides.
        former: Vec<FormerSecret>,
    },
    /// A chat of Telegram.
    Telegram {
        /// The bot's.
        token: String,
        /// The chat's number or `@name`.
        chat_id: String,
        /// A topic within it.
        topic_id: Option<i64>,
    },
    /// A channel of Slack.
    Slack {
        /// Its incoming webhook.
        url: String,
    },
    /// A channel of Discord.
    Discord {
        /// Its webhook.
        url: String,
    },
    /// A topic of ntfy.
    Ntfy {
        /// The server's.
        url: String,
        /// The topic's name.
        topic: String,
        /// What lets us in, where the server asks for it.
        token: Option<String>,
    },
}

/// A secret that was replaced and still signs along.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerSecret {
    secret: String,
    until: Timestamp,
}

/// An address that was stored and cannot be read, which only another program could have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("where the channel leads cannot be read")]
pub(crate) struct BadAddress;

impl Address {
    /// What kind of channel leads there.
    #[must_use]
    pub fn kind(&self) -> ChannelKind {
        match self {
            Address::Email { .. } => ChannelKind::Email,
            Address::Webhook { .. } => ChannelKind::Webhook,
            Address::Telegram { .. } => ChannelKind::Telegram,
            Address::Slack { .. } => ChannelKind::Slack,
            Address::Discord { .. } => ChannelKind::Discord,
            Address::Ntfy { .. } => ChannelKind::Ntfy,
        }
    }

    /// What may be shown of it: who is there, not how to get in.
    pub(crate) fn host(&self) -> String {
        match self {
            Address::Email { address } => {
                address.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned())
            }
            Address::Telegram { .. } => TELEGRAM_URL.trim_end_matches('/').to_owned(),
            Address::Webhook { .. }
            | Address::Slack { .. }
            | Address::Discord { .. }
            | Address::Ntfy { .. } => {
                self.endpoint().map_or_else(String::new, |endpoint| endpoint.to_string())
            }
        }
    }

    /// The address of the web that its user chose, where they chose one.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Address::Webhook { url, .. }
            | Address::Slack { url }
            | Address::Discord { url }
            | Address::Ntfy { url, .. } => url.parse().ok(),
            Address::Email { .. } | Address::Telegram { .. } => None,
        }
    }

    /// The mailbox, where it is one.
    pub(crate) fn mailbox(&self) -> Option<&str> {
        match self {
            Address::Email { address } => Some(address),
            _ => None,
        }
    }

    /// A webhook with this secret from now on, its former one signing along for a day; `None` where it is
    /// no webhook.
    pub(crate) fn with_secret(&self, new: &WebhookSecret, now: Timestamp) -> Option<Self> {
        let Address::Webhook { url, secret, former } = self else { return None };
        let lasts_us = i64::try_from(FORMER_SECRET_LASTS.as_micros()).unwrap_or(i64::MAX);
        let until = Timestamp::from_micros(now.micros().saturating_add(lasts_us));
        let replaced = FormerSecret { secret: secret.clone(), until };
        let kept = former.iter().filter(|former| former.until > now).cloned();
        let former = std::iter::once(replaced).chain(kept).take(FORMER_SECRETS).collect();
        Some(Address::Webhook { url: url.clone(), secret: new.reveal(), former })
    }

    /// The same as something can be sent there. `now` is the time of sending.
    ///
    /// # Errors
    /// [`BadAddress`], which what was checked when it was accepted never meets.
    pub(crate) fn target(&self, now: Timestamp) -> Result<Target, BadAddress> {
        let endpoint = || self.endpoint().ok_or(BadAddress);
        Ok(match self {
            Address::Email { .. } => Target::Mail,
            Address::Webhook { secret, former, .. } => {
                let former = former.iter().filter(|former| former.until > now);
                let former: Result<_, _> = former.map(|former| former.secret.parse()).collect();
                Target::Webhook(WebhookTarget {
                    endpoint: endpoint()?,
                    secret: secret.parse().map_err(|_| BadAddress)?,
                    former_secrets: former.map_err(|_| BadAddress)?,
                })
            }
            Address::Telegram { token, chat_id, topic_id } => Target::Telegram(TelegramTarget {
                token: token.parse().map_err(|_| BadAddress)?,
                chat: chat_id.clone(),
                topic: *topic_id,
            }),
            Address::Slack { .. } => Target::Slack(SlackTarget { webhook: endpoint()? }),
            Address::Discord { .. } => Target::Discord(DiscordTarget { webhook: endpoint()? }),
            Address::Ntfy { topic, token, .. } => Target::Ntfy(NtfyTarget {
                server: endpoint()?,
                topic: topic.parse().map_err(|_| BadAddress)?,
                token: token.clone(),
            }),
        })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} at {})", self.kind(), self.host())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const DAY_US: i64 = 86_400_000_000;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + days * DAY_US)
    }

    fn webhook() -> Address {
        let secret = WebhookSecret::draw(&mut StdRng::seed_from_u64(0)).reveal();
        Address::Webhook { url: "https://example.org/s3cret".into(), secret, former: Vec::new() }
    }

    fn former(address: &Address, now: Timestamp) -> usize {
        let Ok(Target::Webhook(target)) = address.target(now) else { panic!("{address:?}") };
        target.former_secrets.len()
    }

    #[test]
    fn a_former_secret_signs_along_for_a_day() {
        let second = WebhookSecret::draw(&mut StdRng::seed_from_u64(1));
        let rotated = webhook().with_secret(&second, at(0)).unwrap();
        assert_eq!((former(&webhook(), at(0)), former(&rotated, at(0)), former(&rotated, at(1))), (0, 1, 0));
        let mut often = rotated;
        for seed in 2..20 {
            often = often.with_secret(&WebhookSecret::draw(&mut StdRng::seed_from_u64(seed)), at(0)).unwrap();
        }
        assert_eq!(former(&often, at(0)), FORMER_SECRETS);
        let later = often.with_secret(&second, at(2)).unwrap();
        assert_eq!(former(&later, at(2)), 1);
    }

    #[test]
    fn only_the_host_is_shown() {
        let check = |address: Address, host: &str| {
            assert_eq!(address.host(), host);
            let shown = format!("{address:?} {:?}", address.target(at(0)));
            assert!(!shown.contains("s3cret") && !shown.contains("whsec"), "{shown}");
        };
        check(webhook(), "https://example.org");
        check(
            Address::Slack { url: "https://hooks.slack.com/services/s3cret".into() },
            "https://hooks.slack.com",
        );
        check(Address::Email { address: "s3cret@example.org".into() }, "example.org");
        let (url, topic) = ("https://ntfy.sh".to_owned(), "s3cret".to_owned());
        check(Address::Ntfy { url, topic, token: Some("tk_s3cret".into()) }, "https://ntfy.sh");
    }
}
