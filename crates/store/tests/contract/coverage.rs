//! Stretches in which an instrument was watched without a gap.

use bellwether_model::Instrument;
use bellwether_store::coverage::Covered;
use bellwether_store::evaluation::Commit;

use crate::contract::kit::{Kit, at};

contract!(
    a_stretch_grows_and_never_shrinks,
    stretches_are_found_by_what_they_reach_into,
    old_ones_are_forgotten_and_each_newest_is_told,
);

fn stretch(symbol: &str, from: i64, to: i64) -> Covered {
    Covered { instrument: instrument(symbol), from: at(from), to: at(to) }
}

fn instrument(symbol: &str) -> Instrument {
    format!("binance:{symbol}").parse().unwrap()
}

async fn save(kit: &Kit, coverage: Vec<Covered>) {
    kit.store.commit(Commit { coverage, ..Commit::default() }, at(0)).await.unwrap();
}

async fn between(kit: &Kit, from: i64, to: i64) -> Vec<Covered> {
    kit.second().await.coverage(&instrument("BTCUSDT"), at(from), at(to)).await.unwrap()
}

async fn a_stretch_grows_and_never_shrinks(kit: Kit) {
    save(&kit, vec![stretch("BTCUSDT", 10, 20), stretch("BTCUSDT", 10, 30)]).await;
    assert_eq!(between(&kit, 0, 100).await, [stretch("BTCUSDT", 10, 30)]);
    save(&kit, vec![stretch("BTCUSDT", 10, 25)]).await;
    save(&kit, vec![stretch("BTCUSDT", 10, 40), stretch("BTCUSDT", 50, 60)]).await;
    assert_eq!(between(&kit, 0, 100).await, [stretch("BTCUSDT", 10, 40), stretch("BTCUSDT", 50, 60)]);
}

async fn stretches_are_found_by_what_they_reach_into(kit: Kit) {
    let all = [stretch("BTCUSDT", 0, 10), stretch("BTCUSDT", 20, 30), stretch("BTCUSDT", 40, 50)];
    save(&kit, all.to_vec()).await;
    save(&kit, vec![stretch("ETHUSDT", 0, 100)]).await;
    assert_eq!(between(&kit, 5, 25).await, all[..2]);
    assert_eq!(between(&kit, 22, 23).await, all[1..2]);
    assert_eq!(between(&kit, 31, 40).await, []);
}

async fn old_ones_are_forgotten_and_each_newest_is_told(kit: Kit) {
    let all = [stretch("BTCUSDT", 0, 10), stretch("BTCUSDT", 20, 30), stretch("ETHUSDT", 5, 25)];
    save(&kit, all.to_vec()).await;
    assert_eq!(kit.store.newest_coverage().await.unwrap(), all[1..]);
    assert_eq!(kit.store.sweep_coverage(at(25)).await.unwrap(), 1);
    assert_eq!(between(&kit, -100, 100).await, all[1..2]);
    assert_eq!(kit.store.newest_coverage().await.unwrap(), all[1..]);
}
