//! Small files in a folder of their own, and what is printed of them.

use std::path::PathBuf;

use bellwether_server::backtest::{BacktestArgs, run_to};
use tempfile::TempDir;

pub(crate) const CROSSING: &str =
    r#"{"instrument":"push:t/a","condition":{"type":"crossing","price":"102"}}"#;
pub(crate) const EVERY: &str =
    r#"{"instrument":"push:t/a","condition":{"type":"crossing","price":102},"repeat":{"mode":"every"}}"#;
pub(crate) const PATH: &str =
    "push:t/a,100,0,\npush:t/a,101,1000000,\npush:t/a,103,2000000,\npush:t/a,102,3000000,\n";

/// A folder with an alerts file and some tick files, `ticks.csv`, `ticks1.csv`, ...
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) ticks: Vec<PathBuf>,
}

impl Desk {
    pub(crate) fn new(alerts: &str, ticks: &[&[u8]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("alerts.jsonl"), alerts).unwrap();
        let path = |index: usize| match index {
            0 => folder.path().join("ticks.csv"),
            _ => folder.path().join(format!("ticks{index}.csv")),
        };
        let ticks = ticks.iter().enumerate().map(|(index, content)| {
            std::fs::write(path(index), content).unwrap();
            path(index)
        });
        Self { ticks: ticks.collect(), folder }
    }

    /// What is printed, and the error that it ends with, without the folder's name.
    pub(crate) fn run(&self, summary: bool) -> (String, Option<String>) {
        let args = BacktestArgs {
            alerts: self.folder.path().join("alerts.jsonl"),
            ticks: self.ticks.clone(),
            summary,
        };
        let mut out = Vec::new();
        let error = run_to(args, &mut out).err();
        let folder = format!("{}/", self.folder.path().display());
        let told = error.map(|error| format!("{error:#}").replace(&folder, ""));
        (String::from_utf8(out).unwrap(), told)
    }
}

/// Runs alerts over ticks and compares all that is printed.
#[track_caller]
pub(crate) fn check(alerts: &str, ticks: &[&str], expected: &str) {
    let ticks: Vec<&[u8]> = ticks.iter().map(|file| file.as_bytes()).collect();
    let (out, error) = Desk::new(alerts, &ticks).run(false);
    assert_eq!((out.as_str(), error), (expected, None), "{alerts}");
}

/// The same, of each fire only the alert, the time in seconds and the price: `0: 3 102`.
#[track_caller]
pub(crate) fn check_short(alerts: &str, ticks: &[&str], expected: &[&str]) {
    let ticks: Vec<&[u8]> = ticks.iter().map(|file| file.as_bytes()).collect();
    let (out, error) = Desk::new(alerts, &ticks).run(false);
    let short: Vec<String> = out.lines().map(shorten).collect();
    assert_eq!((short, error), (expected.iter().map(ToString::to_string).collect(), None), "{alerts}");
}

fn shorten(line: &str) -> String {
    let fire: serde_json::Value = serde_json::from_str(line).unwrap();
    format!(
        "{}: {} {}",
        fire["alert_id"],
        fire["time_us"].as_i64().unwrap() / 1_000_000,
        fire["price"].as_str().unwrap()
    )
}

/// Runs files that are wrong and compares the error.
#[track_caller]
pub(crate) fn refused(alerts: &str, ticks: &str, expected: &str) {
    let (_, error) = Desk::new(alerts, &[ticks.as_bytes()]).run(false);
    assert_eq!(error.as_deref(), Some(expected), "{alerts} over {ticks}");
}
