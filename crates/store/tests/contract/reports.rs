//! Digests and insights: one for each instant of an alert, and the next one on time.

use std::collections::BTreeSet;

use bellwether_model::product::{DigestReport, Report};
use bellwether_model::{AlertId, DeliveryId, ReportId, SearchId, UserId};
use bellwether_store::delivery::{About, ClaimWish, Content, Deferred, DeliveryStatus, Lane};
use bellwether_store::job::{HeldJob, JobKind};
use bellwether_store::page::Stretch;
use bellwether_store::report::{ReportCommit, ReportOutcome};
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at};
use crate::contract::products::{digest, offer, usd};

contract!(
    a_digest_is_delivered_in_its_lane_and_its_job_goes_on,
    for_one_instant_there_is_one_report,
    of_many_who_bring_in_one_report_one_does,
    a_report_of_an_alert_that_changed_is_dropped,
    a_report_by_a_lost_claim_is_not_brought_in,
    a_digest_looks_at_what_is_there_and_at_what_it_cost_then,
    of_digests_in_quiet_hours_the_newest_is_sent_when_they_end,
    what_a_deleted_account_was_told_is_gone,
);

struct Due {
    user: UserId,
    alert: AlertId,
    search: SearchId,
}

async fn due(kit: &Kit) -> Due {
    let user = kit.user("a@example.org").await;
    let (alert, search) = kit.product_alert(user, digest()).await;
    Due { user, alert, search }
}

fn report(held: HeldJob, slot: i64) -> ReportCommit {
    ReportCommit {
        held,
        slot: at(slot),
        next_at: at(slot + 600),
        revision: 1,
        id: ReportId(Uuid::now_v7()),
        content: Report::Digest(DigestReport {
            search: digest().watch.search().clone(),
            slot: at(slot),
            as_of: Some(at(1)),
            total: 0,
            items: Vec::new(),
            left_out: 0,
        }),
        deliveries: vec![DeliveryId(Uuid::now_v7())],
    }
}

async fn a_digest_is_delivered_in_its_lane_and_its_job_goes_on(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let made = report(job.held, 600);
    assert_eq!(kit.store.last_report(alert).await.unwrap(), None);
    let outcome = kit.store.commit_report(made.clone(), at(605)).await.unwrap();
    assert_eq!(outcome, ReportOutcome::Committed(user));
    assert_eq!(kit.store.next_job_at(JobKind::Digest).await.unwrap(), Some(at(1_200)));
    assert_eq!(kit.store.last_report(alert).await.unwrap(), Some((at(600), at(605))));
    assert_eq!(kit.claim(700).await.len(), 0, "not in the urgent lane");
    let wish = ClaimWish::new(Lane::Digest, 10, Uuid::new_v4(), MINUTE);
    let claims = kit.store.claim(wish, at(700)).await.unwrap().claims;
    assert_eq!(claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), made.deliveries);
    let Content::Report(told) = &claims[0].content else { panic!("{:?}", claims[0].content) };
    assert_eq!((told.id, &told.content, told.slot_at), (made.id, &made.content, at(600)));
    let (delivery, _) = kit.store.delivery(user, made.deliveries[0]).await.unwrap().unwrap();
    assert_eq!((delivery.about, delivery.lane), (About::Digest, Lane::Digest));
    let all = Stretch { after: None, limit: 10 };
    let listed = kit.store.reports(user, alert, all).await.unwrap();
    assert_eq!((listed.items.len(), listed.total), (1, 1));
    assert_eq!(listed.items[0], **told);
    let bob = kit.user("b@example.org").await;
    assert_eq!(kit.store.reports(bob, alert, all).await.unwrap().total, 0);
    assert_eq!(kit.store.report(bob, made.id).await.unwrap(), None);
}

async fn of_digests_in_quiet_hours_the_newest_is_sent_when_they_end(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let other = kit.user("b@example.org").await;
    let (bobs, _) = kit.product_alert(other, digest()).await;
    let wish = || ClaimWish::new(Lane::Digest, 10, Uuid::new_v4(), MINUTE);
    // Two of the first, the newer one held back first; and one of somebody else's.
    let mut held = Vec::new();
    for (alert, slot) in [(alert, 600), (alert, 1_200), (bobs, 600)] {
        let job = kit.job(JobKind::Digest, alert.0, at(slot)).await;
        let made = report(job.held, slot);
        kit.store.commit_report(made.clone(), at(slot)).await.unwrap();
        held.push(made.deliveries[0]);
    }
    let claims = kit.store.claim(wish(), at(1_300)).await.unwrap().claims;
    assert_eq!(claims.len(), 3);
    let defer = async |wanted: &[DeliveryId]| {
        let claims = claims.iter().filter(|claim| wanted.contains(&claim.id));
        let claims = claims.map(|claim| (claim.id, claim.token)).collect();
        kit.store.defer(claims, at(9_000), Deferred::QuietHours).await.unwrap();
    };
    let status = async |user, id| kit.store.delivery(user, id).await.unwrap().unwrap().0;
    defer(&[held[1], held[2]]).await;
    assert_eq!(status(user, held[1]).await.status, DeliveryStatus::Pending);
    defer(&[held[0]]).await;
    let older = status(user, held[0]).await;
    assert_eq!((older.status, older.next_at), (DeliveryStatus::Cancelled, None));
    assert!(older.last_error.unwrap().starts_with("quiet hours"));
    assert_eq!(status(user, held[1]).await.next_at, Some(at(9_000)));
    // A third one takes the place of the second; the morning has one for each.
    let job = kit.job(JobKind::Digest, alert.0, at(1_800)).await;
    let made = report(job.held, 1_800);
    kit.store.commit_report(made.clone(), at(1_800)).await.unwrap();
    let claims = kit.store.claim(wish(), at(1_801)).await.unwrap().claims;
    let claims = claims.iter().map(|claim| (claim.id, claim.token)).collect();
    kit.store.defer(claims, at(9_000), Deferred::QuietHours).await.unwrap();
    assert_eq!(status(user, held[1]).await.status, DeliveryStatus::Cancelled);
    assert_eq!(kit.store.claim(wish(), at(8_999)).await.unwrap().claims.len(), 0);
    let morning = kit.store.claim(wish(), at(9_000)).await.unwrap().claims;
    let morning: BTreeSet<_> = morning.iter().map(|claim| claim.id).collect();
    assert_eq!(morning, BTreeSet::from([made.deliveries[0], held[2]]));
}

