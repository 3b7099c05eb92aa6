//! Prices that were too far off, and what became of them.

use bellwether_model::{Instrument, Venue};
use bellwether_store::page::Page;
use bellwether_store::quarantine::{KEPT_PER_INSTRUMENT, Outcome, QuarantineFilter, Quarantined};

use crate::contract::kit::{Kit, at};

contract!(
    what_waits_is_settled_where_it_stands,
    the_last_word_of_many_counts,
    a_list_is_of_what_is_asked_for_and_newest_first,
    what_waits_when_a_feed_begins_anew_is_unanswered_until_it_comes_again,
    no_more_are_kept_than_are_looked_at,
    old_ones_are_forgotten_and_what_waits_stays,
);

fn instrument(name: &str) -> Instrument {
    name.parse().unwrap()
}

/// A price of an instrument that came at a second, and waits.
fn waiting(name: &str, second: i64, id: Option<u64>) -> Quarantined {
    Quarantined {
        instrument: instrument(name),
        price: "500.25".parse().unwrap(),
        in_force: "5.000000000000000001".parse().unwrap(),
        time: at(second - 1),
        id,
        came_at: at(second),
        outcome: Outcome::Waiting,
        settled_at: None,
    }
}

fn settled(tick: &Quarantined, outcome: Outcome, second: i64) -> Quarantined {
    // Whoever settles it knows when that was, and not always when it came.
    Quarantined { outcome, settled_at: Some(at(second)), came_at: at(second), ..tick.clone() }
}

fn page(number: u32, size: u32) -> Page {
    Page { number, size }
}

async fn save(kit: &Kit, ticks: Vec<Quarantined>) {
    kit.store.save_quarantine(ticks).await.unwrap();
}

async fn all(kit: &Kit) -> Vec<Quarantined> {
    let listed = kit.second().await.quarantine(&QuarantineFilter::default(), page(1, 100)).await.unwrap();
    assert_eq!(listed.total, listed.items.len() as u64);
    listed.items
}

async fn what_waits_is_settled_where_it_stands(kit: Kit) {
    let numbered = waiting("binance:BTCUSDT", 10, Some(u64::MAX >> 1));
    let polled = waiting("uphold:BTC-USD", 20, None);
    save(&kit, vec![numbered.clone(), polled.clone()]).await;
    assert_eq!(all(&kit).await, [polled.clone(), numbered.clone()]);
    save(&kit, vec![settled(&numbered, Outcome::Contradicted, 30)]).await;
    save(&kit, vec![settled(&polled, Outcome::Confirmed, 31)]).await;
    let now = |tick: &Quarantined, outcome, second| Quarantined {
        came_at: tick.came_at,
        ..settled(tick, outcome, second)
    };
    let expected = [now(&polled, Outcome::Confirmed, 31), now(&numbered, Outcome::Contradicted, 30)];
    assert_eq!(all(&kit).await, expected);
    save(&kit, Vec::new()).await;
    assert_eq!(all(&kit).await, expected);
}

async fn the_last_word_of_many_counts(kit: Kit) {
    let first = waiting("kraken:BTC/USD", 10, Some(1));
    let same_time = Quarantined { id: Some(2), ..first.clone() };
    save(&kit, vec![first.clone(), same_time.clone(), settled(&first, Outcome::Confirmed, 12)]).await;
    let confirmed = Quarantined { came_at: at(10), ..settled(&first, Outcome::Confirmed, 12) };
    assert_eq!(all(&kit).await, [same_time, confirmed]);
}

async fn a_list_is_of_what_is_asked_for_and_newest_first(kit: Kit) {
    let ticks: Vec<_> = (1..=5).map(|n| waiting("binance:BTCUSDT", n, Some(n.unsigned_abs()))).collect();
    save(&kit, ticks.clone()).await;
    save(&kit, vec![settled(&ticks[1], Outcome::Contradicted, 9), waiting("binance:ETHUSDT", 6, Some(1))])
        .await;
    save(&kit, vec![waiting("coinbase:BTC-USD", 7, Some(1))]).await;
    let ids = async |filter: QuarantineFilter, asked: Page| {
        let listed = kit.store.quarantine(&filter, asked).await.unwrap();
        let items = listed.items.iter().map(|tick| (tick.instrument.symbol().to_owned(), tick.id.unwrap()));
        (items.collect::<Vec<_>>(), listed.total)
    };
    let named =
        |ids: &[(&str, u64)]| ids.iter().map(|(symbol, id)| ((*symbol).to_owned(), *id)).collect::<Vec<_>>();
    let bitcoin = QuarantineFilter { instrument: Some(instrument("binance:BTCUSDT")), ..Default::default() };
    assert_eq!(ids(bitcoin.clone(), page(1, 2)).await, (named(&[("BTCUSDT", 5), ("BTCUSDT", 4)]), 5));
    assert_eq!(ids(bitcoin.clone(), page(3, 2)).await, (named(&[("BTCUSDT", 1)]), 5));
    assert_eq!(ids(bitcoin.clone(), page(4, 2)).await, (vec![], 5));
    let glitches = QuarantineFilter { outcomes: vec![Outcome::Contradicted, Outcome::Unanswered], ..bitcoin };
    assert_eq!(ids(glitches, page(1, 10)).await, (named(&[("BTCUSDT", 2)]), 1));
    let binance = QuarantineFilter { venue: Some(Venue::Binance), ..Default::default() };
    assert_eq!(ids(binance, page(1, 1)).await, (named(&[("ETHUSDT", 1)]), 6));
    assert_eq!(ids(QuarantineFilter::default(), page(1, 1)).await, (named(&[("BTC-USD", 1)]), 7));
}

