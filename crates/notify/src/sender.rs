//! One face for all channels: a message and a target go in, an outcome comes out.

use bellwether_model::Timestamp;

use crate::{
    DiscordSender, DiscordTarget, Endpoint, HttpClient, Lane, Mailer, Message, NtfySender, NtfyTarget,
    Outcome, SlackSender, SlackTarget, TelegramSender, TelegramTarget, WebhookSender, WebhookTarget,
};

/// Where a message goes. `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub enum Target {
    /// A mail, to the address that stands in the message.
    Mail,
    /// A webhook.
    Webhook(WebhookTarget),
    /// A chat of Telegram.
    Telegram(TelegramTarget),
    /// A channel of Slack.
    Slack(SlackTarget),
    /// A channel of Discord.
    Discord(DiscordTarget),
    /// A topic of ntfy.
    Ntfy(NtfyTarget),
}

impl Target {
    /// The table of waits that its deliveries follow.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Target::Mail => Lane::Mail,
            Target::Webhook(_) => Lane::Webhook,
            Target::Telegram(_) | Target::Slack(_) | Target::Discord(_) | Target::Ntfy(_) => Lane::Chat,
        }
    }

    /// The channel's name, as in metrics.
    #[must_use]
    pub const fn channel(&self) -> &'static str {
        match self {
            Target::Mail => "mail",
            Target::Webhook(_) => "webhook",
            Target::Telegram(_) => "telegram",
            Target::Slack(_) => "slack",
            Target::Discord(_) => "discord",
            Target::Ntfy(_) => "ntfy",
        }
    }
}

/// Sends over every channel. One for the whole process: it owns the connections to all receivers.
#[derive(Debug)]
pub struct Sender {
    mailer: Mailer,
    webhook: WebhookSender,
    telegram: TelegramSender,
    slack: SlackSender,
    discord: DiscordSender,
    ntfy: NtfySender,
}

impl Sender {
    /// A sender of mails by `mailer` and of everything else by `client`; Telegram is called at
    /// `telegram`, most often [`crate::telegram::TELEGRAM_URL`].
    #[must_use]
    pub fn new(mailer: Mailer, client: HttpClient, telegram: Endpoint) -> Self {
        Self {
            mailer,
            webhook: WebhookSender::new(client.clone()),
            telegram: TelegramSender::new(client.clone(), telegram),
            slack: SlackSender::new(client.clone()),
            discord: DiscordSender::new(client.clone()),
            ntfy: NtfySender::new(client),
        }
    }

    /// Puts a message into words and sends it, once. `now` is the time of sending.
    ///
    /// The number of callers is the caller's to bound.
    pub async fn send(&self, to: &Target, message: &Message, now: Timestamp) -> Outcome {
        match to {
            Target::Mail => self.mailer.send(message, now).await,
            Target::Webhook(to) => self.webhook.send(to, message, now).await,
            Target::Telegram(to) => self.telegram.send(to, message, now).await,
            Target::Slack(to) => self.slack.send(to, message, now).await,
            Target::Discord(to) => self.discord.send(to, message, now).await,
            Target::Ntfy(to) => self.ntfy.send(to, message, now).await,
        }
    }

    /// The sender of mails, which can be checked at start.
    #[must_use]
    pub const fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    /// Waits for the mails under way, and takes leave of the mail server. Connections over HTTP end when
    /// the sender is dropped.
    pub async fn close(&self) {
        self.mailer.close().await;
    }
}
