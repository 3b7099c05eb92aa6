//! What is logged, and in which form.

use std::str::FromStr;

use serde::Serialize;

use super::reader::Reader;

/// What a filter must be.
const FILTER: &str = "must be a level (off, error, warn, info, debug or trace), or several parts with commas between them \
                      of which others are MODULE=LEVEL";

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
            let good =
                tracing_subscriber::EnvFilter::builder().parse(&level).is_ok() && has_no_lone_name(&level);
            if good { Some(level) } else { r.refuse("log.level", FILTER) }
        });
        let format = r.parsed("log.format");
        Some(Self { level: level?, format: format? })
    }
}

/// Whether every part without a level of its own is a level. The filter's own reader takes any other word for the name of
/// a module, of which it then lets everything through, and nothing of all others: a misspelt level would be silence.
fn has_no_lone_name(filter: &str) -> bool {
    let mut depth = 0_usize;
    // A comma in braces parts fields, not directives.
    let parts = filter.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let is_level = |part: &str| part.parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
    parts.map(str::trim).all(|part| part.is_empty() || part.contains('=') || is_level(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_no_filter() {
        let good = [
            "info",
            "WARN",
            "off",
            "0",
            "",
            "warn,bellwether_feeds=debug",
            "a=trace, error",
            "[x{a,b=1}]=info",
        ];
        for filter in good {
            assert!(has_no_lone_name(filter), "{filter}");
        }
        for filter in ["loud", "infos", "sqlx", "warn,sqlx", "a=trace,debg", "[x{a,b}]"] {
            assert!(!has_no_lone_name(filter), "{filter}");
        }
    }
}
