//! What is logged, and in which form.

use std::str::FromStr;

use serde::Serialize;

use super::reader::Reader;

/// What is logged.
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// Which levels, of which modules.
    pub level: String,
    /// In which form.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json"),
        }
    }
}

impl Log {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let level = r.parsed::<String>("log.level").and_then(|level| {
            let good = tracing_subscriber::EnvFilter::builder().parse(&level).is_ok();
            if good { Some(level) } else { r.refuse("log.level", "is not a filter of log lines") }
        });
        let format = r.parsed("log.format");
        Some(Self { level: level?, format: format? })
    }
}
