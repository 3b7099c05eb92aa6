//! What outlives the service's processes: the store, the exchange, the receivers, time; and the people.

use std::sync::Arc;

use bellwether_model::{AlertSpec, Channel, ChannelId, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_server::channels::{Address, Sealer};
use bellwether_server::config::{Config, EncryptionKeys, SigningKey, Sources};
use bellwether_store::channel::{ChannelCreation, ChannelStatus, NewChannel};
use bellwether_store::testing::{open_kept, samples};
use bellwether_store::user::NewUser;
use bellwether_store::{Store, StoreOptions};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use uuid::Uuid;

use crate::exchange::Exchange;
use crate::keeper::{Keeper, Looking};
use crate::post::Post;
use crate::process::Origins;
use crate::time::Time;

/// The markets.
pub(crate) const SYMBOLS: [&str; 2] = ["BTCUSDT", "ETHUSDT"];
/// How many people there are.
const PEOPLE: u64 = 2;

/// Somebody with alerts.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) email: String,
    /// Where they can be told.
    pub(crate) channels: Vec<Channel>,
}

/// Everything around the service.
pub(crate) struct Surroundings {
    pub(crate) time: Arc<Time>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) store: Store,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) post: Arc<Post>,
    pub(crate) origins: Origins,
    pub(crate) people: Vec<Person>,
    pub(crate) config: Config,
    pub(crate) sealer: Sealer,
    pub(crate) signing_key: SigningKey,
}

impl Surroundings {
    /// A world in which nothing has happened yet, but that people have signed up, and somebody watches each market.
    pub(crate) async fn new(seed: u64) -> Arc<Self> {
        let (time, keeper) = (Arc::new(Time::default()), Arc::new(Keeper::default()));
        let config = config();
        let sealer = Sealer::new(&EncryptionKeys::of(&config).unwrap());
        let store = open_kept("sqlite::memory:", StoreOptions::default(), keeper.clone()).await.unwrap();
        store.migrate().await.unwrap();
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let person = sign_up(&store, &sealer, &time, seed, number);
            people.push(Looking::new(person).await);
        }
        Looking::new(watch_each_market(&store, &time, people[0].id)).await;
        Arc::new(Self {
            exchange: Exchange::new(&time, &SYMBOLS),
            time,
            keeper,
            store,
            post: Arc::default(),
            origins: Arc::default(),
            people,
            signing_key: SigningKey::of(&config).unwrap(),
            config,
            sealer,
        })
    }
}

/// No limits of pace, so that every fire goes in a message of its own.
fn config() -> Config {
    let paces = ["email", "webhook", "telegram", "slack", "discord", "ntfy", "alert"];
    let mut flags: Vec<_> = paces.map(|of| (format!("pace.{of}"), "0/1s".to_owned())).into();
    flags.extend([
        ("store.url".to_owned(), "sqlite::memory:".to_owned()),
        ("accounts.signing_key".to_owned(), "s".repeat(32)),
        ("accounts.encryption_key".to_owned(), "e".repeat(32)),
    ]);
    Config::load(&Sources { flags, ..Sources::default() }).unwrap()
}

async fn sign_up(store: &Store, sealer: &Sealer, time: &Time, seed: u64, number: u64) -> Person {
    let email = format!("person-{number}@example.org");
    let new = NewUser { time_zone: "UTC".to_owned(), ..samples::person(&email) };
    let id = store.create_user(new, time.now()).await.unwrap().unwrap().id;
    let mut rng = StdRng::seed_from_u64(seed ^ number);
    let secret = WebhookSecret::draw(&mut rng).reveal();
    let webhook = Address::Webhook { url: "https://example.org/hook".into(), secret, former: Vec::new() };
    let mut channels = vec![Channel::Email];
    for address in
        [webhook, Address::Ntfy { url: "https://example.org/".into(), topic: "t".into(), token: None }]
    {
        let channel = ChannelId(Uuid::now_v7());
        let new = NewChannel {
            id: channel,
            user: id,
            kind: address.kind(),
            name: String::new(),
            status: ChannelStatus::Active,
            target: sealer.seal(channel, &address),
            idempotency: None,
        };
        let made = store.create_channel(new, 10, time.now()).await.unwrap();
        assert!(matches!(made, ChannelCreation::Created(_)));
        channels.push(Channel::Made(channel));
    }
    Person { id, email, channels }
}

/// Alerts that nobody touches: so no market is ever left, and what was in force before a new alert stays so.
async fn watch_each_market(store: &Store, time: &Time, user: UserId) {
    for symbol in SYMBOLS {
        let json = format!(
            r#"{{"instrument": "binance:{symbol}", "condition": {{"type": "below", "price": "1"}}, "name": "anchor"}}"#
        );
        let spec: AlertSpec = serde_json::from_str(&json).unwrap();
        let mut new = samples::alert(user, spec);
        new.state.accepted_at = Some(time.now());
        store.create_alerts(vec![new], 100, time.now()).await.unwrap();
    }
}
