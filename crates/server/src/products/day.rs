//! A day of digests, by a clock of its own: three who claim jobs share one store, and one in fifty of what they
//! claim they never finish. Each digest is told at each instant of its schedule and at no other, to nobody twice,
//! within the marketplace's calls.
//!
//! `BELLWETHER_DIGESTS=100000 cargo test -p bellwether-server --lib a_day_of_digests` tries more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bellwether_feeds::World;
use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_feeds::world::{self, Promise};
use bellwether_model::product::ProductSpec;
use bellwether_model::{AlertId, AlertState, Spec, Timestamp, UserId};
use bellwether_simulators::ebay::{self, EbaySimulator, ItemInput};
use bellwether_store::alert::{Creation, NewAlert};
use bellwether_store::delivery::{ClaimWish, Content, Lane};
use bellwether_store::job::JobKind;
use bellwether_store::page::Stretch;
use bellwether_store::user::NewUser;
use bellwether_store::{Store, StoreOptions};
use uuid::Uuid;

use super::poll::Poller;
use super::quota::Quota;
use super::reports::Reporter;
use super::rhythm::Planner;
use super::scheduler::Worker as _;
use super::{Products, Rhythms, Watched};

/// 2027-01-15T08:00:00Z, when the marketplace's day begins.
const START_US: i64 = 1_800_000_000_000_000;
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 1_440 * MINUTE_US;
/// How long a claim lasts.
const LEASE: Duration = Duration::from_secs(300);
/// Processes that claim.
const PROCESSES: usize = 3;
/// Of so many claims one is never finished: its process died.
const LOST: u64 = 50;
/// How often digests come, in minutes.
const EVERY: [i64; 4] = [120, 240, 480, 1_440];

/// A clock that stands still until told.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

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

/// A marketplace, a store, and what claims its jobs.
struct Day {
    hand: Arc<Hand>,
    market: ebay::Running,
    products: Products,
    calls: u64,
    /// Claims so far.
    claims: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Day {
    async fn start(calls: u64) -> Self {
        let hand = Arc::new(Hand(AtomicI64::new(START_US)));
        let told = Arc::clone(&hand);
        let config = ebay::Config::scripted(move || told.0.load(Ordering::SeqCst));
        let config = ebay::Config { calls_per_day: u32::try_from(calls).unwrap(), ..config };
        let credentials = config.credentials.clone();
        let market = EbaySimulator::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("day.db").display());
        let options = StoreOptions { hold_unverified: false, ..StoreOptions::default() };
        let store = Store::open(&url, options).await.unwrap();
        store.migrate().await.unwrap();
        let secret = ClientSecret::new(credentials.secret.clone());
        let ebay = EbayConfig { base_url: market.url(), ..EbayConfig::new(&credentials.id, secret) };
        let products = Products {
            store,
            clock: hand.clone(),
            market: Arc::new(Ebay::new(ebay, &World::network("bellwether-test", 1).unwrap())),
            generations: crate::http::Generations::default(),
            rhythms: Rhythms::default(),
            watched: Watched::default(),
            daily_calls: calls,
            search_every: "5m".parse().unwrap(),
            items_max: 200,
        };
        Self { hand, market, products, calls, claims: AtomicU64::new(1), _folder: folder }
    }

    fn now(&self) -> Timestamp {
        self.products.clock.now()
    }

    fn quota(&self) -> Quota {
        Quota::new(self.products.store.clone(), self.calls)
    }

    async fn user(&self) -> UserId {
        let new = NewUser {
            role: bellwether_store::user::Role::User,
            id: UserId(Uuid::now_v7()),
            email: "reader@example.org".to_owned(),
            username: None,
            password_hash: "none".to_owned(),
            verified: true,
            time_zone: "UTC".to_owned(),
        };
        self.products.store.create_user(new, self.now()).await.unwrap().unwrap().id
    }

    /// A digest of a search of its own for each of these numbers, armed a few seconds apart.
    async fn digests(&self, user: UserId, count: usize) -> BTreeMap<AlertId, Planned> {
        let mut planned = BTreeMap::new();
        for first in (0..count).step_by(500) {
            let at = self.now();
            let new: Vec<NewAlert> = (first..count.min(first + 500))
                .map(|number| {
                    let every = EVERY[number % EVERY.len()];
                    let spec: ProductSpec = serde_json::from_value(serde_json::json!({
                        "kind": "digest", "name": format!("no. {number}"), "top": 20,
                        "search": {"query": format!("thing {number}"), "marketplace": "EBAY_US"},
                        "schedule": {"every": format!("{every}m")},
                        "repeat": {"mode": "every"}, "channels": ["email"],
                    }))
                    .unwrap();
                    let next_at = Some(Timestamp::from_micros(at.micros() + every * MINUTE_US));
                    let (id, spec) = (AlertId(Uuid::now_v7()), Spec::from(spec));
                    planned.insert(id, Planned { armed_at: at, every });
                    NewAlert { id, user, spec, state: AlertState::default(), next_at, idempotency: None }
                })
                .collect();
            let created = self.products.store.create_alerts(new, 1_000_000, at).await.unwrap();
            assert!(created.iter().all(|creation| matches!(creation, Creation::Created(_))));
            self.hand.0.fetch_add(7_000_000, Ordering::SeqCst);
        }
        planned
    }

