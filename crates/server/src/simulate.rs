//! `bellwether simulate`: the outside world in a box, for programs that are tried without the network.
//!
//! A Binance with a lively market or a recording, a Coinbase, a Kraken, an Uphold and a CoinGecko with lively markets,
//! an eBay with a living catalogue, an inbox with a page, and the services that messages are posted to. Nothing of the
//! service runs here; point one at the printed addresses.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use bellwether_simulators::binance::{self, BinanceSimulator, Market, Replay, Speed, Stamps};
use bellwether_simulators::coinbase::{self, CoinbaseSimulator};
use bellwether_simulators::coingecko::{self, CoingeckoSimulator};
use bellwether_simulators::ebay::{self, EbaySimulator};
use bellwether_simulators::inbox::{self, Inbox, InboxConfig};
use bellwether_simulators::kraken::{self, KrakenSimulator};
use bellwether_simulators::receivers::{self, Receivers, ReceiversConfig};
use bellwether_simulators::uphold::{self, UpholdSimulator};
use clap::Args;
use serde_json::json;

use crate::cli::print_line;
use crate::run::told_to_stop;

/// What `bellwether simulate` is told.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The market's seed: the same seed, the same market
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plays recorded trades (CSV, plain or zstd) at Binance instead of a lively market
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// The symbol that the recording is of, where the file does not say
    #[arg(long, requires = "replay")]
    symbol: Option<String>,
    /// How many times its own pace the recording is played at
    #[arg(long, requires = "replay", default_value_t = 1.0)]
    speed: f64,
    /// Leaves the recording's times as they are instead of moving them to now
    #[arg(long, requires = "replay")]
    recorded_times: bool,
    /// Where Binance's streams listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9443")]
    binance_ws: SocketAddr,
    /// Where Binance's REST interface listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9080")]
    binance_rest: SocketAddr,
    /// Where Coinbase's feed listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9444")]
    coinbase_ws: SocketAddr,
    /// Where Coinbase's REST interface listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9081")]
    coinbase_rest: SocketAddr,
    /// Where Kraken's streams listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9445")]
    kraken_ws: SocketAddr,
    /// Where Kraken's REST interface listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9082")]
    kraken_rest: SocketAddr,
    /// Where Uphold's REST interface listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9083")]
    uphold_rest: SocketAddr,
    /// Where CoinGecko's REST interface listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9085")]
    coingecko_rest: SocketAddr,
    /// Where eBay answers, programs and people
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9084")]
    ebay: SocketAddr,
    /// Where the inbox takes mail
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2525")]
    smtp: SocketAddr,
    /// Where the inbox is looked at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8025")]
    inbox: SocketAddr,
    /// Where webhooks, Telegram, Slack, Discord and ntfy are taken
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8026")]
    receivers: SocketAddr,
    /// Where what was posted to them is looked at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8027")]
    receivers_http: SocketAddr,
    /// Prints the addresses as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the simulators until the process is told to stop.
///
/// # Errors
/// Where an address is taken or the recording cannot be played.
pub async fn run(args: SimulateArgs) -> anyhow::Result<()> {
    let json = args.json;
    let box_ = Simulators::start(args).await?;
    box_.print(json);
    told_to_stop().await;
    box_.stop().await;
    Ok(())
}

/// Venues, an inbox and receivers that run.
pub(crate) struct Simulators {
    pub(crate) binance: binance::Running,
    pub(crate) coinbase: coinbase::Running,
    pub(crate) kraken: kraken::Running,
    pub(crate) uphold: uphold::Running,
    pub(crate) coingecko: coingecko::Running,
    pub(crate) ebay: ebay::Running,
    credentials: ebay::Credentials,
    pub(crate) inbox: inbox::Running,
    pub(crate) receivers: receivers::Running,
}

/// How the venues are set up.
pub(crate) struct Markets {
    pub(crate) binance: binance::Config,
    pub(crate) coinbase: coinbase::Config,
    pub(crate) kraken: kraken::Config,
    pub(crate) uphold: uphold::Config,
    pub(crate) coingecko: coingecko::Config,
    pub(crate) ebay: ebay::Config,
}

impl Markets {
    /// Lively markets of one seed.
    pub(crate) fn lively(seed: u64) -> Self {
        Self {
            binance: binance::Config::lively(seed, now_us),
            coinbase: coinbase::Config::lively(seed, now_us),
            kraken: kraken::Config::lively(seed, now_us),
            uphold: uphold::Config::lively(seed, now_us),
            coingecko: coingecko::Config::lively(seed, now_us),
            ebay: ebay::Config::lively(seed, now_us),
        }
    }
}

impl Simulators {
    async fn start(args: SimulateArgs) -> anyhow::Result<Self> {
        ensure!(args.speed.is_finite() && args.speed > 0.0, "--speed must be greater than zero");
        let market = match args.replay {
            None => Market::Lively,
            Some(file) => Market::Replay(Replay {
                symbol: args.symbol,
                speed: Speed::Times(args.speed),
                stamps: if args.recorded_times { Stamps::Recorded } else { Stamps::ShiftedToNow },
                ..Replay::new(file)
            }),
        };
        let binance = binance::Config {
            ws_address: args.binance_ws,
            rest_address: args.binance_rest,
            ..binance::Config::new(args.seed, market, std::sync::Arc::new(now_us))
        };
        let coinbase = coinbase::Config {
            ws_address: args.coinbase_ws,
            rest_address: args.coinbase_rest,
            ..coinbase::Config::lively(args.seed, now_us)
        };
        let kraken = kraken::Config {
            ws_address: args.kraken_ws,
            rest_address: args.kraken_rest,
            ..kraken::Config::lively(args.seed, now_us)
        };
        let uphold =
            uphold::Config { rest_address: args.uphold_rest, ..uphold::Config::lively(args.seed, now_us) };
        let coingecko = coingecko::Config {
            rest_address: args.coingecko_rest,
            ..coingecko::Config::lively(args.seed, now_us)
        };
        let ebay = ebay::Config { address: args.ebay, ..ebay::Config::lively(args.seed, now_us) };
        let receivers = [args.receivers, args.receivers_http];
        let markets = Markets { binance, coinbase, kraken, uphold, coingecko, ebay };
        Self::start_with(markets, args.smtp, args.inbox, receivers).await
    }

