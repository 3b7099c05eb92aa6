//! The world that the service under test lives in: scripted venues, an inbox, and the services that messages
//! are posted to.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bellwether_simulators::Clock;
use bellwether_simulators::binance::{self, BinanceSimulator, Fault, Market};
use bellwether_simulators::coinbase::{self, CoinbaseSimulator};
use bellwether_simulators::coingecko::{self, CoingeckoSimulator};
use bellwether_simulators::ebay::{self, EbaySimulator};
use bellwether_simulators::inbox::{self, Inbox, InboxConfig};
use bellwether_simulators::kraken::{self, KrakenSimulator};
use bellwether_simulators::receivers::{self, Receivers, ReceiversConfig};
use bellwether_simulators::uphold::{self, UpholdSimulator};

/// A trade that happened.
#[derive(Debug, Clone)]
pub(crate) struct Trade {
    pub(crate) symbol: String,
    pub(crate) price: String,
    pub(crate) id: u64,
    pub(crate) time_us: i64,
}

/// Simulated venues, a marketplace, an inbox, and receivers.
pub(crate) struct World {
    pub(crate) binance: binance::Running,
    pub(crate) coinbase: coinbase::Running,
    pub(crate) kraken: kraken::Running,
    pub(crate) uphold: uphold::Running,
    pub(crate) coingecko: coingecko::Running,
    pub(crate) ebay: ebay::Running,
    pub(crate) ebay_credentials: ebay::Credentials,
    pub(crate) inbox: inbox::Running,
    pub(crate) receivers: receivers::Running,
}

impl World {
    /// A market where only the test trades.
    pub(crate) async fn start() -> Self {
        Self::with(Market::Scripted).await
    }

    /// A Binance of any kind; it stands still until [`binance::Control::resume`].
    pub(crate) async fn with(market: Market) -> Self {
        Self::with_clock(market, Arc::new(now_us)).await
    }

    /// Coinbase and Kraken have traded for years and now stand still; elsewhere only the test trades.
    pub(crate) async fn with_pasts() -> Self {
        let coinbase = coinbase::Config { paused: true, ..coinbase::Config::lively(2, now_us) };
        let kraken = kraken::Config { paused: true, ..kraken::Config::lively(3, now_us) };
        let coinbase = CoinbaseSimulator::start(coinbase).await.unwrap();
        let kraken = KrakenSimulator::start(kraken).await.unwrap();
        Self { coinbase, kraken, ..Self::start().await }
    }

    /// A Binance of any kind, with a clock of its own.
    pub(crate) async fn with_clock(market: Market, clock: Arc<dyn Clock>) -> Self {
        let config = binance::Config { paused: true, ..binance::Config::new(1, market, clock) };
        let binance = BinanceSimulator::start(config).await.unwrap();
        let inbox = Inbox::start(InboxConfig::new(now_us)).await.unwrap();
        let coinbase = CoinbaseSimulator::start(coinbase::Config::scripted(now_us)).await.unwrap();
        let kraken = KrakenSimulator::start(kraken::Config::scripted(now_us)).await.unwrap();
        let uphold = UpholdSimulator::start(uphold::Config::scripted(now_us)).await.unwrap();
        let coingecko = CoingeckoSimulator::start(coingecko::Config::scripted(now_us)).await.unwrap();
        let config = ebay::Config::scripted(now_us);
        let ebay_credentials = config.credentials.clone();
        let ebay = EbaySimulator::start(config).await.unwrap();
        let receivers = Receivers::start(ReceiversConfig::new(now_us)).await.unwrap();
        Self { binance, coinbase, kraken, uphold, coingecko, ebay, ebay_credentials, inbox, receivers }
    }

    /// Trades.
    pub(crate) fn trade(&self, symbol: &str, price: &str) -> Trade {
        let trade = self.binance.control().push(symbol, price).unwrap();
        Trade {
            symbol: symbol.to_owned(),
            price: trade.price.to_string(),
            id: trade.id,
            time_us: trade.time_us,
        }
    }

    /// The id of a symbol's last trade.
    pub(crate) fn last_id(&self, symbol: &str) -> u64 {
        self.binance.control().last(symbol).unwrap().map_or(0, |trade| trade.id)
    }

    /// Waits until somebody is subscribed to a symbol's trades.
    pub(crate) async fn watched(&self, symbol: &str) {
        let stream = format!("{}@aggTrade", symbol.to_lowercase());
        let patience = Duration::from_secs(30);
        self.binance.control().wait_for(patience, |counters| counters.has_stream(&stream)).await.unwrap();
    }

    /// A symbol's trades from an id on, as the venue's REST interface tells them.
    pub(crate) async fn history(&self, symbol: &str, from: u64) -> Vec<Trade> {
        let http = reqwest::Client::new();
        let (mut trades, mut next) = (Vec::new(), from);
        loop {
            let url =
                format!("{}/api/v3/aggTrades?symbol={symbol}&fromId={next}&limit=1000", self.rest_url());
            let answer = http.get(url).header("X-MBX-TIME-UNIT", "MICROSECOND").send().await.unwrap();
            let page: serde_json::Value = answer.json().await.unwrap();
            let page = page.as_array().unwrap();
            trades.extend(page.iter().map(|trade| Trade {
                symbol: symbol.to_owned(),
                price: trade["p"].as_str().unwrap().to_owned(),
                id: trade["a"].as_u64().unwrap(),
                time_us: trade["T"].as_i64().unwrap(),
            }));
            let Some(last) = page.last() else { return trades };
            next = last["a"].as_u64().unwrap() + 1;
        }
    }

    /// The Message-IDs of the alert mails to an address, one for each mail that was accepted.
    pub(crate) fn alert_mails_to(&self, address: &str) -> Vec<String> {
        let mails = self.inbox.mailbox().mails_for(address);
        let letters = mails.iter().map(|mail| mail.letter());
        letters
            .filter(|letter| !letter.subject.contains("Confirm your e-mail address"))
            .map(|letter| letter.message_id.trim_matches(['<', '>']).to_owned())
            .collect()
    }

    /// How many alert mails an address got.
    pub(crate) fn mails_to(&self, address: &str) -> usize {
        self.alert_mails_to(address).len()
    }

    /// Has the mail server refuse everything for now, or take everything again.
    pub(crate) fn mail_is_refused(&self, refused: bool) {
        let faults = self.inbox.faults();
        faults.clear();
        if refused {
            let action = inbox::Action::Reply { code: 451, text: "not now".to_owned() };
            let fault = inbox::Fault { stage: inbox::Stage::Mail, action, recipient: None, times: None };
            faults.add(fault).unwrap();
        }
    }

    /// Cuts every connection to the venue and lets none be made, or lets them be made again.
    pub(crate) async fn cut_and_refuse(&self, on: bool) {
        let control = self.binance.control();
        control.inject(Fault::RefuseConnects { on });
        if on {
            control.inject(Fault::Cut);
            control
                .wait_for(Duration::from_secs(30), |counters| counters.connections_open == 0)
                .await
                .unwrap();
        }
    }

    pub(crate) fn ws_url(&self) -> String {
        self.binance.ws_url()
    }

    pub(crate) fn rest_url(&self) -> String {
        self.binance.rest_url()
    }

    /// Where the service sends its mail.
    pub(crate) fn mail_url(&self) -> String {
        format!("smtp://{}?tls=none", self.inbox.smtp_addr())
    }
}

pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
