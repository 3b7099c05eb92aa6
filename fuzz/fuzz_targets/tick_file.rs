//! A file of ticks, plain or compressed: every line is replayed, or the error names its place.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use bellwether_server::backtest::{BacktestArgs, run_to};
use libfuzzer_sys::fuzz_target;

const ALERTS: &str = r#"{"instrument":"binance:BTCUSDT","condition":{"type":"crossing","price":"33000"},"repeat":{"mode":"every"}}
{"instrument":"push:my-feed/GOLD","condition":{"type":"change","percent":"0.01","direction":"either"},"repeat":{"mode":"every"}}
{"instrument":"binance:BTCUSDT","condition":{"type":"moving","percent":"5","direction":"up","window":"1h"},"repeat":{"mode":"every"}}
"#;

static FOLDER: LazyLock<(tempfile::TempDir, PathBuf, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let (alerts, ticks) = (folder.path().join("alerts.jsonl"), folder.path().join("ticks.csv"));
    std::fs::write(&alerts, ALERTS).expect("a file");
    (folder, alerts, ticks)
});

fuzz_target!(|bytes: &[u8]| {
    let (_, alerts, ticks) = &*FOLDER;
    std::fs::write(ticks, bytes).expect("a file");
    let args = BacktestArgs { alerts: alerts.clone(), ticks: vec![ticks.clone()], summary: false };
    let mut fires = Vec::new();
    if let Err(error) = run_to(args, &mut fires) {
        let said = format!("{error:#}");
        assert!(said.contains(&format!("{}:", ticks.display())), "an error without a place: {said}");
    }
    for line in fires.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let fire: serde_json::Value = serde_json::from_slice(line).expect("a fire is a JSON document");
        assert!(fire["price"].is_string() && fire["fire"].is_u64());
    }
});
