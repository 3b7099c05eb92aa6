//! `bellwether demo`: the product with everything around it, on this machine only.
//!
//! Simulated venues trade, a simulated marketplace sells, the service watches them with a first user's alerts,
//! their mails come to an inbox with a page, and one of them is posted to a webhook besides. Everything lives in a folder that goes when
//! the demo ends.
//!
//! With `--cluster` the service is two processes of each role, over PostgreSQL and a cluster of NATS servers that
//! are started for it, and any of them may be killed.

mod alerts;
mod cluster;
mod folder;
mod private;
mod products;
mod webhook;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;
use bellwether_model::UserId;
use bellwether_store::Store;
use bellwether_store::user::{NewUser, Role};
use clap::Args;
use uuid::Uuid;

use self::folder::Folder;
use crate::accounts::Passwords;
use crate::cli::print_line;
use crate::config::{Config, Secret, Sources};
use crate::evaluate::Positions;
use crate::run::{Service, told_to_stop};
use crate::simulate::{Markets, Simulators};

const EMAIL: &str = "demo@example.org";
const PASSWORD: &str = "watch the bells";

/// What `bellwether demo` is told.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The port of the API; a free one where it is taken
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the inbox's page; a free one where it is taken
    #[arg(long, default_value_t = 8025)]
    inbox_port: u16,
    /// The market's seed: the same seed, the same market
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Two processes of each role over a PostgreSQL and three NATS servers of its own, of which any may be killed
    #[arg(long)]
    cluster: bool,
}

/// Keys of the configuration with their values.
type Settings = Vec<(String, String)>;

/// Runs the demo until the process is told to stop; `set` are keys of the configuration that shall be otherwise.
///
/// # Errors
/// Where a part of it does not start.
pub async fn run(args: DemoArgs, set: Settings) -> anyhow::Result<()> {
    print_line("Starting markets, an inbox and the service ...");
    let folder = Folder::make()?;
    let markets = Markets::lively(args.seed);
    let (page, receivers) = (loopback(free(args.inbox_port)), [loopback(0), loopback(0)]);
    let simulators = Simulators::start_with(markets, loopback(0), page, receivers).await?;
    if args.cluster {
        cluster::run(&simulators, &folder, free(args.port), set).await?;
    } else {
        alone(&simulators, &folder, free(args.port), set).await?;
    }
    simulators.stop().await;
    drop(folder);
    print_line("Goodbye. Nothing is left behind.");
    Ok(())
}

/// One process that does everything.
async fn alone(simulators: &Simulators, folder: &Folder, port: u16, set: Settings) -> anyhow::Result<()> {
    let store = format!("sqlite:{}", folder.path().join("bellwether.db").display());
    let own = [("server.listen", loopback(port).to_string()), ("store.url", store)];
    let config = config(settings(simulators, set, own)?)?;
    crate::logging::start(&config.log);
    let service = Service::start(&config, crate::clock::system()).await?;
    let offers = populate(&config, service.store(), service.positions(), simulators).await?;
    let metrics = service
        .metrics
        .map_or_else(String::new, |address| format!("\n    its metrics     http://{address}/metrics"));
    print_line(&guide(
        &format!("http://{}", service.api),
        &metrics,
        simulators,
        &offers.alerts,
        &offers.listing,
    ));
    alerts::stir(&simulators.binance.control());
    let fallen = tokio::select! {
        () = told_to_stop() => None,
        fallen = service.fallen() => Some(fallen),
    };
    print_line("\nStopping: what is on its way is finished first ...");
    service.stop().await;
    fallen.map_or(Ok(()), |fallen| Err(fallen.into()))
}

/// What the first user has.
struct Populated {
    /// Each alert in a sentence.
    alerts: Vec<String>,
    /// The page of a listing, whose price may be dropped there.
    listing: String,
}

/// Makes the first user, a webhook of theirs and their alerts.
async fn populate(
    config: &Config,
    store: &Store,
    positions: &Positions,
    simulators: &Simulators,
) -> anyhow::Result<Populated> {
    let user = first_user(config, store).await?;
    let channel = webhook::make(config, store, user, &simulators.receivers).await?;
    let alerts = alerts::make(store, positions, user, channel, &simulators.binance.control()).await?;
    let offered = products::make(store, user, &simulators.ebay.control()).await?;
    Ok(Populated { alerts: [alerts, offered.sentences].concat(), listing: offered.listing })
}

/// The demo goes by itself and its command line: no file and no variable of this machine changes it.
fn config(flags: Settings) -> anyhow::Result<Config> {
    Ok(Config::load_to_serve(&Sources { flags, ..Sources::default() })?)
}

