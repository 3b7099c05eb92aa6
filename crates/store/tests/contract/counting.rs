//! Fires that are counted and read in order, prices that moved, and what product alerts want, change by change.

use bellwether_model::product::ProductSpec;
use bellwether_model::{Candle, Interval, Position, Timestamp};
use bellwether_store::alert::{Action, ProductWish};
use bellwether_store::candle::{NewCandle, PriceMove, RunningCandles};
use bellwether_store::evaluation::{Commit, MarketPosition};
use bellwether_store::fire::{Counted, FireFilter, FireGroup};
use bellwether_store::page::Stretch;

use crate::contract::kit::{Kit, at, crossing, next_fire};
use crate::contract::products::digest;

contract!(
    fires_are_counted_by_what_they_have_in_common,
    fires_are_read_from_one_to_the_next,
    a_price_moved_from_its_first_candle_to_where_it_stands,
    what_product_alerts_want_is_followed_change_by_change,
);

async fn fires_are_counted_by_what_they_have_in_common(kit: Kit) {
    let (ada, eve) = (kit.user("ada@example.org").await, kit.user("eve@example.org").await);
    let bitcoin = kit.alert(ada).await;
    let ether = kit.alert_of(ada, crossing("binance:ETHUSDT", "1800")).await;
    let eves = kit.alert(eve).await;
    for alert in [&bitcoin, &bitcoin, &ether, &eves] {
        kit.fire(alert).await;
    }
    // A day later.
    let watched = kit.watched(ether.id).await.unwrap();
    for number in [2, 3] {
        let mut fire = next_fire(&watched, false);
        fire.number = number;
        fire.state.fires = number;
        fire.evidence.time = at(5 + 86_400);
        kit.commit(vec![fire]).await;
    }
    let count = async |filter: FireFilter, by, limit| {
        let counts = kit.store.count_fires(ada, &filter, by, limit).await.unwrap();
        assert!(!counts.capped);
        let items = counts.items.into_iter().map(|item| (item.of, item.count, item.last));
        (items.collect::<Vec<_>>(), counts.total)
    };
    let (first, last) = (at(5), at(5 + 86_400));
    let by_instrument = |symbol: &str| Counted::Instrument(symbol.parse().unwrap());
    let everything = FireFilter::default();
    assert_eq!(
        count(everything.clone(), FireGroup::Instrument, 10).await,
        (vec![(by_instrument("binance:ETHUSDT"), 3, last), (by_instrument("binance:BTCUSDT"), 2, first)], 5)
    );
    assert_eq!(
        count(everything.clone(), FireGroup::Alert, 1).await,
        (vec![(Counted::Alert(ether.id), 3, last)], 5)
    );
    let day = |time: Timestamp| Counted::Day(Interval::Day.open_of(time));
    assert_eq!(
        count(everything, FireGroup::Day, 10).await,
        (vec![(day(last), 2, last), (day(first), 3, first)], 5)
    );
    let of_one = FireFilter { alert: Some(ether.id), to: Some(last), ..FireFilter::default() };
    assert_eq!(count(of_one, FireGroup::Alert, 10).await, (vec![(Counted::Alert(ether.id), 1, first)], 1));
    let of_another = FireFilter { alert: Some(eves.id), ..FireFilter::default() };
    assert_eq!(count(of_another, FireGroup::Day, 10).await, (vec![], 0));
    let since = FireFilter { from: Some(last), ..FireFilter::default() };
    assert_eq!(count(since, FireGroup::Day, 10).await, (vec![(day(last), 2, last)], 2));
}

async fn fires_are_read_from_one_to_the_next(kit: Kit) {
    let ada = kit.user("ada@example.org").await;
    let (alert, other) = (kit.alert(ada).await, kit.alert(ada).await);
    for _ in 0..5 {
        kit.fire(&alert).await;
        kit.fire(&other).await;
    }
    let of_alert = FireFilter { alert: Some(alert.id), ..FireFilter::default() };
    for (filter, expected) in
        [(&FireFilter::default(), vec![5, 5, 4, 4, 3, 3, 2, 2, 1, 1]), (&of_alert, vec![5, 4, 3, 2, 1])]
    {
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let fires = kit.store.fires_before(ada, filter, after, 2).await.unwrap();
            let listed = kit.store.list_fires(ada, filter, Stretch { after, limit: 2 }).await.unwrap();
            assert_eq!((&listed.items, listed.total), (&fires, expected.len() as u64));
            let Some(last) = fires.last() else { break };
            after = Some(last.id);
            numbers.extend(fires.iter().map(|fire| fire.number));
        }
        assert_eq!(numbers, expected);
    }
    let theirs = kit.user("eve@example.org").await;
    assert_eq!(kit.store.fires_before(theirs, &of_alert, None, 9).await.unwrap(), []);
}

