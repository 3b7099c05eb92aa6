//! `bellwether demo`: the product with everything around it, on this machine only.
//!
//! Simulated venues trade, a simulated marketplace sells, the service watches them with a first user's alerts,
//! their mails come to an inbox with a page, and one of them is posted to a webhook besides. Everything lives in a folder that goes when
//! the demo ends.

mod alerts;
mod folder;
mod products;
mod webhook;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;
use bellwether_model::UserId;
use bellwether_store::user::NewUser;
use clap::Args;
use uuid::Uuid;

use self::folder::Folder;
use crate::accounts::Passwords;
use crate::cli::print_line;
use crate::config::{Config, Secret, Sources};
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
}

/// Runs the demo until the process is told to stop.
///
/// # Errors
/// Where a part of it does not start.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    print_line("Starting markets, an inbox and the service ...");
    let folder = Folder::make()?;
    let markets = Markets::lively(args.seed);
    let (page, receivers) = (loopback(free(args.inbox_port)), [loopback(0), loopback(0)]);
    let simulators = Simulators::start_with(markets, loopback(0), page, receivers).await?;
    let config = config(&simulators, &folder, free(args.port))?;
    crate::logging::start(&config.log);
    let service = Service::start(&config, crate::clock::system()).await?;
    let user = first_user(&config, &service).await?;
    let channel = webhook::make(&config, &service, user, &simulators.receivers).await?;
    let alerts = alerts::make(&service, user, channel, &simulators.binance.control()).await?;

    let offered = products::make(&service, user, &simulators.ebay.control()).await?;
    let alerts = [alerts, offered.sentences].concat();

    print_line(&guide(&service, &simulators, &alerts, &offered.listing));
    alerts::stir(&simulators.binance.control());
    told_to_stop().await;
    print_line("\nStopping: what is on its way is finished first ...");
    service.stop().await;
    simulators.stop().await;
    drop(folder);
    print_line("Goodbye. Nothing is left behind.");
    Ok(())
}

fn config(simulators: &Simulators, folder: &Folder, port: u16) -> anyhow::Result<Config> {
    let settings = [
        ("server.listen", loopback(port).to_string()),
        ("server.metrics_listen", loopback(0).to_string()),
        ("store.url", format!("sqlite:{}", folder.path().join("bellwether.db").display())),
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
    // The demo goes by itself alone: no file and no variable of this machine changes it.
    Ok(Config::load_to_serve(&Sources { flags, ..Sources::default() })?)
}

async fn first_user(config: &Config, service: &Service) -> anyhow::Result<UserId> {
    let id = UserId(Uuid::now_v7());
    let user = NewUser {
        id,
        email: EMAIL.to_owned(),
        username: Some("demo".to_owned()),
        password_hash: Passwords::new(&config.accounts).hash(Secret::new(PASSWORD)).await?,
        verified: true,
        time_zone: "UTC".to_owned(),
    };
    let made = service.store().create_user(user, crate::clock::system().now()).await?;
    made.map_err(|_| anyhow::anyhow!("the demo's user is there already")).context("the first user")?;
    Ok(id)
}

fn guide(service: &Service, simulators: &Simulators, alerts: &[String], listing: &str) -> String {
    let api = format!("http://{}", service.api);
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
    the API         {api}/docs
    its markets     {binance}/api/v3/ticker/price
                    {coinbase}/products
                    {kraken}/0/public/AssetPairs
                    {uphold}/v0/ticker/USD

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