async fn for_one_instant_there_is_one_report(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    kit.store.commit_report(report(job.held, 600), at(605)).await.unwrap();
    // The answer was lost, and the claim with it.
    let again = report(job.held, 600);
    assert_eq!(kit.store.commit_report(again, at(606)).await.unwrap(), ReportOutcome::Repeated);
    // The schedule began anew at an instant that was told of: it goes on from there, and says nothing twice.
    let anew = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let outcome = kit.store.commit_report(report(anew.held, 600), at(607)).await.unwrap();
    assert_eq!(outcome, ReportOutcome::Repeated);
    assert_eq!(kit.store.next_job_at(JobKind::Digest).await.unwrap(), Some(at(1_200)));
    let all = Stretch { after: None, limit: 10 };
    assert_eq!(kit.store.reports(user, alert, all).await.unwrap().total, 1);
    let wish = ClaimWish::new(Lane::Digest, 10, Uuid::new_v4(), MINUTE);
    assert_eq!(kit.store.claim(wish, at(700)).await.unwrap().claims.len(), 1);
}

async fn of_many_who_bring_in_one_report_one_does(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let mut racers = Vec::new();
    for _ in 0..8 {
        let (store, made) = (kit.second().await, report(job.held, 600));
        racers.push(tokio::spawn(async move { store.commit_report(made, at(605)).await.unwrap() }));
    }
    let mut outcomes = Vec::new();
    for racer in racers {
        outcomes.push(racer.await.unwrap());
    }
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    assert_eq!((count(ReportOutcome::Committed(user)), count(ReportOutcome::Repeated)), (1, 7));
}

async fn a_report_of_an_alert_that_changed_is_dropped(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let other = ReportCommit { revision: 7, ..report(job.held, 600) };
    assert_eq!(kit.store.commit_report(other, at(605)).await.unwrap(), ReportOutcome::Dropped);
    kit.store.delete_alert(user, alert, at(606)).await.unwrap();
    kit.store.put_jobs(JobKind::Digest, vec![(alert.0, at(0), at(600))]).await.unwrap();
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let late = report(job.held, 600);
    assert_eq!(kit.store.commit_report(late, at(607)).await.unwrap(), ReportOutcome::Dropped);
    let all = Stretch { after: None, limit: 10 };
    assert_eq!(kit.store.reports(user, alert, all).await.unwrap().total, 0);
}

async fn a_report_by_a_lost_claim_is_not_brought_in(kit: Kit) {
    let Due { alert, .. } = due(&kit).await;
    let lost = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let held = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let outcome = kit.store.commit_report(report(lost.held, 600), at(605)).await.unwrap();
    assert_eq!(outcome, ReportOutcome::LeaseLost);
    let outcome = kit.store.commit_report(report(held.held, 600), at(605)).await.unwrap();
    assert!(matches!(outcome, ReportOutcome::Committed(_)));
    // What is made of a digest is a digest.
    let insights = kit.job(JobKind::Insights, alert.0, at(600)).await;
    assert!(kit.store.commit_report(report(insights.held, 600), at(605)).await.is_err());
}

async fn a_digest_looks_at_what_is_there_and_at_what_it_cost_then(kit: Kit) {
    let Due { search, .. } = due(&kit).await;
    kit.observe(search, 10, vec![offer(1, "100"), offer(2, "50")]).await;
    kit.observe(search, 20, vec![offer(1, "90"), offer(2, "50"), offer(3, "70")]).await;
    let told = |held: Vec<bellwether_model::product::Held>| -> Vec<_> {
        held.iter().map(|held| (held.offer.price, held.first_seen_at, held.price_then)).collect()
    };
    let (held, as_of) = kit.store.digest_view(search, Some(at(15))).await.unwrap();
    assert_eq!(as_of, None, "events are no answers");
    assert_eq!(
        told(held),
        [
            (Some(usd("90")), at(10), Some(usd("100"))),
            (Some(usd("50")), at(10), Some(usd("50"))),
            (Some(usd("70")), at(20), None),
        ]
    );
    let (held, _) = kit.store.digest_view(search, None).await.unwrap();
    assert!(held.iter().all(|held| held.price_then.is_none()) && held.len() == 3);
    let (held, _) = kit.store.digest_view(search, Some(at(5))).await.unwrap();
    assert!(held.iter().all(|held| held.price_then.is_none()), "none was there yet");
}

async fn what_a_deleted_account_was_told_is_gone(kit: Kit) {
    let Due { user, alert, .. } = due(&kit).await;
    let job = kit.job(JobKind::Digest, alert.0, at(600)).await;
    let made = report(job.held, 600);
    kit.store.commit_report(made.clone(), at(605)).await.unwrap();
    assert!(kit.store.delete_user(user, at(610)).await.unwrap());
    assert_eq!(kit.store.report(user, made.id).await.unwrap(), None);
    assert_eq!(kit.store.next_job_at(JobKind::Digest).await.unwrap(), None);
}
