//! `bellwether backtest`: the fires that some alerts would have had over recorded ticks.
//!
//! It is the engine of the live service over files: alerts as JSON lines, ticks as CSV, fires as JSON
//! lines on standard output. It stores nothing and reads no clock but to show how fast it is.

mod agenda;
mod alert_file;
mod fault;
mod instruments;
mod lines;
mod merge;
mod progress;
mod replay;
mod report;
mod sequence;
mod summary;
mod survey;
mod tick_file;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use self::lines::Source;
use self::replay::Replay;
use self::report::Report;

/// Bytes of output gathered before they are written: as many as stay in the nearest cache.
const OUTPUT_BYTES: usize = 16 * 1024;

/// What to replay.
#[derive(Debug, Clone, clap::Args)]
pub struct BacktestArgs {
    /// Alerts, one JSON object a line, with an optional `id` and `armed_at`
    #[arg(long, value_name = "FILE")]
    pub alerts: PathBuf,
    /// Ticks as CSV (`instrument,price,time_us,id`), plain or zstd-compressed; several files are merged
    /// by time
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub ticks: Vec<PathBuf>,
    /// Print how often each alert fired instead of the fires
    #[arg(long)]
    pub summary: bool,
}

/// Replays onto standard output. A reader that goes away early ends it quietly.
///
/// # Errors
/// As [`run_to`].
pub fn run(args: BacktestArgs) -> anyhow::Result<()> {
    match run_to(args, &mut io::stdout().lock()) {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        result => result,
    }
}

/// Replays onto `out`.
///
/// # Errors
/// Where a file cannot be read, a line is malformed (the error names `FILE:LINE`), or `out` cannot be
/// written to. The fires found until then have been written.
pub fn run_to(args: BacktestArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(OUTPUT_BYTES, out);
    let wishes = alert_file::read(&Source::new(&args.alerts))?;
    let sources = args.ticks.iter().map(|path| Source::new(path)).collect();
    let report = if args.summary { Report::summary(&mut out) } else { Report::lines(&mut out) };
    let replayed = Replay::prepare(wishes, sources, report).and_then(Replay::run);
    out.flush()?;
    replayed
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