/// What makes the service live in the simulated world, but for what is `set` otherwise; with what is this demo's `own`
/// and cannot be.
fn settings<const N: usize>(
    simulators: &Simulators,
    set: Settings,
    own: [(&str, String); N],
) -> anyhow::Result<Settings> {
    if let Some((key, _)) = set.iter().find(|(key, _)| own.iter().any(|(own, _)| own == key)) {
        anyhow::bail!("--set {key}: the demo chooses that itself; `bellwether serve` goes by what is set");
    }
    let own = own.map(|(key, value)| (key.to_owned(), value));
    let mut settings = of_world(simulators);
    for more in [set, own.into()] {
        settings.retain(|(key, _)| more.iter().all(|(other, _)| other != key));
        settings.extend(more);
    }
    Ok(settings)
}

/// What makes the service live in the simulated world.
fn of_world(simulators: &Simulators) -> Settings {
    let settings = [
        ("server.metrics_listen", loopback(0).to_string()),
        ("mail.url", format!("smtp://{}?tls=none", simulators.inbox.smtp_addr())),
        ("outgoing.allow", Ipv4Addr::LOCALHOST.to_string()),
        ("outgoing.telegram_url", format!("{}/", simulators.receivers.url())),
        // A search is asked every minute, so that something is seen soon.
        ("ebay.search_every", "1m".to_owned()),
        ("mail.from", "Bellwether <bells@example.org>".to_owned()),
        ("log.level", "warn".to_owned()),
    ];
    let mut flags: Vec<_> = settings.map(|(key, value)| (key.to_owned(), value)).into();
    flags.extend(simulators.marketplace().map(|(key, value)| (key.to_owned(), value)));
    for (venue, ws, rest) in simulators.venues() {
        flags.extend(ws.map(|ws| (format!("venues.{venue}.ws_url"), ws)));
        flags.push((format!("venues.{venue}.rest_url"), rest));
    }
    flags
}

async fn first_user(config: &Config, store: &Store) -> anyhow::Result<UserId> {
    let id = UserId(Uuid::now_v7());
    let user = NewUser {
        id,
        email: EMAIL.to_owned(),
        username: Some("demo".to_owned()),
        password_hash: Passwords::new(&config.accounts).hash(Secret::new(PASSWORD)).await?,
        verified: true,
        time_zone: "UTC".to_owned(),
        role: Role::Administrator,
    };
    let made = store.create_user(user, crate::clock::system().now()).await?;
    made.map_err(|_| anyhow::anyhow!("the demo's user is there already")).context("the first user")?;
    Ok(id)
}

fn guide(api: &str, metrics: &str, simulators: &Simulators, alerts: &[String], listing: &str) -> String {
    let inbox = simulators.inbox.http_url();
    let alerts: Vec<_> = alerts.iter().map(|alert| format!("    {alert}")).collect();
    format!(
        "
  Bellwether is up, in a world of its own.

    look at it      {api}/app/
    who you are     {EMAIL}, password \"{PASSWORD}\"
    the inbox       {inbox}   the first mail comes within seconds
    webhooks        {posted}/api/posts   the first one again, as a webhook gets it
    the marketplace {ebay}/
    a Leica         {ebay}{listing}   drop its price there, and the mail comes with the next poll
    the API         {api}/docs{metrics}
    its markets     {binance}/api/v3/ticker/price
                    {coinbase}/products
                    {kraken}/0/public/AssetPairs
                    {uphold}/v0/ticker/USD
                    {coingecko}/api/v3/coins/markets?vs_currency=usd

  The first user's alerts:

{alerts}

  Try one of your own:

    token=$(curl -s {api}/api/token -H 'content-type: application/json' \\
      -d '{{\"email\": \"{EMAIL}\", \"password\": \"{PASSWORD}\"}}' | sed 's/.*\"access\":\"\\([^\"]*\\).*/\\1/')
    curl -s {api}/api/alerts -H \"authorization: Bearer $token\" -H 'content-type: application/json' \\
      -d '{{\"instrument\": \"binance:BTCUSDT\", \"condition\": {{\"type\": \"above\", \"price\": \"1000\"}}}}'
    curl -s {api}/api/channels -H \"authorization: Bearer $token\" -H 'content-type: application/json' \\
      -d '{{\"kind\": \"webhook\", \"name\": \"mine\", \"url\": \"{posts}/hooks/mine\"}}'
    curl -s {api}/api/fires -H \"authorization: Bearer $token\"

  Ctrl-C ends it and leaves nothing behind.
",
        ebay = simulators.ebay.url(),
        binance = simulators.binance.rest_url(),
        coinbase = simulators.coinbase.rest_url(),
        kraken = simulators.kraken.rest_url(),
        uphold = simulators.uphold.rest_url(),
        coingecko = simulators.coingecko.rest_url(),
        posted = simulators.receivers.http_url(),
        posts = simulators.receivers.url(),
        alerts = alerts.join("\n"),
    )
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The port where it is free, or else any.
fn free(port: u16) -> u16 {
    if TcpListener::bind(loopback(port)).is_ok() { port } else { 0 }
}
