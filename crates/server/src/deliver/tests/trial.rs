//! Deliverers over a store, with a simulated mail server and simulated services at the other end, and a clock that
//! stands still until told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bellwether_feeds::world::{self, Promise};
use bellwether_model::{AlertSpec, Channel, ChannelId, Timestamp, UserId};
use bellwether_notify::http::HttpPatience;
use bellwether_notify::mail::Patience;
use bellwether_notify::{AllowedNetworks, HttpClient, HttpSettings, MailSettings, Mailer, Sender};
use bellwether_simulators::inbox::{self, Inbox, InboxConfig};
use bellwether_simulators::receivers::{self, Receivers, ReceiversConfig};
use bellwether_store::channel::{ChannelCreation, ChannelStatus, NewChannel};
use bellwether_store::delivery::{DeliveryStatus, Lane};
use bellwether_store::evaluation::{Commit, NewFire};
use bellwether_store::testing::samples;
use bellwether_store::user::NewUser;
use bellwether_store::{Store, StoreOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::{Addresses, Chance, Charts, Pacing, Sending, start};
use crate::channels::{Address, Sealer};
use crate::config::{Config, EncryptionKeys, Paces, SigningKey, Sources};
use crate::links::LinkSigner;
use crate::traces::Traces;

/// 2027-01-15T08:00:00Z.
pub(super) const START_US: i64 = 1_800_000_000_000_000;
/// The bot of all chats.
pub(super) const BOT: &str = "123456:abcdefghijklmnopqrstuvwxyz012345678";

/// Mails, and posts, that are sent at once.
pub(super) const AT_ONCE: usize = 16;

/// A clock that stands still until told.
#[derive(Debug)]
pub(super) struct Hand(AtomicI64);

impl Hand {
    pub(super) fn set(&self, to: Timestamp) {
        self.0.store(to.micros(), Ordering::SeqCst);
    }
}

impl world::Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.load(Ordering::SeqCst) - START_US).unwrap_or(0))
    }

    fn sleep(&self, _: Duration) -> Promise<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Deliverers, and everything around them.
pub(super) struct Trial {
    pub(super) hand: Arc<Hand>,
    pub(super) store: Store,
    pub(super) inbox: inbox::Running,
    pub(super) receivers: receivers::Running,
    sealer: Sealer,
    config: Config,
    cancel: CancellationToken,
    workers: Vec<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// No limits of pace.
pub(super) fn unhurried() -> Paces {
    let none = || "0/1s".parse().unwrap();
    Paces {
        email: none(),
        webhook: none(),
        telegram: none(),
        slack: none(),
        discord: none(),
        ntfy: none(),
        alert: none(),
        useful_for: "15m".parse().unwrap(),
    }
}

impl Trial {
    pub(super) async fn start() -> Self {
        let mut trial = Self::over(None).await;
        trial.deliver(unhurried());
        trial
    }

    /// Everything but the deliverers, over this database; over one of its own where none is named.
    pub(super) async fn over(database: Option<String>) -> Self {
        let hand = Arc::new(Hand(AtomicI64::new(START_US)));
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("trial.db").display());
        let url = database.unwrap_or(url);
        let flags = vec![
            ("store.url".to_owned(), url.clone()),
            ("accounts.signing_key".to_owned(), "s".repeat(32)),
            ("accounts.encryption_key".to_owned(), "e".repeat(32)),
        ];
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let told = Arc::clone(&hand);
        let clock = move || told.0.load(Ordering::SeqCst);
        let inbox = Inbox::start(InboxConfig::new(clock.clone())).await.unwrap();
        let receivers = Receivers::start(ReceiversConfig { kept: 100_000, ..ReceiversConfig::new(clock) });
        let receivers = receivers.await.unwrap();
        let sealer = Sealer::new(&EncryptionKeys::of(&config).unwrap());
        let (cancel, workers) = (CancellationToken::new(), Vec::new());
        Self { hand, store, inbox, receivers, sealer, config, cancel, workers, _folder: folder }
    }

    /// Starts deliverers with these paces, besides those that run: as another process would.
    pub(super) fn deliver(&mut self, paces: Paces) {
        self.deliver_with(&self.sending(paces));
    }

    /// The same, with what the deliverers send with made by the test.
    pub(super) fn deliver_with(&mut self, sending: &Sending) {
        self.workers.extend(start(sending, &self.cancel));
    }

