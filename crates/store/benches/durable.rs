//! What the store does in a second, on a real disk, with every commit synced.
//!
//! Targets: 20,000 fires a second committed on SQLite (state, fire, delivery: three rows) and 15,000 on
//! PostgreSQL, at batches of 100 and more; 10,000 alerts a second created by 64 callers at once; a page out
//! of a million alerts in less than 5 ms; a million alerts loaded in 2 s from SQLite. The yardstick beside
//! them is what the disk itself does: one small write and `fdatasync` after the other.
//!
//! `cargo bench -p bellwether-store --bench durable [-- WORD]` runs all, or those whose name has the word.
//! `BELLWETHER_BENCH_ALERTS` sets how many alerts are loaded and listed (100,000 where unset),
//! `BELLWETHER_BENCH_DIR` the folder whose disk is measured, `BELLWETHER_BENCH_POSTGRES` the address of an
//! empty database in the place of a private server's.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use bellwether_model::{AlertSpec, AlertState, AttemptId, Position, Timestamp, UserId};
use bellwether_store::alert::{AlertFilter, Creation, NewAlert};
use bellwether_store::delivery::{AttemptOutcome, ClaimWish, Lane, NewAttempt};
use bellwether_store::evaluation::{Commit, NewFire, Watched};
use bellwether_store::page::Page;
use bellwether_store::testing::{PostgresServer, samples};
use bellwether_store::{Store, StoreOptions};
use uuid::Uuid;

/// How long each measurement goes on.
const SPELL: Duration = Duration::from_secs(3);
const NOW: Timestamp = Timestamp::from_micros(1_795_255_200_000_000);

fn main() {
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let folder = std::env::var("BELLWETHER_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    disk(folder.path());
    runtime.block_on(async {
        let path = folder.path().join("store.db");
        measure("sqlite", &format!("sqlite:{}", path.display()), &word).await;
        if let Ok(url) = std::env::var("BELLWETHER_BENCH_POSTGRES") {
            measure("postgres", &url, &word).await;
        } else if let Some(server) = PostgresServer::durable() {
            measure("postgres", &server.fresh_database().await, &word).await;
        }
    });
}

async fn measure(name: &str, url: &str, word: &str) {
    let store = Store::open(url, StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let bench = Bench { name: name.to_owned(), users: users(&store, 500).await, store };
    if "commit".contains(word) {
        for batch in [1, 100, 1_000] {
            bench.commit(batch).await;
        }
    }
    if "claim".contains(word) {
        bench.claim(100).await;
    }
    if "create".contains(word) {
        bench.create(64).await;
    }
    if "load".contains(word) || "list".contains(word) {
        bench.fill().await;
        bench.load().await;
        bench.list().await;
    }
    bench.store.close().await;
}

/// The yardstick.
fn disk(folder: &Path) {
    let mut file = File::create(folder.join("yardstick")).unwrap();
    let (begun, mut writes) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4_096]).unwrap();
        file.sync_data().unwrap();
        writes += 1;
    }
    tell("disk", "4 KiB and fdatasync", writes, begun.elapsed());
}

fn tell(store: &str, what: &str, count: u64, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("{store:9} {what:40} {rate:>10.0}/s  {:>9.1} us each", 1e6 / rate);
}

/// What [`tell`] says, and the processor time of this process since `before`.
fn tell_cpu(store: &str, what: &str, count: u64, took: Duration, before: Option<Duration>) {
    tell(store, what, count, took);
    if let Some(spent) = cpu().zip(before).map(|(now, before)| now - before) {
        println!("{store:9} {what:40} {:>24.1} us of processor", spent.as_secs_f64() * 1e6 / count as f64);
    }
}

/// The processor time of this process: fields 14 and 15 of `/proc/self/stat`, in hundredths of a second.
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

struct Bench {
    name: String,
    store: Store,
    users: Vec<UserId>,
}

impl Bench {
    /// Fires committed one batch after the other, each of another alert.
    async fn commit(&self, batch: usize) {
        self.create_some(2_000).await;
        let mut watched = self.store.watched(None, 2_000).await.unwrap();
        let (mut took, mut count, mut at) = (Duration::ZERO, 0, 0);
        let before = cpu();
        while took < SPELL {
            let chosen: Vec<usize> = (at..at + batch).map(|index| index % watched.len()).collect();
            let fires: Vec<NewFire> = chosen.iter().map(|&index| next_fire(&mut watched[index])).collect();
            let commit = Commit { fires, ..Commit::default() };
            let begun = Instant::now();
            assert!(self.store.commit(commit, NOW).await.unwrap().dropped.is_empty());
            took += begun.elapsed();
            count += batch as u64;
            at += batch;
        }
        tell_cpu(&self.name, &format!("fires committed, {batch} at once"), count, took, before);
    }

