//! Jobs: claimed by one at a time, each when it is due.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::Timestamp;
use bellwether_store::Store;
use bellwether_store::job::{HeldJob, Job, JobKind};
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at};

contract!(
    the_job_that_waits_longest_comes_first,
    a_job_that_is_held_is_nobody_elses_until_its_lease_is_over,
    a_job_that_was_done_is_due_again_at_its_next_time,
    of_two_times_of_a_poll_the_earlier_one_counts,
    what_is_asked_for_while_somebody_is_at_it_is_done_once_more,
    a_job_that_ends_stays_where_it_was_asked_for_meanwhile,
    a_schedule_that_begins_anew_takes_the_job_from_whoever_is_at_it,
    a_job_that_was_removed_is_not_claimed_and_not_finished,
    three_claimers_share_ten_thousand_jobs_without_overlap_or_omission,
    many_who_make_one_search_make_one,
);

fn subject(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn put(store: &Store, kind: JobKind, n: u128, next_at: Timestamp) {
    store.put_job(kind, subject(n), at(0), next_at).await.unwrap();
}

async fn claim(store: &Store, kind: JobKind, limit: u32, now: i64) -> Vec<Job> {
    store.claim_jobs(kind, limit, Uuid::new_v4(), MINUTE, at(now)).await.unwrap()
}

fn slots(jobs: &[Job]) -> Vec<(u128, Timestamp)> {
    jobs.iter().map(|job| (job.held.subject.as_u128(), job.slot)).collect()
}

async fn the_job_that_waits_longest_comes_first(kit: Kit) {
    let store = &kit.store;
    for (n, next_at) in [(1, at(30)), (2, at(10)), (3, at(20)), (4, at(90))] {
        put(store, JobKind::Poll, n, next_at).await;
    }
    put(store, JobKind::Rollup, 5, at(1)).await;
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(10)));
    assert_eq!(claim(store, JobKind::Poll, 10, 9).await, []);
    assert_eq!(slots(&claim(store, JobKind::Poll, 2, 40).await), [(2, at(10)), (3, at(20))]);
    assert_eq!(slots(&claim(store, JobKind::Poll, 2, 40).await), [(1, at(30))]);
    assert_eq!(slots(&claim(store, JobKind::Rollup, 2, 40).await), [(5, at(1))]);
    assert_eq!(store.next_job_at(JobKind::Digest).await.unwrap(), None);
}

async fn a_job_that_is_held_is_nobody_elses_until_its_lease_is_over(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Digest, 1, at(10)).await;
    let first = claim(store, JobKind::Digest, 1, 10).await[0];
    assert_eq!(first.lease_until, at(70));
    assert_eq!(store.next_job_at(JobKind::Digest).await.unwrap(), Some(at(70)));
    assert_eq!(claim(store, JobKind::Digest, 1, 69).await, []);
    store.renew_jobs(vec![first.held], at(200)).await.unwrap();
    assert_eq!(claim(store, JobKind::Digest, 1, 199).await, []);
    let second = claim(store, JobKind::Digest, 1, 200).await[0];
    assert_eq!((second.slot, second.anchor), (at(10), at(0)));
    // Whoever came back too late changes nothing.
    store.renew_jobs(vec![first.held], at(900)).await.unwrap();
    assert!(!store.release_job(first.held, at(11)).await.unwrap());
    assert!(!store.finish_job(first.held, at(11), at(201)).await.unwrap());
    assert_eq!(slots(&claim(store, JobKind::Digest, 1, 260).await), [(1, at(10))]);
}

async fn a_job_that_was_done_is_due_again_at_its_next_time(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Rollup, 1, at(10)).await;
    let job = claim(store, JobKind::Rollup, 1, 20).await[0];
    assert_eq!(job.last_at, None);
    assert!(store.finish_job(job.held, at(50), at(21)).await.unwrap());
    assert!(!store.finish_job(job.held, at(50), at(22)).await.unwrap(), "it is finished once");
    assert_eq!(claim(store, JobKind::Rollup, 1, 49).await, []);
    let job = claim(store, JobKind::Rollup, 1, 50).await[0];
    assert_eq!((job.slot, job.last_at), (at(50), Some(at(21))));
    assert!(store.release_job(job.held, at(60)).await.unwrap());
    let job = claim(store, JobKind::Rollup, 1, 60).await[0];
    assert_eq!((job.slot, job.last_at), (at(60), Some(at(21))), "given back undone");
}

async fn of_two_times_of_a_poll_the_earlier_one_counts(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Poll, 1, at(10)).await;
    put(store, JobKind::Poll, 1, at(20)).await;
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(10)));
    put(store, JobKind::Poll, 1, at(5)).await;
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(5)));
    let job = claim(store, JobKind::Poll, 1, 5).await[0];
    put(store, JobKind::Poll, 1, at(3)).await;
    assert_eq!(claim(store, JobKind::Poll, 1, 6).await, [], "whoever is at it stays at it");
    assert!(store.release_job(job.held, at(30)).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(3)), "and it is done once more");
}

