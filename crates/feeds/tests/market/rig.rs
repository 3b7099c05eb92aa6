//! A client and the eBay that it is led to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_feeds::{BackOff, MarketError, Marketplace, SearchPage, World};
use bellwether_model::product::{Search, Site};
use bellwether_simulators::ebay::{
    Action, Config, Control, Counters, EbaySimulator, Fault, ItemInput, Place, Running,
};

pub(crate) struct Rig {
    pub(crate) running: Running,
    pub(crate) ebay: Ebay,
}

pub(crate) fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// An empty eBay with more calls than any test makes.
pub(crate) fn simulated() -> Config {
    Config { calls_per_day: 1_000_000, ..Config::scripted(now_us) }
}

pub(crate) fn config(running: &Running) -> EbayConfig {
    EbayConfig {
        base_url: running.url(),
        answer: Duration::from_secs(5),
        back_off: BackOff { base: Duration::from_millis(20), cap: Duration::from_millis(80) },
        patience: Duration::from_secs(2),
        rest: Duration::from_millis(300),
        quota_rest: Duration::from_millis(300),
        token_rest: Duration::from_millis(300),
        ..EbayConfig::new("Bellwether-simulator", ClientSecret::new("SBX-simulated-secret"))
    }
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(simulated(), |config| config).await
    }

    pub(crate) async fn with(simulated: Config, change: impl FnOnce(EbayConfig) -> EbayConfig) -> Self {
        let running = EbaySimulator::start(simulated).await.unwrap();
        let world = World::network("bellwether-test", 1).unwrap();
        let ebay = Ebay::new(change(config(&running)), &world);
        Self { running, ebay }
    }

    pub(crate) fn control(&self) -> Control {
        self.running.control()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.control().counters()
    }

    pub(crate) fn list(&self, title: &str, price: &str) -> String {
        self.control().list(&ItemInput::new(title, price)).unwrap()
    }

    pub(crate) fn inject(&self, at: Place, action: Action, times: Option<u32>) {
        self.control().inject(Fault { at: Some(at), query: None, action, times }).unwrap();
    }

    pub(crate) async fn search(&self, query: &str) -> Result<SearchPage, MarketError> {
        self.ebay.search(&search(query), 50).await
    }
}

pub(crate) fn search(query: &str) -> Search {
    Search {
        query: query.to_owned(),
        site: Site::EbayUs,
        min_price: None,
        max_price: None,
        condition: None,
        category: None,
    }
}

pub(crate) fn titles(page: &SearchPage) -> Vec<&str> {
    page.offers.iter().map(|offer| offer.card.title.as_str()).collect()
}

pub(crate) fn prices(page: &SearchPage) -> Vec<String> {
    page.offers.iter().filter_map(|offer| offer.price).map(|price| price.value.to_string()).collect()
}

pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
