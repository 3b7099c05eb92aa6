//! The command line: what can be said, and who does it.
//!
//! Commands print what they were asked for on standard output and everything else on standard error. A
//! failure is one paragraph that says what was tried and why it did not work; its exit status is 1, and
//! 2 for what has to be corrected by hand: a command line or configuration that makes no sense, or a wish that the
//! service refuses for what stands in it.

mod alerts;
mod backup;
mod channels;
mod config;
mod migrate;
mod openapi;
mod output;
mod users;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::output::print_failure;
pub(crate) use self::output::{print_line, print_note, try_print_line};
use crate::apply::ApplyArgs;
use crate::backtest::BacktestArgs;
use crate::config::{Config, ConfigError, Sources};
use crate::demo::DemoArgs;
use crate::remote::{Refused, Remote, ServiceArgs};
use crate::simulate::SimulateArgs;
use crate::watch::WatchArgs;

/// Watches prices and tells people, at once and without fail.
#[derive(Debug, Parser)]
#[command(name = "bellwether", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// The configuration file; else the one that the variable BELLWETHER_CONFIG names, else ./bellwether.toml where it is
    /// there
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one key of the configuration, such as mail.url=console:
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = read_pair)]
    set: Vec<(String, String)>,
    /// The database: sqlite:PATH or postgres://...
    #[arg(long, global = true, value_name = "URL")]
    store: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service
    Serve(ServeArgs),
    /// Runs everything in a world of its own: a market, an inbox, a first user
    Demo(DemoArgs),
    /// Runs only the simulated world
    Simulate(Box<SimulateArgs>),
    /// Prints an alert whenever a price has moved by so many percent
    Watch(WatchArgs),
    /// Replays recorded ticks and prints the fires that alerts would have had
    Backtest(BacktestArgs),
    /// Makes the alerts of an account those of a file, as an export writes it
    Apply(ApplyArgs),
    /// The alerts of an account: lists, makes, deletes, imports and exports them
    Alerts(alerts::AlertsArgs),
    /// Where the messages of an account go
    Channels(channels::ChannelsArgs),
    /// Accounts
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Looks whether everything that the service needs is in order, and says what to do where it is not
    Doctor,
    /// Copies the SQLite database into a file, also while the service runs
    Backup(backup::BackupArgs),
    /// Brings the database's schema up to date
    Migrate,
    /// Prints the OpenAPI document
    Openapi,
    /// The configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Address and port of the API
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// What this process does, where there are several: api, feed, engine, deliver, schedule
    #[arg(long, value_name = "ROLE,...")]
    roles: Option<String>,
    /// For one person on this machine, who needs no login; listens on the loopback interface alone
    #[arg(long)]
    single_user: bool,
}

impl ServeArgs {
    fn settings(self) -> Vec<(&'static str, String)> {
        let listen = self.listen.map(|listen| ("server.listen", listen));
        let roles = self.roles.map(|roles| ("server.roles", roles));
        let single_user = self.single_user.then(|| ("accounts.single_user", "true".to_owned()));
        listen.into_iter().chain(roles).chain(single_user).collect()
    }
}

/// Does what the command line says.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_failure(&error);
            // What has to be corrected by hand before it can work is told apart from what went wrong.
            ExitCode::from(if error.is::<ConfigError>() || error.is::<Misuse>() { 2 } else { 1 })
        }
    }
}

/// A command line that makes no sense, in more than its grammar.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

/// The way to the service that a command goes to.
fn remote(service: &ServiceArgs) -> anyhow::Result<Remote> {
    service.remote().map_err(|error| Misuse(format!("{error:#}")).into())
}

