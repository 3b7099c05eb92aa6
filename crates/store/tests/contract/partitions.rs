//! Evaluation by several processes: leases, fences, shares, wants.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, Instrument, Position};
use bellwether_store::StoreError;
use bellwether_store::candle::RunningCandles;
use bellwether_store::evaluation::{Commit, MarketPosition};
use bellwether_store::lease::Fence;
use bellwether_store::share::{Mark, Share};
use bellwether_store::want::{Begins, Want};
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing, next_fire};

contract!(
    a_lease_is_claimed_by_one,
    a_lease_whose_beat_goes_on_is_not_claimed,
    a_lease_that_is_given_back_is_free_and_its_old_holder_beats_in_vain,
    a_commit_happens_under_its_lease_or_not_at_all,
    every_alert_is_in_one_share,
    positions_of_composites_stand_apart,
    wants_are_replaced_share_by_share,
);

async fn a_lease_is_claimed_by_one(kit: Kit) {
    let mut claims = Vec::new();
    for _ in 0..8 {
        let store = kit.second().await;
        claims.push(tokio::spawn(async move {
            store.claim_lease("partition 0/8", None, Uuid::now_v7()).await.unwrap()
        }));
    }
    let mut won = Vec::new();
    for claim in claims {
        won.extend(claim.await.unwrap());
    }
    assert_eq!(won, [(1, None)]);
    let seen = kit.store.leases().await.unwrap().remove(0);
    assert_eq!((seen.name.as_str(), seen.epoch), ("partition 0/8", 1));

    // Its beat stands still: one of those who saw it so takes over.
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(kit.store.claim_lease(&seen.name, Some(&seen), one).await.unwrap(), Some((2, None)));
    assert_eq!(kit.store.claim_lease(&seen.name, Some(&seen), other).await.unwrap(), None);
    assert_eq!(kit.store.leases().await.unwrap()[0].holder, Some(one));
}

async fn a_lease_whose_beat_goes_on_is_not_claimed(kit: Kit) {
    let name = "feed binance".to_owned();
    kit.store.claim_lease(&name, None, Uuid::now_v7()).await.unwrap();
    let seen = kit.store.leases().await.unwrap().remove(0);
    let held = vec![(name.clone(), 1), ("feed kraken".to_owned(), 1)];
    assert_eq!(kit.store.beat_leases(held).await.unwrap(), std::slice::from_ref(&name));
    assert_eq!(kit.store.claim_lease(&name, Some(&seen), Uuid::now_v7()).await.unwrap(), None);
}

async fn a_lease_that_is_given_back_is_free_and_its_old_holder_beats_in_vain(kit: Kit) {
    let name = "feed binance".to_owned();
    kit.store.claim_lease(&name, None, Uuid::now_v7()).await.unwrap();
    kit.store.release_lease(&name, 1).await.unwrap();
    assert_eq!(kit.store.beat_leases(vec![(name.clone(), 1)]).await.unwrap(), Vec::<String>::new());
    let free = kit.store.leases().await.unwrap().remove(0);
    assert_eq!(free.holder, None);
    let new = Uuid::now_v7();
    assert_eq!(kit.store.claim_lease(&name, Some(&free), new).await.unwrap(), Some((2, None)));
    // The old holder's word comes late.
    kit.store.release_lease(&name, 1).await.unwrap();
    let held = kit.store.leases().await.unwrap().remove(0);
    assert_eq!(held.holder, Some(new));
    kit.store.forget_lease(&free).await.unwrap();
    assert_eq!(kit.store.leases().await.unwrap(), std::slice::from_ref(&held));
    kit.store.forget_lease(&held).await.unwrap();
    assert_eq!(kit.store.leases().await.unwrap(), []);
}

async fn a_commit_happens_under_its_lease_or_not_at_all(kit: Kit) {
    let name = "partition 1/8".to_owned();
    let alert = kit.alert(kit.user("a@example.org").await).await;
    kit.store.claim_lease(&name, None, Uuid::now_v7()).await.unwrap();
    let seen = kit.store.leases().await.unwrap().remove(0);
    let commit = |epoch, log_number, fires| Commit {
        fence: Some(Fence { name: name.clone(), epoch, log_number }),
        fires,
        ..Commit::default()
    };
    let first = next_fire(&kit.watched(alert.id).await.unwrap(), false);
    kit.store.commit(commit(1, Some(70), vec![first]), at(1)).await.unwrap();
    let second = next_fire(&kit.watched(alert.id).await.unwrap(), false);
    kit.store.commit(commit(1, None, vec![]), at(1)).await.unwrap();

    let taken_over = kit.store.claim_lease(&name, Some(&seen), Uuid::now_v7()).await.unwrap();
    assert_eq!(taken_over, None, "who commits is alive");
    let seen = kit.store.leases().await.unwrap().remove(0);
    let taken_over = kit.store.claim_lease(&name, Some(&seen), Uuid::now_v7()).await.unwrap();
    assert_eq!(taken_over, Some((2, Some(70))), "the next one goes on where the stored log number says");
    let fenced = kit.store.commit(commit(1, Some(80), vec![second.clone()]), at(2)).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
    assert_eq!(kit.read(&alert).await.fires, 1);
    assert_eq!(kit.store.leases().await.unwrap()[0].log_number, Some(70));
    kit.store.commit(commit(2, Some(80), vec![second]), at(2)).await.unwrap();
    assert_eq!(kit.read(&alert).await.fires, 2);
}

