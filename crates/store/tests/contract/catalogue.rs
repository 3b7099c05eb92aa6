//! The catalogue of instruments.

use bellwether_model::{Instrument, Venue};
use bellwether_store::instrument::{InstrumentFilter, InstrumentInfo};
use bellwether_store::page::Page;

use crate::contract::kit::{Kit, at};

contract!(instruments_are_saved_and_found, saving_again_changes_what_is_named, a_large_catalogue_is_paged);

fn info(text: &str, base: &str, quote: &str) -> InstrumentInfo {
    InstrumentInfo {
        instrument: text.parse().unwrap(),
        base: base.into(),
        quote: quote.into(),
        trading: true,
        tick_size: Some("0.01".parse().unwrap()),
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
    let filter = InstrumentFilter { venue: Some(Venue::Binance), text: Some("eTh".into()), reader: None };
    assert_eq!(kit.store.instruments(&filter, page).await.unwrap().items, vec![eth]);
    let elsewhere = InstrumentFilter { venue: Some(Venue::Kraken), text: None, reader: None };
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
