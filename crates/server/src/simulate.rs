//! `bellwether simulate`: the outside world in a box, for programs that are tried without the network.
//!
//! A Binance with a lively market or a recording, and an inbox with a page. Nothing of the service runs
//! here; point one at the printed addresses.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use bellwether_simulators::binance::{self, BinanceSimulator, Market, Replay, Speed, Stamps};
use bellwether_simulators::inbox::{self, Inbox, InboxConfig};
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
    /// Plays recorded trades (CSV, plain or zstd) instead of a lively market
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
    /// Where the inbox takes mail
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2525")]
    smtp: SocketAddr,
    /// Where the inbox is looked at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8025")]
    inbox: SocketAddr,
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

/// A Binance and an inbox that run.
pub(crate) struct Simulators {
    pub(crate) binance: binance::Running,
    pub(crate) inbox: inbox::Running,
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
        let config = binance::Config {
            ws_address: args.binance_ws,
            rest_address: args.binance_rest,
            ..binance::Config::new(args.seed, market, std::sync::Arc::new(now_us))
        };
        Self::start_with(config, args.smtp, args.inbox).await
    }

    pub(crate) async fn start_with(
        binance: binance::Config,
        smtp: SocketAddr,
        page: SocketAddr,
    ) -> anyhow::Result<Self> {
        let binance =
            BinanceSimulator::start(binance).await.context("the simulated Binance does not start")?;
        let config = InboxConfig { smtp_address: smtp, http_address: page, ..InboxConfig::new(now_us) };
        let inbox = Inbox::start(config).await.context("the inbox does not start")?;
        Ok(Self { binance, inbox })
    }

    pub(crate) async fn stop(self) {
        self.binance.stop().await;
        self.inbox.stop().await;
    }

    fn print(&self, as_json: bool) {
        let (ws, rest) = (self.binance.ws_url(), self.binance.rest_url());
        let (smtp, page) = (self.inbox.smtp_addr().to_string(), self.inbox.http_url());
        if as_json {
            let addresses =
                json!({"binance_ws": ws, "binance_rest": rest, "inbox_smtp": smtp, "inbox_http": page});
            print_line(&addresses.to_string());
            return;
        }
        print_line(&format!("Binance streams   {ws}"));
        print_line(&format!("Binance REST      {rest}"));
        print_line(&format!("mail is taken at  {smtp}"));
        print_line(&format!("the inbox         {page}"));
        print_line("");
        print_line("A service that lives in this world:");
        print_line(&format!(
            "  bellwether serve --set venues.binance.ws_url={ws} --set venues.binance.rest_url={rest} \
             --set 'mail.url=smtp://{smtp}?tls=none'"
        ));
        print_line("");
        print_line("Ctrl-C ends it.");
    }
}

/// The clock of the simulated world: the machine's own.
pub(crate) fn now_us() -> i64 {
    crate::clock::system().now().micros()
}