async fn a_price_moved_from_its_first_candle_to_where_it_stands(kit: Kit) {
    let price = |text: &str| text.parse().unwrap();
    let candle = |minute: i64, open: &str| Candle {
        open_time: at(60 * minute),
        open: price(open),
        high: price("9"),
        low: price("1"),
        close: price("5"),
        partial: false,
    };
    let stands = |instrument: &str, last: &str, time| MarketPosition {
        instrument: instrument.parse().unwrap(),
        position: Position(1),
        numbered: true,
        price: price(last),
        time,
        memory: vec![],
        running: RunningCandles::default(),
        in_force: true,
    };
    let new = |instrument: &str, candle| NewCandle {
        instrument: instrument.parse().unwrap(),
        interval: Interval::Minute,
        candle,
    };
    let running = RunningCandles { minute: Some(candle(5, "2.5")), ..RunningCandles::default() };
    let commit = Commit {
        candles: vec![
            new("binance:BTCUSDT", candle(1, "2")),
            new("binance:BTCUSDT", candle(2, "3")),
            new("binance:BTCUSDT", candle(3, "4")),
            new("binance:ETHUSDT", candle(1, "2")),
            new("binance:OLD", candle(2, "2")),
        ],
        positions: vec![
            stands("binance:BTCUSDT", "7.5", at(300)),
            stands("binance:ETHUSDT", "8", at(300)),
            stands("binance:OLD", "8", at(100)),
            MarketPosition { running, ..stands("binance:NEW", "3", at(300)) },
        ],
        ..Commit::default()
    };
    kit.store.commit(commit, at(300)).await.unwrap();
    let moved = |instrument: &str, from, first: &str, last: &str| PriceMove {
        instrument: instrument.parse().unwrap(),
        from,
        first: price(first),
        last: price(last),
        time: at(300),
    };
    // A candle that began before does not count, and neither does what stood still since.
    assert_eq!(
        kit.store.moves_since(Interval::Minute, at(120)).await.unwrap(),
        [moved("binance:BTCUSDT", at(120), "3", "7.5"), moved("binance:NEW", at(300), "2.5", "3")]
    );
    assert_eq!(
        kit.store.moves_since(Interval::Minute, at(0)).await.unwrap().len(),
        4,
        "all of them have moved since then"
    );
    assert_eq!(kit.store.moves_since(Interval::Hour, at(0)).await.unwrap(), []);
}

async fn what_product_alerts_want_is_followed_change_by_change(kit: Kit) {
    let ada = kit.user("ada@example.org").await;
    let start = kit.store.head().await.unwrap();
    let (id, search) = kit.product_alert(ada, digest()).await;
    let price = kit.alert(ada).await;
    let alert = kit.store.alert(ada, id).await.unwrap().unwrap();
    kit.change(&alert, Action::Paused, |change| change.status = bellwether_model::Status::Paused).await;
    // Other tests write to the same server, and a change is told only when all before it are over.
    let changes = loop {
        let changes = kit.store.product_changes(start, 100).await.unwrap();
        if changes.len() >= 3 {
            break changes;
        }
        tokio::task::yield_now().await;
    };
    let told: Vec<_> = changes.iter().map(|change| (change.alert, change.wish.clone())).collect();
    // As it is now, and not as it was.
    assert_eq!(told, [(id, None), (price.id, None), (id, None)]);
    let paused = kit.store.alert(ada, id).await.unwrap().unwrap();
    kit.change(&paused, Action::Resumed, |change| change.status = bellwether_model::Status::Active).await;
    let last = changes.last().unwrap().cursor;
    let resumed = loop {
        let changes = kit.store.product_changes(last, 100).await.unwrap();
        if let Some(change) = changes.into_iter().next() {
            break change;
        }
        tokio::task::yield_now().await;
    };
    let spec: ProductSpec = digest();
    let schedule = spec.watch.schedule().cloned();
    assert_eq!(resumed.wish, Some(ProductWish { alert: id, search, schedule }));
}
