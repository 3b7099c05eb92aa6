//! Log lines on standard error, for people or as JSON.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// What says nothing at its usual level: PostgreSQL's remarks that a table is there already. The configured level
/// comes behind it and may say otherwise.
const QUIET: &str = "sqlx::postgres::notice=warn";

/// Starts logging. A process that logs already goes on as it does.
pub fn start(log: &Log) {
    let filter = EnvFilter::builder().parse_lossy(format!("{QUIET},{}", log.level));
    // A line that cannot be written is lost. To complain of that on the same standard error would panic in whichever task
    // had something to say.
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).log_internal_errors(false);
    let started = match log.format {
        LogFormat::Text => lines.with_ansi(stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
