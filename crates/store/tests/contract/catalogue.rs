//! The catalogue of instruments.

use bellwether_model::{Instrument, Venue};
use bellwether_store::Woken;
use bellwether_store::instrument::{InstrumentFilter, InstrumentInfo};
use bellwether_store::page::Page;

use crate::contract::kit::{Kit, at};

contract!(
    instruments_are_saved_and_found,
    saving_again_changes_what_is_named,
    a_large_catalogue_is_paged,
    what_is_switched_off_stays_so_whatever_its_venue_says,
);

fn info(text: &str, base: &str, quote: &str) -> InstrumentInfo {
    InstrumentInfo {
        instrument: text.parse().unwrap(),
        base: base.into(),
        quote: quote.into(),
        trading: true,
        tick_size: Some("0.01".parse().unwrap()),
        enabled: true,
    }
}

async fn instruments_are_saved_and_found(kit: Kit) {
    let btc = info("binance:BTCUSDT", "BTC", "USDT");
    let eth = info("binance:ETHUSDT", "ETH", "USDT");
    let foreign = info("kraken:XBTUSD", "XBT", "USD");
    kit.store.save_instruments(Venue::Binance, vec![eth.clone(), btc.clone(), foreign], at(0)).await.unwrap();
    let page = Page { number: 1, size: 10 };
    let all = kit.store.instruments(&InstrumentFilter::default(), page).await.unwrap();
    assert_eq!((all.items, all.total), (vec![btc.clone(), eth.clone()], 2), "in the order of their texts");
    let filter = InstrumentFilter {
        venue: Some(Venue::Binance),
        text: Some("eTh".into()),
        ..InstrumentFilter::default()
    };
    assert_eq!(kit.store.instruments(&filter, page).await.unwrap().items, vec![eth]);
    let elsewhere = InstrumentFilter { venue: Some(Venue::Kraken), ..InstrumentFilter::default() };
    assert_eq!(kit.store.instruments(&elsewhere, page).await.unwrap().total, 0);
    assert_eq!(kit.store.instrument(&btc.instrument).await.unwrap(), Some(btc));
    let unknown: Instrument = "binance:NOPE".parse().unwrap();
    assert_eq!(kit.store.instrument(&unknown).await.unwrap(), None);
    assert_eq!(kit.store.instrument_count(Venue::Binance).await.unwrap(), 2);
}

async fn saving_again_changes_what_is_named(kit: Kit) {
    let btc = info("binance:BTCUSDT", "BTC", "USDT");
    let eth = info("binance:ETHUSDT", "ETH", "USDT");
    kit.store.save_instruments(Venue::Binance, vec![btc.clone(), eth.clone()], at(0)).await.unwrap();
    let halted = InstrumentInfo { trading: false, tick_size: None, ..btc.clone() };
    let twice = vec![btc.clone(), halted.clone()];
    kit.store.save_instruments(Venue::Binance, twice, at(1)).await.unwrap();
    assert_eq!(kit.store.instrument(&btc.instrument).await.unwrap(), Some(halted));
    assert_eq!(kit.store.instrument(&eth.instrument).await.unwrap(), Some(eth));
}

async fn a_large_catalogue_is_paged(kit: Kit) {
    let infos = (0..2_345).map(|n| info(&format!("binance:C{n:04}"), "C", "USDT")).collect();
    kit.store.save_instruments(Venue::Binance, infos, at(0)).await.unwrap();
    let page = Page { number: 24, size: 100 };
    let last = kit.store.instruments(&InstrumentFilter::default(), page).await.unwrap();
    assert_eq!((last.items.len(), last.total), (45, 2_345));
    assert_eq!(last.items[0].instrument.symbol(), "C2300");
}

async fn what_is_switched_off_stays_so_whatever_its_venue_says(kit: Kit) {
    let (btc, eth) = (info("binance:BTCUSDT", "BTC", "USDT"), info("binance:ETHUSDT", "ETH", "USDT"));
    let both = vec![btc.clone(), eth.clone()];
    kit.store.save_instruments(Venue::Binance, both.clone(), at(0)).await.unwrap();
    let wants = kit.store.wakes(Woken::Wants);
    let off = InstrumentInfo { enabled: false, ..btc.clone() };
    let switch =
        async |enabled: bool| kit.store.enable_instrument(&btc.instrument, enabled, at(1)).await.unwrap();
    assert_eq!(switch(false).await, Some(off.clone()));
    assert!(wants.has_changed().unwrap(), "whoever watches is told");
    assert_eq!(switch(false).await, Some(off.clone()));
    let disabled = async || kit.store.disabled_instruments().await.unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(disabled().await, std::slice::from_ref(&btc.instrument));
    kit.store.save_instruments(Venue::Binance, both, at(2)).await.unwrap();
    assert_eq!(kit.store.instrument(&btc.instrument).await.unwrap(), Some(off.clone()));
    let page = Page { number: 1, size: 10 };
    let of = async |enabled: bool| {
        let filter = InstrumentFilter { enabled: Some(enabled), ..InstrumentFilter::default() };
        kit.store.instruments(&filter, page).await.unwrap().items
    };
    assert_eq!((of(true).await, of(false).await), (vec![eth], vec![off]));
    assert_eq!(switch(true).await, Some(btc.clone()));
    assert_eq!(disabled().await, Vec::<Instrument>::new());
    let unknown: Instrument = "binance:NOPE".parse().unwrap();
    assert_eq!(kit.store.enable_instrument(&unknown, false, at(3)).await.unwrap(), None);
}
