//! The one face for all channels: each target gets its message by its own channel, at its own lane.

use bellwether_notify::mail::Patience;
use bellwether_notify::{
    DiscordTarget, Lane, MailSettings, MailUrl, Mailer, NtfyTarget, Sender, SlackTarget, Target,
    TelegramTarget, WebhookTarget,
};
use bellwether_simulators::receivers::{Receivers, ReceiversConfig, Service};

use super::channel_kit::{BOT_TOKEN, NTFY_TOKEN, WEBHOOK_SECRET, fire};
use super::outgoing::{PATIENCE, client};
use super::samples::{SENT, fired, time};

#[tokio::test]
async fn every_target_is_reached_by_its_channel() {
    let now = time(SENT);
    let mut config = ReceiversConfig::new(move || now.micros());
    config.webhook_secrets = vec![WEBHOOK_SECRET.to_owned()];
    config.ntfy_token = Some(NTFY_TOKEN.to_owned());
    let services = Receivers::start(config).await.unwrap();
    let at = |path: &str| format!("{}{path}", services.url()).parse().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&MailSettings {
        url: MailUrl::Directory(directory.path().to_owned()),
        from: "alerts@example.net".into(),
        ca_file: None,
        patience: Patience::DEFAULT,
        dkim: None,
    });
    let sender = Sender::new(mailer.unwrap(), client(&["127.0.0.1"], PATIENCE), at("/"));

    let secret = WEBHOOK_SECRET.parse().unwrap();
    let webhook = WebhookTarget { endpoint: at("/hooks/a"), secret, former_secrets: Vec::new() };
    let telegram = TelegramTarget { token: BOT_TOKEN.parse().unwrap(), chat: "7".into(), topic: None };
    let ntfy =
        NtfyTarget { server: at("/"), topic: "ada".parse().unwrap(), token: Some(NTFY_TOKEN.to_owned()) };
    let discord = DiscordTarget { webhook: at("/api/webhooks/1234567890/s3cret0fDiscord_XYZ") };
    for (target, lane, service) in [
        (Target::Mail, Lane::Mail, None),
        (Target::Webhook(webhook), Lane::Webhook, Some(Service::Webhook)),
        (Target::Telegram(telegram), Lane::Chat, Some(Service::Telegram)),
        (
            Target::Slack(SlackTarget { webhook: at("/services/T1/B1/s3cret0f") }),
            Lane::Chat,
            Some(Service::Slack),
        ),
        (Target::Discord(discord), Lane::Chat, Some(Service::Discord)),
        (Target::Ntfy(ntfy), Lane::Chat, Some(Service::Ntfy)),
    ] {
        let before = services.postbox().total();
        let outcome = sender.send(&target, &fire(fired()), now).await;
        assert_eq!(outcome.name(), "delivered", "{}: {outcome:?}", target.channel());
        assert_eq!(target.lane(), lane);
        let posts = services.postbox().posts();
        let came = (services.postbox().total() > before).then(|| posts[0].service);
        assert_eq!(came, service, "{}", target.channel());
    }
    let mails = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(mails, 1);
    sender.close().await;
}
