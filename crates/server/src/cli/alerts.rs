//! `bellwether alerts`: the alerts of an account, over the API of a running service.
//!
//! Somebody at a terminal gets words, a program gets lines of JSON, as the API gives them.

mod wish;

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use self::wish::Wish;
use super::{Misuse, by_hand, print_line, print_note, try_print_line};
use crate::remote::{Remote, ServiceArgs};

/// Alerts that are read at a time: as many as the API gives.
const PAGE: u32 = 100;
/// Bytes that are read of what is sent: as many as the API takes of an import.
const BYTES_MAX: u64 = 16 << 20;
/// What standard input is called.
const STDIN: &str = "-";

/// What can be done with alerts.
#[derive(Debug, Args)]
pub(super) struct AlertsArgs {
    #[command(flatten)]
    service: ServiceArgs,
    #[command(subcommand)]
    command: AlertsCommand,
}

#[derive(Debug, Subcommand)]
enum AlertsCommand {
    /// Prints every alert that is not deleted: a table on a terminal, else lines of JSON
    List(ListArgs),
    /// Makes one, such as: alerts add binance:BTCUSDT crossing 33000
    Add(Wish),
    /// Deletes them
    Rm {
        /// Their ids, as the list shows them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<Uuid>,
    },
    /// Makes those of a file, all of them or none
    Import {
        /// JSON lines, as an export writes them; - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Writes all of them as JSON lines, as imports, backtests and `apply` read them
    Export {
        /// Where to; standard output where none is named
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Lines of JSON on a terminal too
    #[arg(long)]
    json: bool,
    /// A table elsewhere too
    #[arg(long, conflicts_with = "json")]
    table: bool,
}

/// Does what was asked.
pub(super) async fn run(args: AlertsArgs) -> anyhow::Result<()> {
    let AlertsArgs { service, command } = args;
    let remote = super::remote(&service)?;
    let done = match command {
        AlertsCommand::List(args) => list(&remote, &args).await,
        AlertsCommand::Add(wish) => add(&remote, wish).await,
        AlertsCommand::Rm { ids } => remove(&remote, &ids).await,
        AlertsCommand::Import { file } => import(&remote, &file).await,
        AlertsCommand::Export { file } => export(&remote, file.as_deref()).await,
    };
    done.map_err(by_hand)
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

async fn list(remote: &Remote, args: &ListArgs) -> anyhow::Result<()> {
    let as_table = args.table || (!args.json && io::stdout().is_terminal());
    for number in 1.. {
        let path = format!("/api/alerts?page_size={PAGE}&page={number}");
        let page: Page = remote.ask(Method::GET, &path, None).await?;
        for alert in &page.items {
            let line = if as_table { row(alert) } else { alert.to_string() };
            if let Err(error) = try_print_line(&line) {
                return ended(error);
            }
        }
        if page.next.is_none() {
            if as_table && number == 1 && page.items.is_empty() {
                print_note("No alerts.");
            }
            break;
        }
    }
    Ok(())
}

fn row(alert: &Value) -> String {
    let (status, name, sentence) = (text(alert, "status"), text(alert, "name"), text(alert, "sentence"));
    let named = if name.is_empty() { sentence } else { format!("{name}: {sentence}") };
    format!("{}  {status:<9}  {named}", text(alert, "id"))
}

/// A text of an answer. What is shown on a terminal has no letters that steer it.
fn text(answer: &Value, field: &str) -> String {
    let text = answer[field].as_str().unwrap_or_default();
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

async fn add(remote: &Remote, wish: Wish) -> anyhow::Result<()> {
    let body = ("application/json", wish.json()?);
    let made: Value = remote.ask(Method::POST, "/api/alerts", Some(body)).await?;
    if io::stdout().is_terminal() {
        print_line(&format!("Made {}: {}", text(&made, "id"), text(&made, "sentence")));
    } else {
        print_line(&made.to_string());
    }
    Ok(())
}

/// Each of them, also where one before it was refused.
async fn remove(remote: &Remote, ids: &[Uuid]) -> anyhow::Result<()> {
    let mut failed = None;
    for id in ids {
        match remote.call(Method::DELETE, &format!("/api/alerts/{id}"), None).await {
            Ok(_) => print_line(&format!("Deleted {id}.")),
            Err(error) => {
                let error = error.context(format!("{id} was not deleted"));
                // The last one is told by whoever called.
                if let Some(before) = failed.replace(error) {
                    super::print_failure(&before);
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

#[derive(Deserialize)]
struct Imported {
    created: usize,
}

async fn import(remote: &Remote, file: &Path) -> anyhow::Result<()> {
    let body = ("application/x-ndjson", read(file)?);
    let made = remote.ask(Method::POST, "/api/alerts/import", Some(body)).await;
    let Imported { created } = made.context("nothing was made")?;
    print_line(&format!("Made {created}."));
    Ok(())
}

async fn export(remote: &Remote, file: Option<&Path>) -> anyhow::Result<()> {
    let lines = remote.call(Method::GET, "/api/alerts/export", None).await?;
    let Some(file) = file.filter(|file| *file != Path::new(STDIN)) else {
        let mut output = io::stdout().lock();
        return output.write_all(&lines).and_then(|()| output.flush()).or_else(ended);
    };
    // Under another name until it is whole: an export that breaks off leaves the one before it.
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = std::fs::write(&part, &lines).and_then(|()| std::fs::rename(&part, file));
    written.with_context(|| format!("{} cannot be written", file.display()))?;
    let count = lines.iter().filter(|byte| **byte == b'\n').count();
    print_note(&format!("{} holds {count} {}.", file.display(), if count == 1 { "alert" } else { "alerts" }));
    Ok(())
}

/// Standard output takes nothing more. Where nobody reads it any more they have seen enough; else something is missing.
fn ended(error: io::Error) -> anyhow::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error).context("standard output cannot be written to"),
    }
}

/// A file's text, or that of standard input.
fn read(file: &Path) -> anyhow::Result<String> {
    let unreadable = |error: io::Error| Misuse(format!("{} cannot be read: {error}", file.display()));
    let input: Box<dyn io::Read> = if file == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(unreadable)?)
    };
    let mut text = String::new();
    let bytes = input.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(bytes).map_or(true, |bytes| bytes > BYTES_MAX) {
        return Err(Misuse(format!("{} has more than {BYTES_MAX} bytes", file.display())).into());
    }
    Ok(text)
}