async fn what_is_asked_for_while_somebody_is_at_it_is_done_once_more(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Poll, 1, at(10)).await;
    let job = claim(store, JobKind::Poll, 1, 10).await[0];
    for next_at in [40, 20, 30] {
        put(store, JobKind::Poll, 1, at(next_at)).await;
    }
    assert!(store.finish_job(job.held, at(7_200), at(15)).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(20)));
    let job = claim(store, JobKind::Poll, 1, 20).await[0];
    assert!(store.finish_job(job.held, at(7_200), at(25)).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(7_200)), "once");
    // Whoever takes it over begins late enough.
    let job = claim(store, JobKind::Poll, 1, 7_200).await[0];
    put(store, JobKind::Poll, 1, at(7_210)).await;
    assert_eq!(claim(store, JobKind::Poll, 1, 7_259).await, []);
    let over = claim(store, JobKind::Poll, 1, 7_260).await[0];
    assert!(!store.finish_job(job.held, at(9_000), at(7_261)).await.unwrap());
    assert!(store.finish_job(over.held, at(9_000), at(7_262)).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(9_000)));
}

async fn a_job_that_ends_stays_where_it_was_asked_for_meanwhile(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Poll, 1, at(10)).await;
    let job = claim(store, JobKind::Poll, 1, 10).await[0];
    put(store, JobKind::Poll, 1, at(20)).await;
    assert!(store.forget_job(job.held).await.unwrap());
    assert!(!store.forget_job(job.held).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(20)));
    let job = claim(store, JobKind::Poll, 1, 20).await[0];
    assert!(store.forget_job(job.held).await.unwrap());
    assert_eq!(store.next_job_at(JobKind::Poll).await.unwrap(), None);
    put(store, JobKind::Poll, 1, at(30)).await;
    assert_eq!(claim(store, JobKind::Poll, 1, 30).await.len(), 1, "it can be asked for again");
}

async fn a_schedule_that_begins_anew_takes_the_job_from_whoever_is_at_it(kit: Kit) {
    let store = &kit.store;
    put(store, JobKind::Digest, 1, at(10)).await;
    let old = claim(store, JobKind::Digest, 1, 10).await[0];
    store.put_jobs(JobKind::Digest, vec![(subject(1), at(7), at(40))]).await.unwrap();
    assert!(!store.finish_job(old.held, at(20), at(11)).await.unwrap());
    let new = claim(store, JobKind::Digest, 1, 40).await[0];
    assert_eq!((new.slot, new.anchor), (at(40), at(7)));
}

async fn a_job_that_was_removed_is_not_claimed_and_not_finished(kit: Kit) {
    let store = &kit.store;
    for kind in [JobKind::Digest, JobKind::Insights] {
        put(store, kind, 1, at(10)).await;
    }
    let job = claim(store, JobKind::Digest, 1, 10).await[0];
    store.remove_job(JobKind::Digest, subject(1)).await.unwrap();
    assert!(!store.finish_job(job.held, at(20), at(11)).await.unwrap());
    assert_eq!(claim(store, JobKind::Digest, 1, 1_000).await, []);
    assert_eq!(claim(store, JobKind::Insights, 1, 1_000).await.len(), 1, "another kind stays");
}

async fn three_claimers_share_ten_thousand_jobs_without_overlap_or_omission(kit: Kit) {
    let jobs = (0..10_000_u128).map(|n| (subject(n), at(0), at((n % 100) as i64))).collect();
    kit.store.put_jobs(JobKind::Digest, jobs).await.unwrap();
    let mut claimers = Vec::new();
    for _ in 0..3 {
        let store = kit.second().await;
        claimers.push(tokio::spawn(async move {
            let mut claimed: Vec<HeldJob> = Vec::new();
            // A batch may be empty while others hold what is left, so a few in a row end it.
            let mut empty = 0;
            while empty < 5 {
                let batch = claim(&store, JobKind::Digest, 64, 200).await;
                empty = if batch.is_empty() { empty + 1 } else { 0 };
                for job in &batch {
                    assert!(store.finish_job(job.held, at(1_000), at(200)).await.unwrap());
                }
                claimed.extend(batch.iter().map(|job| job.held));
            }
            claimed
        }));
    }
    let mut times: BTreeMap<Uuid, usize> = BTreeMap::new();
    let mut shares = Vec::new();
    for claimer in claimers {
        let claimed = claimer.await.unwrap();
        shares.push(claimed.len());
        for held in claimed {
            *times.entry(held.subject).or_default() += 1;
        }
    }
    assert_eq!(times.len(), 10_000, "none is left out: {shares:?}");
    assert!(times.values().all(|times| *times == 1), "none is claimed twice: {shares:?}");
}

async fn many_who_make_one_search_make_one(kit: Kit) {
    let search = |query: &str| {
        serde_json::from_str(&format!(r#"{{"query":"{query}","marketplace":"EBAY_US"}}"#)).unwrap()
    };
    let mut makers = Vec::new();
    for n in 0..20 {
        let store = kit.second().await;
        let search: bellwether_model::product::Search =
            search(if n % 2 == 0 { "leica m6" } else { "Leica M6" });
        makers.push(tokio::spawn(async move { store.find_search(&search, at(1)).await.unwrap() }));
    }
    let mut ids = BTreeSet::new();
    for maker in makers {
        ids.insert(maker.await.unwrap());
    }
    assert_eq!(ids.len(), 1, "the query's case makes no other search");
    let id = *ids.first().unwrap();
    let found = kit.store.search_by_id(id).await.unwrap().unwrap();
    assert_eq!((found.id, found.polls, found.created_at, found.polled_at), (id, 0, at(1), None));
    assert_ne!(kit.store.find_search(&search("leica m3"), at(1)).await.unwrap(), id);
}