    /// What was committed before, claimed and recorded as delivered.
    async fn claim(&self, batch: u32) {
        let (begun, mut count) = (Instant::now(), 0);
        while begun.elapsed() < SPELL {
            let lease = Duration::from_secs(60);
            let claims = self
                .store
                .claim(ClaimWish::new(Lane::Urgent, batch, Uuid::new_v4(), lease), NOW)
                .await
                .unwrap()
                .claims;
            if claims.is_empty() {
                break;
            }
            let attempts = claims.iter().map(|claim| NewAttempt {
                id: AttemptId(Uuid::now_v7()),
                delivery: claim.id,
                channel: claim.channel,
                token: claim.token,
                started_at: NOW,
                took_us: 900,
                outcome: AttemptOutcome::Delivered,
                ambiguous: false,
                detail: "250 2.0.0 Ok: queued as 4f2Kx".to_owned(),
                combined_in: None,
            });
            assert!(self.store.record(attempts.collect(), NOW).await.unwrap().is_empty());
            count += claims.len() as u64;
        }
        tell(&self.name, &format!("claimed and recorded, {batch} at once"), count, begun.elapsed());
    }

    /// Alerts created one by one by so many callers at once.
    async fn create(&self, callers: usize) {
        let (before, cpu_before) = (self.store.transactions(), cpu());
        let begun = Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let (store, users) = (self.store.clone(), self.users.clone());
                tokio::spawn(async move {
                    let mut made = 0;
                    while begun.elapsed() < SPELL {
                        let user = users[(caller * 7 + made) % users.len()];
                        let created = store.create_alert(alert(user, made), u64::MAX, NOW).await.unwrap();
                        assert!(matches!(created, Creation::Created(_)));
                        made += 1;
                    }
                    made as u64
                })
            })
            .collect();
        let mut count = 0;
        for task in tasks {
            count += task.await.unwrap();
        }
        let took = begun.elapsed();
        let shared = count / (self.store.transactions() - before).max(1);
        let what = format!("alerts created, {callers} callers ({shared} a commit)");
        tell_cpu(&self.name, &what, count, took, cpu_before);
    }

    async fn fill(&self) {
        let wanted = std::env::var("BELLWETHER_BENCH_ALERTS").map_or(100_000, |count| count.parse().unwrap());
        let begun = Instant::now();
        self.create_some(wanted).await;
        tell(&self.name, "alerts created in bulk", wanted as u64, begun.elapsed());
    }

    async fn load(&self) {
        let (begun, before, mut count, mut after) = (Instant::now(), cpu(), 0, None);
        loop {
            let portion = self.store.watched(after, 10_000).await.unwrap();
            count += portion.len() as u64;
            match portion.last() {
                Some(last) => after = Some(last.id),
                None => break,
            }
        }
        tell_cpu(&self.name, &format!("alerts loaded ({count})"), count, begun.elapsed(), before);
    }

    async fn list(&self) {
        let mut times = Vec::new();
        for number in 0..2_000_u32 {
            let user = self.users[number as usize % self.users.len()];
            let page = Page { number: 1 + number % 3, size: 10 };
            let begun = Instant::now();
            let listed = self.store.list_alerts(user, &AlertFilter::default(), page).await.unwrap();
            times.push(begun.elapsed());
            assert_eq!(listed.items.len(), 10);
        }
        times.sort();
        tell(&self.name, "pages of 10 listed", times.len() as u64, times.iter().sum());
        println!("{:9} {:40} {:>10.2} ms", self.name, "the same, p99", times[1_980].as_secs_f64() * 1e3);
    }

    async fn create_some(&self, count: usize) {
        for begin in (0..count).step_by(2_000) {
            let new = (begin..count.min(begin + 2_000)).map(|n| alert(self.users[n % self.users.len()], n));
            self.store.create_alerts(new.collect(), u64::MAX, NOW).await.unwrap();
        }
    }
}

async fn users(store: &Store, count: usize) -> Vec<UserId> {
    let mut users = Vec::with_capacity(count);
    for _ in 0..count {
        let new = samples::person(&format!("{}@example.org", Uuid::now_v7()));
        users.push(store.create_user(new, NOW).await.unwrap().unwrap().id);
    }
    users
}

fn alert(user: UserId, n: usize) -> NewAlert {
    let spec: AlertSpec = serde_json::from_str(&format!(
        r#"{{"name":"Alert {n}","instrument":"binance:C{}USDT",
            "condition":{{"type":"crossing","price":"{}.5"}},"repeat":{{"mode":"every"}}}}"#,
        n % 500,
        n + 1
    ))
    .unwrap();
    let state = AlertState {
        position: Some(Position(3_000_000_000 + n as u64)),
        accepted_at: Some(NOW),
        has_reference: true,
        ..AlertState::default()
    };
    NewAlert { state, ..samples::alert(user, spec) }
}

/// The alert's next fire, which is taken to have been committed.
fn next_fire(watched: &mut Watched) -> NewFire {
    let fire = NewFire { trades: Some((4_000_000_000, 4_000_000_003)), ..samples::fire(watched, NOW) };
    watched.state = fire.state.clone();
    fire
}
