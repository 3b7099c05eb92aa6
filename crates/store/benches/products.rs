//! What the store does in a second for product alerts, on a real disk, with every commit synced.
//!
//! Listings brought in by polls of 200 offers each, a twentieth of which have changed; jobs claimed and done, 100
//! at a time, of 1,000 and of 100,000 that wait: a claim must cost the same.
//!
//! `cargo bench -p bellwether-store --bench products [-- WORD]` runs both, or the one whose name has the word.
//! `BELLWETHER_BENCH_DIR` is the folder whose disk is measured, `BELLWETHER_BENCH_POSTGRES` the address of an
//! empty database in the place of a private server's.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_model::product::{Availability, Card, Currency, ListingId, Money, Offer, Search, Site};
use bellwether_model::{SearchId, Timestamp};
use bellwether_store::job::JobKind;
use bellwether_store::search::{Observation, ObservationOutcome, PollDone};
use bellwether_store::testing::PostgresServer;
use bellwether_store::{Store, StoreOptions};
use uuid::Uuid;

/// How long each measurement goes on.
const SPELL: Duration = Duration::from_secs(3);
const LEASE: Duration = Duration::from_secs(60);
/// Offers in the answer of one poll.
const OFFERS: u32 = 200;
/// Jobs in one claim.
const BATCH: u32 = 100;

fn main() {
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let folder = std::env::var("BELLWETHER_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
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
    if "ingest".contains(word) {
        for pollers in [1, 8] {
            ingest(name, &store, pollers).await;
        }
    }
    if "claim".contains(word) {
        claim(name, &store, JobKind::Digest, 1_000).await;
        claim(name, &store, JobKind::Insights, 100_000).await;
    }
    store.close().await;
}

/// An instant of the measurement.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_255_200_000_000 + seconds * 1_000_000)
}

/// A minute later.
fn after(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.micros() + 60_000_000)
}

/// Pollers that each bring in the answer to one search after the other, whichever is due.
async fn ingest(name: &str, store: &Store, pollers: u32) {
    let mut searches = HashMap::new();
    for n in 0..pollers {
        let query = format!(r#"{{"query":"bench {pollers} {n}"}}"#);
        let search: Search = serde_json::from_str(&query).unwrap();
        let id = store.find_search(&search, at(0)).await.unwrap();
        store.put_job(JobKind::Poll, id.0, at(0), at(0)).await.unwrap();
        searches.insert(id, pollers * 1_000_000 + n * 10_000);
    }
    let searches = Arc::new(searches);
    let (begun, mut tasks) = (Instant::now(), Vec::new());
    for _ in 0..pollers {
        let (store, searches) = (store.clone(), searches.clone());
        tasks.push(tokio::spawn(async move {
            let mut polls = 0_u64;
            while begun.elapsed() < SPELL {
                polls += poll(&store, &searches).await;
            }
            polls
        }));
    }
    let mut polls = 0;
    for task in tasks {
        polls += task.await.unwrap();
    }
    for search in searches.keys() {
        store.remove_job(JobKind::Poll, search.0).await.unwrap();
    }
    let rate = (polls * u64::from(OFFERS)) as f64 / begun.elapsed().as_secs_f64();
    println!("{name}: {pollers} pollers bring in {rate:.0} listings a second");
}

/// One poll, where one is due.
async fn poll(store: &Store, searches: &HashMap<SearchId, u32>) -> u64 {
    let far = at(1_000_000_000);
    let jobs = store.claim_jobs(JobKind::Poll, 1, Uuid::new_v4(), LEASE, far).await.unwrap();
    let Some(job) = jobs.first() else { return 0 };
    let (search, time) = (job.held.search(), after(job.slot));
    let version = store.search_state(search, &[]).await.unwrap().unwrap().version;
    let first = searches[&search];
    let round = (time.micros() - at(0).micros()) / 60_000_000;
    let observation = Observation {
        search,
        version,
        time,
        poll: Some(PollDone { held: job.held, next_at: time }),
        offers: (first..first + OFFERS).map(|n| offer(n, round)).collect(),
        gone: Vec::new(),
        baselines: Vec::new(),
        fired: Vec::new(),
    };
    let outcome = store.commit_observation(observation, time).await.unwrap();
    assert!(matches!(outcome, ObservationOutcome::Committed { .. }), "{outcome:?}");
    1
}

/// A listing whose price changes with every twentieth poll.
fn offer(n: u32, round: i64) -> Offer {
    let id: ListingId = format!("v1|{n}|0").parse().unwrap();
    let cents = 10_000 + u128::from(n) + u128::try_from((round + i64::from(n)) / 20).unwrap();
    Offer {
        card: Card {
            id,
            title: format!("A thing of beauty, no. {n}, in its box, with papers and two spare parts"),
            url: Some(format!("https://shop.example/itm/{n}")),
            image: Some(format!("https://pictures.example/{n}.jpg")),
            condition: Some("Used".to_owned()),
        },
        site: Site::EbayUs,
        price: Some(Money {
            value: bellwether_model::Price::from_parts(cents, 2).unwrap(),
            currency: Currency::USD,
        }),
        shipping: None,
        availability: Availability::Available,
        listed_at: Some(at(0)),
        ends_at: None,
    }
}

/// Jobs that are claimed and done, of so many that wait, a part of which is due.
async fn claim(name: &str, store: &Store, kind: JobKind, waiting: u32) {
    let jobs = (0..waiting).map(|n| (Uuid::from_u128(n.into()), at(0), at(i64::from(n)))).collect();
    store.put_jobs(kind, jobs).await.unwrap();
    let begun = Instant::now();
    let (mut claimed, mut claims, mut longest) = (0, 0_u32, Duration::ZERO);
    let mut claiming = Duration::ZERO;
    while begun.elapsed() < SPELL {
        let (now, before) = (at(i64::from(claims) + i64::from(waiting)), Instant::now());
        let batch = store.claim_jobs(kind, BATCH, Uuid::new_v4(), LEASE, now).await.unwrap();
        longest = longest.max(before.elapsed());
        claiming += before.elapsed();
        claims += 1;
        claimed += batch.len();
        let done = batch.into_iter().map(|job| {
            let store = store.clone();
            // Behind all that wait, so that there are as many as before.
            let next_at = at(i64::from(claims) + i64::from(waiting));
            tokio::spawn(async move { store.finish_job(job.held, next_at, next_at).await.unwrap() })
        });
        for done in done.collect::<Vec<_>>() {
            assert!(done.await.unwrap());
        }
    }
    println!(
        "{name}: of {waiting} jobs {:.0} a second are claimed and done; a claim of {BATCH} takes {:.2} ms, at most {:.2} ms",
        claimed as f64 / begun.elapsed().as_secs_f64(),
        claiming.as_secs_f64() * 1e3 / f64::from(claims),
        longest.as_secs_f64() * 1e3,
    );
}
