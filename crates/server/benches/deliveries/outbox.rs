//! The deliverers over a full outbox: how many messages they get out in a second, each outcome stored.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bellwether_model::{AlertSpec, Channel, ChannelId, Timestamp, UserId};
use bellwether_notify::http::HttpPatience;
use bellwether_notify::mail::Patience;
use bellwether_notify::{
    AllowedNetworks, HttpClient, HttpSettings, MailSettings, Mailer, Sender, WebhookSecret,
};
use bellwether_server::channels::{Address, Sealer};
use bellwether_server::clock;
use bellwether_server::config::{EncryptionKeys, SigningKey};
use bellwether_server::deliver::{Addresses, Chance, Charts, Pacing, Sending, start};
use bellwether_server::links::LinkSigner;
use bellwether_server::traces::Traces;
use bellwether_simulators::inbox;
use bellwether_store::channel::{ChannelCreation, ChannelStatus, NewChannel};
use bellwether_store::delivery::DeliveryStatus;
use bellwether_store::evaluation::{Commit, NewFire};
use bellwether_store::testing::samples;
use bellwether_store::{Store, StoreOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{AT_ONCE, CONNECTIONS, MESSAGES, config, now_us};

/// Readers. One user gets at most a quarter of the places at a time.
const USERS: u32 = 100;

/// Mails a second.
pub(crate) async fn mails(url: &str, inbox: &inbox::Running) -> f64 {
    let rig = Rig::new(url, inbox.smtp_addr()).await;
    let users = rig.users("mails").await;
    rig.owe(users.into_iter().map(|user| (user, Channel::Email)).collect()).await;
    let before = inbox.mailbox().total();
    let rate = rig.empty().await;
    assert_eq!(inbox.mailbox().total() - before, u64::from(MESSAGES), "each came once");
    rate
}

/// Webhooks a second.
pub(crate) async fn webhooks(url: &str, sink: SocketAddr) -> f64 {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let rig = Rig::new(url, nobody).await;
    let mut to = Vec::new();
    for user in rig.users("webhooks").await {
        to.push((user, rig.webhook(user, sink).await));
    }
    rig.owe(to).await;
    rig.empty().await
}

struct Rig {
    store: Store,
    sealer: Sealer,
    sending: Sending,
    /// Deliveries that are stored as delivered.
    delivered: Arc<AtomicU32>,
}

impl Rig {
    async fn new(url: &str, mail_server: SocketAddr) -> Self {
        let config = config(url, &[]);
        let store = Store::open(url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let sealer = Sealer::new(&EncryptionKeys::of(&config).unwrap());
        let mailer = Mailer::new(&MailSettings {
            url: format!("smtp://{mail_server}?tls=none&connections={CONNECTIONS}").parse().unwrap(),
            from: "Bellwether <alerts@example.net>".to_owned(),
            ca_file: None,
            patience: Patience::DEFAULT,
            dkim: None,
        });
        let allow = AllowedNetworks::parse(["127.0.0.1"]).unwrap();
        let patience = HttpPatience::DEFAULT;
        let client = HttpClient::new(&HttpSettings { allow, patience, ..HttpSettings::default() }).unwrap();
        let delivered = Arc::<AtomicU32>::default();
        let telegram = "https://api.telegram.org/".parse().unwrap();
        let sending = Sending {
            store: store.clone(),
            clock: clock::system(),
            sender: Arc::new(Sender::new(mailer.unwrap(), client, telegram)),
            chance: Chance::of_the_machine(),
            sealer: sealer.clone(),
            addresses: Addresses {
                public_url: "https://alerts.example.org".to_owned(),
                links: LinkSigner::new(&SigningKey::of(&config).unwrap()),
            },
            charts: Charts::default(),
            pacing: Pacing::new(config.pace.clone()),
            at_once: usize::try_from(AT_ONCE).unwrap(),
            traces: Traces::default(),
            on_delivered: Arc::new({
                let delivered = Arc::clone(&delivered);
                move |_| {
                    delivered.fetch_add(1, Ordering::Relaxed);
                }
            }),
        };
        Self { store, sealer, sending, delivered }
    }

    async fn users(&self, what: &str) -> Vec<UserId> {
        let mut users = Vec::new();
        for number in 0..USERS {
            let new = samples::person(&format!("{what}-{number}@example.org"));
            users.push(self.store.create_user(new, now()).await.unwrap().unwrap().id);
        }
        users
    }

    async fn webhook(&self, user: UserId, sink: SocketAddr) -> Channel {
        let id = ChannelId(Uuid::now_v7());
        let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
        let address =
            Address::Webhook { url: format!("http://{sink}/hooks/{id}"), secret, former: Vec::new() };
        let new = NewChannel {
            id,
            user,
            kind: address.kind(),
            name: String::new(),
            status: ChannelStatus::Active,
            target: self.sealer.seal(id, &address),
            idempotency: None,
        };
        let made = self.store.create_channel(new, 10, now()).await.unwrap();
        assert!(matches!(made, ChannelCreation::Created(_)));
        Channel::Made(id)
    }

    /// Fills the outbox: fires of as many alerts, over these channels in turn.
    async fn owe(&self, to: Vec<(UserId, Channel)>) {
        let spec: AlertSpec = serde_json::from_str(
            r#"{"name": "BTC reaches 33k", "note": "Sell a third.", "instrument": "binance:BTCUSDT",
                "condition": {"type": "crossing", "price": "33000"}}"#,
        )
        .unwrap();
        let alerts = to.iter().cycle().take(usize::try_from(MESSAGES).unwrap()).map(|(user, channel)| {
            let spec = AlertSpec { channels: vec![*channel], ..spec.clone() };
            samples::alert(*user, spec)
        });
        let alerts: Vec<_> = alerts.collect();
        for some in alerts.chunks(1_000) {
            self.store.create_alerts(some.to_vec(), u64::MAX, now()).await.unwrap();
        }
        let mut after = None;
        loop {
            let watched = self.store.watched(after, 1_000).await.unwrap();
            let Some(last) = watched.last() else { break };
            after = Some(last.id);
            let fires = watched.iter().map(|one| NewFire { ends: true, ..samples::fire(one, now()) });
            let commit = Commit { fires: fires.collect(), ..Commit::default() };
            assert_eq!(self.store.commit(commit, now()).await.unwrap().dropped, []);
        }
    }

    /// Lets the deliverers loose until nothing is left; messages a second.
    async fn empty(self) -> f64 {
        let cancel = CancellationToken::new();
        let began = Instant::now();
        let workers = start(&self.sending, &cancel);
        while self.delivered.load(Ordering::Relaxed) < MESSAGES {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = began.elapsed();
        let depths = self.store.queue_depths(now()).await.unwrap();
        let waits = [DeliveryStatus::Pending, DeliveryStatus::Sending];
        assert!(!depths.iter().any(|(_, status, count)| waits.contains(status) && *count > 0));
        cancel.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
        self.store.close().await;
        f64::from(MESSAGES) / took.as_secs_f64()
    }
}

fn now() -> Timestamp {
    Timestamp::from_micros(now_us())
}