    pub(super) fn sending(&self, paces: Paces) -> Sending {
        let mailer = Mailer::new(&MailSettings {
            url: format!("smtp://{}?tls=none&connections={AT_ONCE}", self.inbox.smtp_addr()).parse().unwrap(),
            from: "Bellwether <alerts@example.net>".to_owned(),
            ca_file: None,
            patience: Patience::DEFAULT,
            dkim: None,
        });
        // Whoever hangs does so for a moment: the clock of requests is the machine's.
        let patience = HttpPatience { whole: Duration::from_secs(3), ..HttpPatience::DEFAULT };
        let patience = HttpPatience { connect: Duration::from_secs(2), ..patience };
        let allow = AllowedNetworks::parse(["127.0.0.1"]).unwrap();
        let client = HttpClient::new(&HttpSettings { allow, patience, ..HttpSettings::default() }).unwrap();
        let telegram = format!("{}/", self.receivers.url()).parse().unwrap();
        Sending {
            store: self.store.clone(),
            clock: self.hand.clone(),
            sender: Arc::new(Sender::new(mailer.unwrap(), client, telegram)),
            chance: Chance::of_the_machine(),
            sealer: self.sealer.clone(),
            addresses: Addresses {
                public_url: "https://alerts.example.org".to_owned(),
                links: LinkSigner::new(&SigningKey::of(&self.config).unwrap()),
            },
            charts: Charts::default(),
            pacing: Pacing::new(paces),
            at_once: AT_ONCE,
            traces: Traces::default(),
            on_delivered: Arc::new(|_| {}),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        world::Clock::now(&*self.hand)
    }

    /// Somebody with a verified address of this name.
    pub(super) async fn user(&self, name: &str) -> UserId {
        let new = NewUser { time_zone: "UTC".to_owned(), ..samples::person(&format!("{name}@example.org")) };
        self.store.create_user(new, self.now()).await.unwrap().unwrap().id
    }

    /// A channel of theirs that is active.
    pub(super) async fn channel(&self, user: UserId, address: &Address) -> Channel {
        let id = ChannelId(Uuid::now_v7());
        let new = NewChannel {
            id,
            user,
            kind: address.kind(),
            name: String::new(),
            status: ChannelStatus::Active,
            target: self.sealer.seal(id, address),
            idempotency: None,
        };
        let made = self.store.create_channel(new, 10, self.now()).await.unwrap();
        assert!(matches!(made, ChannelCreation::Created(_)));
        Channel::Made(id)
    }

    /// Alerts of these users over these channels, with these names; they fire at once, in one commit.
    pub(super) async fn fire(&self, alerts: &[(UserId, Channel, String)]) {
        let new = alerts.iter().map(|(user, channel, name)| {
            let spec: AlertSpec = serde_json::from_str(
                r#"{"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}}"#,
            )
            .unwrap();
            let spec = AlertSpec { channels: vec![*channel], name: name.clone(), ..spec };
            samples::alert(*user, spec)
        });
        self.store.create_alerts(new.collect(), u64::MAX, self.now()).await.unwrap();
        let mut after = None;
        loop {
            let watched = self.store.watched(after, 1_000).await.unwrap();
            let Some(last) = watched.last() else { break };
            after = Some(last.id);
            let fires = watched.iter().map(|one| NewFire { ends: true, ..samples::fire(one, self.now()) });
            let commit = Commit { fires: fires.collect(), ..Commit::default() };
            assert_eq!(self.store.commit(commit, self.now()).await.unwrap().dropped, []);
        }
    }

    /// Waits until nothing is due or on its way at this instant; what still waits for a later one.
    pub(super) async fn quiet(&self) -> u64 {
        let began = std::time::Instant::now();
        loop {
            let depths = self.store.queue_depths(self.now()).await.unwrap();
            let count = |wanted: DeliveryStatus| -> u64 {
                depths.iter().filter(|(_, status, _)| *status == wanted).map(|(.., count)| count).sum()
            };
            let next = self.store.next_due(Lane::Urgent).await.unwrap();
            let is_due = next.is_some_and(|next| next <= self.now());
            // What was claimed between the two questions was neither on its way at the first nor due at the second.
            let moved = self.store.queue_depths(self.now()).await.unwrap() != depths;
            if count(DeliveryStatus::Sending) == 0 && !is_due && !moved {
                return count(DeliveryStatus::Pending);
            }
            assert!(began.elapsed() < Duration::from_secs(600), "{depths:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so many deliveries stand like this.
    pub(super) async fn depth(&self, wanted: DeliveryStatus, count: usize) {
        let (began, wanted_count) = (std::time::Instant::now(), u64::try_from(count).unwrap());
        loop {
            let depths = self.store.queue_depths(self.now()).await.unwrap();
            let counts = depths.iter().filter(|(_, status, _)| *status == wanted).map(|(.., count)| count);
            if counts.sum::<u64>() == wanted_count {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(600), "{depths:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn stop(self) {
        self.cancel.cancel();
        // Whoever still waits for an answer gets none.
        self.inbox.stop().await;
        for worker in self.workers {
            worker.await.unwrap();
        }
        self.store.close().await;
    }
}
