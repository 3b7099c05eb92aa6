//! Ticks that nobody can repeat are kept until a checkpoint is past them.

use bellwether_model::{Instrument, Position, Tick};
use bellwether_store::candle::RunningCandles;
use bellwether_store::evaluation::{Commit, MarketPosition};
use bellwether_store::tick_log::LoggedTick;

use crate::contract::kit::{Kit, at};

contract!(
    ticks_come_back_in_their_order_to_the_last_digit,
    a_checkpoint_forgets_what_it_is_past,
    a_place_is_given_once,
    a_thousand_ticks_are_one_write,
);

fn instrument(name: &str) -> Instrument {
    name.parse().unwrap()
}

fn polled(seq: u64, price: &str) -> LoggedTick {
    let tick = Tick::unnumbered(price.parse().unwrap(), at(1), Position(seq));
    LoggedTick { seq, instrument: instrument("uphold:BTC-USD"), tick }
}

fn pushed(seq: u64, id: u64) -> LoggedTick {
    let tick = Tick::numbered("7".parse().unwrap(), at(2), id);
    LoggedTick { seq, instrument: instrument("push:mine/GOLD"), tick }
}

async fn logged(kit: &Kit) -> Vec<LoggedTick> {
    kit.second().await.logged_ticks(0, 100_000).await.unwrap()
}

async fn checkpoint(kit: &Kit, name: &str, position: u64) {
    let position = MarketPosition {
        instrument: instrument(name),
        position: Position(position),
        numbered: false,
        price: "1".parse().unwrap(),
        time: at(3),
        memory: vec![],
        running: RunningCandles::default(),
        in_force: true,
    };
    kit.store.commit(Commit { positions: vec![position], ..Commit::default() }, at(3)).await.unwrap();
}

async fn ticks_come_back_in_their_order_to_the_last_digit(kit: Kit) {
    let all = [polled(3, "37.5375375375375375385"), pushed(4, i64::MAX.cast_unsigned()), polled(5, "2")];
    kit.store.log_ticks(all[..1].to_vec()).await.unwrap();
    kit.store.log_ticks(vec![all[2].clone(), all[1].clone()]).await.unwrap();
    assert_eq!(logged(&kit).await, all);
    assert_eq!(kit.store.logged_ticks(3, 1).await.unwrap(), all[1..2]);
    assert_eq!(kit.store.logged_ticks(5, 9).await.unwrap(), []);
}

async fn a_checkpoint_forgets_what_it_is_past(kit: Kit) {
    let all = [polled(1, "1"), pushed(2, 900), polled(3, "2"), pushed(4, 901), polled(5, "3")];
    kit.store.log_ticks(all.to_vec()).await.unwrap();
    checkpoint(&kit, "binance:BTCUSDT", 1_000_000).await;
    assert_eq!(logged(&kit).await, all);
    checkpoint(&kit, "uphold:BTC-USD", 3).await;
    assert_eq!(logged(&kit).await, [all[1].clone(), all[3].clone(), all[4].clone()]);
    checkpoint(&kit, "push:mine/GOLD", 900).await;
    assert_eq!(logged(&kit).await, all[3..]);
    checkpoint(&kit, "push:mine/GOLD", 5_000).await;
    checkpoint(&kit, "uphold:BTC-USD", 5).await;
    assert_eq!(logged(&kit).await, []);
}

async fn a_place_is_given_once(kit: Kit) {
    kit.store.log_ticks(vec![polled(1, "1")]).await.unwrap();
    assert!(kit.store.log_ticks(vec![polled(2, "2"), polled(1, "3")]).await.is_err());
    assert_eq!(logged(&kit).await, [polled(1, "1")], "all of them, or none");
}

async fn a_thousand_ticks_are_one_write(kit: Kit) {
    let all: Vec<_> = (1..=1_234).map(|seq| polled(seq, "1")).collect();
    let before = kit.store.transactions();
    kit.store.log_ticks(all.clone()).await.unwrap();
    assert_eq!(kit.store.transactions() - before, 1);
    assert_eq!(logged(&kit).await, all);
}