async fn what_waits_when_a_feed_begins_anew_is_unanswered_until_it_comes_again(kit: Kit) {
    let ticks = [waiting("binance:BTCUSDT", 1, Some(7)), waiting("binance:ETHUSDT", 2, Some(8))];
    let other = waiting("kraken:BTC/USD", 3, Some(9));
    let done = settled(&waiting("binance:LTCUSDT", 4, Some(10)), Outcome::Confirmed, 4);
    save(&kit, [ticks.to_vec(), vec![other.clone(), done.clone()]].concat()).await;
    let counts =
        async |since| kit.store.quarantine_counts(at(since)).await.unwrap().into_iter().collect::<Vec<_>>();
    let (binance, kraken) = (Venue::Binance, Venue::Kraken);
    let counted = counts(0).await;
    assert_eq!(counted.len(), 3);
    for one in [
        ((binance, Outcome::Waiting), 2),
        ((binance, Outcome::Confirmed), 1),
        ((kraken, Outcome::Waiting), 1),
    ] {
        assert!(counted.contains(&one), "{counted:?}");
    }
    assert_eq!(counts(5).await.len(), 2, "what was settled earlier does not count");
    assert_eq!(kit.store.end_quarantine(binance, at(20)).await.unwrap(), 2);
    assert_eq!(kit.store.end_quarantine(binance, at(21)).await.unwrap(), 0);
    let ended =
        |tick: &Quarantined| Quarantined { came_at: tick.came_at, ..settled(tick, Outcome::Unanswered, 20) };
    assert_eq!(all(&kit).await, [done, other, ended(&ticks[1]), ended(&ticks[0])]);
    // The feed fetches one of them again.
    save(&kit, vec![Quarantined { came_at: at(22), ..ticks[0].clone() }]).await;
    assert_eq!(all(&kit).await.last(), Some(&ticks[0]));
}

async fn no_more_are_kept_than_are_looked_at(kit: Kit) {
    let kept = i64::from(KEPT_PER_INSTRUMENT);
    let many = |name: &str, seconds: std::ops::RangeInclusive<i64>| {
        seconds.map(|n| waiting(name, n, Some(n.unsigned_abs()))).collect::<Vec<_>>()
    };
    save(&kit, many("binance:ETHUSDT", 1..=2)).await;
    save(&kit, many("binance:BTCUSDT", 1..=kept)).await;
    let total = async || kit.store.quarantine(&QuarantineFilter::default(), page(1, 1)).await.unwrap().total;
    assert_eq!(total().await, u64::from(KEPT_PER_INSTRUMENT) + 2);
    save(&kit, many("binance:BTCUSDT", kept + 1..=kept + 30)).await;
    assert_eq!(total().await, u64::from(KEPT_PER_INSTRUMENT) + 2);
    let last = page(u32::try_from(kept).unwrap() / 100, 100);
    let bitcoin = QuarantineFilter { instrument: Some(instrument("binance:BTCUSDT")), ..Default::default() };
    let oldest = kit.store.quarantine(&bitcoin, last).await.unwrap().items.pop().unwrap();
    assert_eq!(oldest.id, Some(31), "the oldest went");
}

async fn old_ones_are_forgotten_and_what_waits_stays(kit: Kit) {
    let ticks: Vec<_> = (1..=4).map(|n| waiting("binance:BTCUSDT", n, Some(n.unsigned_abs()))).collect();
    save(&kit, ticks.clone()).await;
    save(&kit, [1, 2].map(|n| settled(&ticks[n], Outcome::Confirmed, 50)).to_vec()).await;
    assert_eq!(kit.store.sweep_quarantine(at(3)).await.unwrap(), 1);
    let left: Vec<_> = all(&kit).await.iter().map(|tick| tick.id.unwrap()).collect();
    assert_eq!(left, [4, 3, 1]);
}