/// The same error, as one that has to be corrected by hand where the service would refuse the same again.
fn by_hand(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Refused>() {
        Some(refused) if refused.is_final() => Misuse(format!("{error:#}")).into(),
        _ => error,
    }
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        let Self { global, command } = self;
        global.expect_use(&command)?;
        match command {
            Command::Serve(args) => {
                let config = global.load_to_serve(args.settings())?;
                crate::logging::start(&config.log);
                block_on(crate::run::serve(config))
            }
            Command::Demo(args) => block_on(crate::demo::run(args, global.set)),
            Command::Simulate(args) => block_on(crate::simulate::run(*args)),
            Command::Watch(args) => {
                let config = global.load_to_watch(&args)?;
                crate::logging::start(&config.log);
                block_on(crate::watch::run(config, args))
            }
            Command::Apply(args) => block_on(crate::apply::run(args)),
            Command::Alerts(args) => block_on(alerts::run(args)),
            Command::Channels(args) => block_on(channels::run(args)),
            Command::Backtest(args) => crate::backtest::run(args),
            Command::Users(command) => block_on(users::run(global.load()?, command)),
            Command::Doctor => block_on(crate::doctor::run(global.load_to_serve(Vec::new())?)),
            Command::Backup(args) => block_on(backup::run(global.load()?, args)),
            Command::Migrate => block_on(migrate::run(global.load()?)),
            Command::Openapi => openapi::run(),
            Command::Config(command) => config::run(command, || global.load_to_serve(Vec::new())),
        }
    }
}

impl Global {
    /// Refuses what the command would pass over: whoever says it expects something of it.
    fn expect_use(&self, command: &Command) -> Result<(), Misuse> {
        let (name, set_is_used) = match command {
            Command::Demo(_) => ("demo", true),
            Command::Simulate(_) => ("simulate", false),
            Command::Backtest(_) => ("backtest", false),
            Command::Apply(_) => ("apply", false),
            Command::Alerts(_) => ("alerts", false),
            Command::Channels(_) => ("channels", false),
            Command::Openapi => ("openapi", false),
            Command::Serve(_)
            | Command::Watch(_)
            | Command::Users(_)
            | Command::Doctor
            | Command::Backup(_)
            | Command::Migrate
            | Command::Config(_) => return Ok(()),
        };
        let said = [
            ("--config", self.config.is_some()),
            ("--store", self.store.is_some()),
            ("--set", !self.set.is_empty() && !set_is_used),
        ];
        match said.into_iter().find(|(_, is_said)| *is_said) {
            Some((flag, _)) => {
                Err(Misuse(format!("{flag}: bellwether {name} does not go by it; leave it out")))
            }
            None => Ok(()),
        }
    }

    /// The configuration of a command that does its work and ends.
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.sources(Vec::new()))?)
    }

    /// The configuration of a service, with what the command's own flags set.
    fn load_to_serve(&self, own: Vec<(&str, String)>) -> anyhow::Result<Config> {
        Ok(Config::load_to_serve(&self.sources(own))?)
    }

    /// The configuration of `watch`: what the environment and flags say goes before what it says itself.
    fn load_to_watch(&self, args: &WatchArgs) -> anyhow::Result<Config> {
        let mut sources = self.sources(Vec::new());
        sources.variables.splice(0..0, args.settings());
        Ok(Config::load_to_serve(&sources)?)
    }

    fn sources(&self, own: Vec<(&str, String)>) -> Sources {
        let mut flags = self.set.clone();
        flags.extend(self.store.clone().map(|url| ("store.url".to_owned(), url)));
        flags.extend(own.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Sources::of_process(self.config.clone(), flags)
    }
}

fn read_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.to_owned())),
        None => Err("is not of the form key=value".to_owned()),
    }
}

/// Refuses a database that is not there, for commands that would else make an empty one and look in it.
fn expect_database(config: &Config) -> anyhow::Result<()> {
    match config.store.sqlite_file() {
        Some(file) if !file.exists() => {
            anyhow::bail!("there is no database at {}; name another with --store sqlite:PATH", file.display())
        }
        _ => Ok(()),
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn keys_are_set_from_the_command_line() {
        let line = ["bellwether", "serve", "--listen", "127.0.0.1:0", "--set", "mail.url=smtp://a:b=c@d"];
        let cli = Cli::try_parse_from(line).unwrap();
        assert_eq!(cli.global.set, [("mail.url".to_owned(), "smtp://a:b=c@d".to_owned())]);
        assert!(Cli::try_parse_from(["bellwether", "serve", "--set", "nonsense"]).is_err());
    }
}