    pub(crate) async fn start_with(
        markets: Markets,
        smtp: SocketAddr,
        page: SocketAddr,
        receivers: [SocketAddr; 2],
    ) -> anyhow::Result<Self> {
        let Markets { binance, coinbase, kraken, uphold, coingecko, ebay } = markets;
        let binance =
            BinanceSimulator::start(binance).await.context("the simulated Binance does not start")?;
        let coinbase =
            CoinbaseSimulator::start(coinbase).await.context("the simulated Coinbase does not start")?;
        let kraken = KrakenSimulator::start(kraken).await.context("the simulated Kraken does not start")?;
        let uphold = UpholdSimulator::start(uphold).await.context("the simulated Uphold does not start")?;
        let coingecko =
            CoingeckoSimulator::start(coingecko).await.context("the simulated CoinGecko does not start")?;
        let credentials = ebay.credentials.clone();
        let ebay = EbaySimulator::start(ebay).await.context("the simulated eBay does not start")?;
        let config = InboxConfig { smtp_address: smtp, http_address: page, ..InboxConfig::new(now_us) };
        let inbox = Inbox::start(config).await.context("the inbox does not start")?;
        let [address, http_address] = receivers;
        let config = ReceiversConfig { address, http_address, ..ReceiversConfig::new(now_us) };
        let receivers = Receivers::start(config).await.context("the receivers do not start")?;
        Ok(Self { binance, coinbase, kraken, uphold, coingecko, ebay, credentials, inbox, receivers })
    }

    pub(crate) async fn stop(self) {
        self.binance.stop().await;
        self.coinbase.stop().await;
        self.kraken.stop().await;
        self.uphold.stop().await;
        self.coingecko.stop().await;
        self.ebay.stop().await;
        self.inbox.stop().await;
        self.receivers.stop().await;
    }

    /// Every venue by the name of its section in the configuration, with its addresses. A polled one has no
    /// streams.
    pub(crate) fn venues(&self) -> [(&'static str, Option<String>, String); 5] {
        [
            ("binance", Some(self.binance.ws_url()), self.binance.rest_url()),
            ("coinbase", Some(self.coinbase.ws_url()), self.coinbase.rest_url()),
            ("kraken", Some(self.kraken.ws_url()), self.kraken.rest_url()),
            ("uphold", None, self.uphold.rest_url()),
            ("coingecko", None, self.coingecko.rest_url()),
        ]
    }

    /// What a service must be told to search the marketplace.
    pub(crate) fn marketplace(&self) -> [(&'static str, String); 3] {
        let ebay::Credentials { id, secret } = self.credentials.clone();
        [("ebay.rest_url", self.ebay.url()), ("ebay.client_id", id), ("ebay.client_secret", secret)]
    }

    fn print(&self, as_json: bool) {
        let (smtp, page) = (self.inbox.smtp_addr().to_string(), self.inbox.http_url());
        let (posts, posted) = (self.receivers.url(), self.receivers.http_url());
        if as_json {
            let mut addresses = json!({"inbox_smtp": smtp, "inbox_http": page, "receivers": posts,
                "receivers_http": posted});
            for (venue, ws, rest) in self.venues() {
                if let Some(ws) = ws {
                    addresses[format!("{venue}_ws")] = ws.into();
                }
                addresses[format!("{venue}_rest")] = rest.into();
            }
            addresses["ebay"] = self.ebay.url().into();
            print_line(&addresses.to_string());
            return;
        }
        let mut settings = String::new();
        for (venue, ws, rest) in self.venues() {
            if let Some(ws) = ws {
                print_line(&format!("{:<17} {ws}", format!("{venue} streams")));
                settings += &format!("--set venues.{venue}.ws_url={ws} ");
            }
            print_line(&format!("{:<17} {rest}", format!("{venue} REST")));
            settings += &format!("--set venues.{venue}.rest_url={rest} ");
        }
        for (key, value) in self.marketplace() {
            settings += &format!("--set {key}={value} ");
        }
        print_line(&format!("eBay, its pages   {}/", self.ebay.url()));
        print_line(&format!("mail is taken at  {smtp}"));
        print_line(&format!("the inbox         {page}"));
        print_line(&format!("webhooks, chats   {posts}"));
        print_line(&format!("what was posted   {posted}"));
        print_line("");
        print_line("A service that lives in this world:");
        print_line(&format!(
            "  bellwether serve {settings}--set 'mail.url=smtp://{smtp}?tls=none' \
             --set outgoing.allow=127.0.0.1 --set outgoing.telegram_url={posts}/"
        ));
        print_line("");
        print_line("Ctrl-C ends it.");
    }
}

/// The clock of the simulated world: the machine's own.
pub(crate) fn now_us() -> i64 {
    crate::clock::system().now().micros()
}