    /// One process claims what is due until nothing is, and does it.
    async fn work(&self, kind: JobKind) {
        let (poller, reporter) = (
            Poller { products: self.products.clone(), quota: self.quota() },
            Reporter { products: self.products.clone() },
        );
        loop {
            let token = Uuid::now_v7();
            let jobs = self.products.store.claim_jobs(kind, 16, token, LEASE, self.now()).await.unwrap();
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                if self.claims.fetch_add(1, Ordering::SeqCst).is_multiple_of(LOST) {
                    continue;
                }
                match kind {
                    JobKind::Poll => poller.work(job).await,
                    _ => reporter.work(job).await,
                }
            }
        }
    }

    async fn plan(&self) {
        let planner = Planner { products: self.products.clone(), quota: self.quota() };
        planner.plan().await.unwrap();
    }

    /// Lets time go on until the end, a minute at a time, and the processes do what is due.
    async fn pass(&self, until: i64) {
        self.plan().await;
        let mut planned_at = self.now().micros();
        while self.now().micros() < until {
            for kind in [JobKind::Poll, JobKind::Digest] {
                let next = self.products.store.next_job_at(kind).await.unwrap();
                if next.is_some_and(|next| next <= self.now()) {
                    let processes: [_; PROCESSES] = std::array::from_fn(|_| self.work(kind));
                    futures_util::future::join_all(processes).await;
                }
            }
            self.hand.0.fetch_add(MINUTE_US, Ordering::SeqCst);
            if self.now().micros() - planned_at >= 60 * MINUTE_US {
                self.plan().await;
                planned_at = self.now().micros();
            }
        }
    }

    /// The instants for which an alert was told, each as often as it was.
    async fn told(&self, user: UserId, alert: AlertId) -> Vec<i64> {
        let all = Stretch { after: None, limit: 100 };
        let reports = self.products.store.reports(user, alert, all).await.unwrap();
        assert_eq!(usize::try_from(reports.total).unwrap(), reports.items.len(), "all of them fit one page");
        let mut slots: Vec<i64> = reports.items.iter().map(|report| report.slot_at.micros()).collect();
        slots.sort_unstable();
        slots
    }
}

/// What a digest was armed for.
struct Planned {
    armed_at: Timestamp,
    every: i64,
}

impl Planned {
    /// Its instants until the end of the day.
    fn instants(&self, until: i64) -> Vec<i64> {
        let every = self.every * MINUTE_US;
        (1..).map(|times| self.armed_at.micros() + times * every).take_while(|at| *at <= until).collect()
    }
}

async fn a_day_of(count: usize, calls: u64) {
    let day = Day::start(calls).await;
    for number in 0..20 {
        let item = ItemInput::new(&format!("thing {number} in a box"), "12.50");
        day.market.control().list(&item).unwrap();
    }
    let user = day.user().await;
    let planned = day.digests(user, count).await;
    // What a process that died held is done once its lease is over: minutes after the last instants.
    let end = START_US + DAY_US - 15 * MINUTE_US;
    day.pass(end + 14 * MINUTE_US).await;

    let mut reports = 0;
    for (alert, planned) in &planned {
        let told = day.told(user, *alert).await;
        let expected = planned.instants(end);
        let until_end: Vec<i64> = told.iter().copied().filter(|at| *at <= end).collect();
        assert_eq!(until_end, expected, "{alert}: every {} minutes", planned.every);
        reports += told.len();
    }
    // Each report owes one message.
    let mut messages = BTreeSet::new();
    loop {
        let wish = ClaimWish::new(Lane::Digest, 5_000, Uuid::new_v4(), LEASE);
        let claims = day.products.store.claim(wish, day.now()).await.unwrap().claims;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            let Content::Report(report) = claim.content else { panic!("{:?}", claim.content) };
            assert!(messages.insert(report.id), "{} is told twice", report.id);
        }
    }
    assert_eq!(messages.len(), reports);
    let counters = day.market.control().counters();
    assert!(counters.searches <= calls && counters.over_quota == 0, "{counters:?} of {calls}");
    assert!(counters.searches >= u64::try_from(count).unwrap(), "each search is asked: {counters:?}");
    assert!(day.claims.load(Ordering::SeqCst) > LOST, "some were lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_digests_tells_each_at_each_of_its_instants_and_nobody_twice() {
    match std::env::var("BELLWETHER_DIGESTS").map(|count| count.parse().unwrap()) {
        Ok(count) => a_day_of(count, u64::try_from(count).unwrap() * 3).await,
        Err(_) => a_day_of(120, 600).await,
    }
}

#[tokio::test]
async fn a_digest_that_waits_for_the_first_poll_stands_under_an_instant_of_its_grid() {
    let day = Day::start(100).await;
    let user = day.user().await;
    let (alert, planned) = day.digests(user, 1).await.pop_first().unwrap();
    let first = planned.instants(START_US + DAY_US)[0];
    let reporter = Reporter { products: day.products.clone() };
    let due = async || {
        let store = &day.products.store;
        store.claim_jobs(JobKind::Digest, 16, Uuid::now_v7(), LEASE, day.now()).await.unwrap()
    };
    // Nothing was polled: it is put off by a minute, again and again, and stays what it is.
    for minute in [0, 1, 2] {
        day.hand.0.store(first + minute * MINUTE_US, Ordering::SeqCst);
        let jobs = due().await;
        assert_eq!(jobs.iter().map(|job| job.slot.micros()).collect::<Vec<_>>(), [first], "minute {minute}");
        reporter.work(jobs[0]).await;
        assert!(due().await.is_empty(), "not at once");
    }
    assert!(day.told(user, alert).await.is_empty());
    day.claims.store(1, Ordering::SeqCst);
    day.work(JobKind::Poll).await;
    day.hand.0.fetch_add(MINUTE_US, Ordering::SeqCst);
    day.work(JobKind::Digest).await;
    assert_eq!(day.told(user, alert).await, [first]);
    let next = day.products.store.next_job_at(JobKind::Digest).await.unwrap();
    assert_eq!(next.map(Timestamp::micros), Some(first + planned.every * MINUTE_US));
}
