//! `bellwether apply FILE`: the alerts of an account become those of a file.
//!
//! It goes through the API of a running service, with a key of the account, so all of the API's checks hold. It
//! shows what it would do, and asks. The file is what an export writes: after `apply`, an export is the file
//! again, but for the order of what was there before.

mod file;
mod plan;
mod remote;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use self::plan::Plan;
use crate::cli::print_line;
use crate::remote::ServiceArgs;

/// What `bellwether apply` is told.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Alerts as JSON lines, as GET /api/alerts/export writes them
    file: PathBuf,
    #[command(flatten)]
    service: ServiceArgs,
    /// Does it without asking
    #[arg(long)]
    yes: bool,
    /// Only shows what it would do
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// Shows what is to be done, asks, and does it.
///
/// # Errors
/// Where the file holds something else than alerts, the service refuses something, or nobody may be asked.
pub(crate) async fn run(args: ApplyArgs) -> anyhow::Result<()> {
    let wanted = file::read(&args.file)?;
    let remote = args.service.remote()?;
    let plan = Plan::of(wanted, remote.alerts().await?);
    plan.lines().iter().for_each(|line| print_line(line));
    if plan.is_empty() || args.dry_run {
        return Ok(());
    }
    if !args.yes && !agreed()? {
        bail!("nothing was changed");
    }
    // What is made is checked whole before anything changes; what is deleted goes last.
    if !plan.made.is_empty() {
        remote.import(&plan.made).await?;
    }
    for change in &plan.changed {
        remote.change(change).await?;
    }
    for held in &plan.deleted {
        remote.delete(held).await?;
    }
    print_line("Done.");
    Ok(())
}

fn agreed() -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("nobody is there to be asked: look at it with --dry-run, then do it with --yes");
    }
    let mut output = std::io::stdout();
    write!(output, "Do it? [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