async fn every_alert_is_in_one_share(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut all = BTreeSet::new();
    for number in 0..60 {
        let spec = crossing(&format!("binance:COIN{}", number % 20), "33000");
        all.insert(kit.alert_of(user, spec).await.id);
    }
    let mut composite = crossing("binance:COIN1", "1");
    composite.condition = serde_json::from_str(
        r#"{"type": "all", "of": [{"type": "above", "price": "1"},
            {"type": "below", "price": "9", "instrument": "binance:COIN2"}]}"#,
    )
    .unwrap();
    let composite = kit.alert_of(user, composite).await.id;

    let mut found = BTreeSet::new();
    for share in Share::every(7) {
        let mut mark = None;
        loop {
            let portion = kit.store.watched_in(share, mark, 3).await.unwrap();
            let Some(last) = portion.last() else { break };
            mark = Some(Mark::after(last));
            for alert in &portion {
                assert!(share.holds(&alert.spec));
                assert!(found.insert(alert.id), "each once");
            }
            assert!(share != Share::Composites || portion[0].id == composite);
        }
    }
    all.insert(composite);
    assert_eq!(found, all);
    let everyone: BTreeSet<AlertId> =
        kit.store.watched_in(Share::All, None, 1_000).await.unwrap().iter().map(|alert| alert.id).collect();
    assert_eq!(everyone, all);
}

fn standing(name: &str, position: u64) -> MarketPosition {
    MarketPosition {
        instrument: name.parse().unwrap(),
        position: Position(position),
        numbered: true,
        price: "1".parse().unwrap(),
        time: at(3),
        memory: vec![7],
        running: RunningCandles::default(),
        in_force: true,
    }
}

async fn positions_of_composites_stand_apart(kit: Kit) {
    let (btc, eth) = ("binance:BTCUSDT", "binance:ETHUSDT");
    let commit = |share, positions| Commit { share, positions, ..Commit::default() };
    let partition = |name: &str| {
        let index = Share::partition_of(&name.parse::<Instrument>().unwrap(), 8);
        Share::Partition { index, of: 8 }
    };
    kit.store.commit(commit(partition(btc), vec![standing(btc, 5)]), at(3)).await.unwrap();
    kit.store.commit(commit(partition(eth), vec![standing(eth, 6)]), at(3)).await.unwrap();
    let composites = kit.store.positions_of(Share::Composites).await.unwrap();
    assert_eq!(composites, [standing(btc, 5), standing(eth, 6)], "it begins where the others are");
    kit.store.commit(commit(Share::Composites, vec![standing(btc, 3)]), at(3)).await.unwrap();
    let composites = kit.store.positions_of(Share::Composites).await.unwrap();
    assert_eq!(composites, [standing(btc, 3), standing(eth, 6)], "and goes on where it is itself");
    assert_eq!(
        kit.store.positions_of(partition(btc)).await.unwrap().len(),
        1 + usize::from(partition(btc) == partition(eth))
    );
    assert_eq!(kit.store.positions().await.unwrap(), [standing(btc, 5), standing(eth, 6)]);
}

async fn wants_are_replaced_share_by_share(kit: Kit) {
    let instrument = |name: &str| name.parse::<Instrument>().unwrap();
    let all = [
        (instrument("binance:A"), Begins::After(Position(u64::MAX))),
        (instrument("binance:B"), Begins::Since(at(7))),
        (instrument("binance:C"), Begins::Now),
    ];
    let mut held = Vec::new();
    for name in ["partition 0/8", "composites"] {
        kit.store.claim_lease(name, None, Uuid::now_v7()).await.unwrap();
        held.push(Fence { name: name.to_owned(), epoch: 1, log_number: None });
    }
    kit.store.save_wants(&held[0], all.to_vec()).await.unwrap();
    kit.store.save_wants(&held[1], all[2..].to_vec()).await.unwrap();
    kit.store.save_wants(&held[0], all[..2].to_vec()).await.unwrap();
    let other = Fence { epoch: 2, ..held[0].clone() };
    let fenced = kit.store.save_wants(&other, vec![]).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
    let want = |share: &str, at: usize| Want {
        share: share.to_owned(),
        instrument: all[at].0.clone(),
        begins: all[at].1,
    };
    let wants = kit.second().await.wants().await.unwrap();
    assert_eq!(wants, [want("partition 0/8", 0), want("partition 0/8", 1), want("composites", 2)]);
}
