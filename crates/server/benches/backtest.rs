//! What a backtest costs: `cargo bench -p bellwether-server --bench backtest`, with `BELLWETHER_DATA` set.
//!
//! Target: the 3.1 million trades of 32 instruments recorded on 10 October 2025 through 100,000 alerts of all
//! kinds in less than 3 seconds on one core, decompression aside; so the trades are written to a plain file
//! first. The yardstick beside it is the same file without an alert: reading alone.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bellwether_server::backtest::{BacktestArgs, run_to};

const FILES: [&str; 4] = [
    "binance/trades/coinm_trades_20251010.csv.zst",
    "binance/trades/spot_trades_20251010.csv.zst",
    "coinbase/trades_20251010.csv.zst",
    "multi/gemini_trades_20251010.csv.zst",
];
const ALERTS: usize = 100_000;

fn main() {
    let Some(data) = std::env::var_os("BELLWETHER_DATA").map(PathBuf::from) else {
        println!("skipped: BELLWETHER_DATA names no folder with recorded trades");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut firsts = BTreeMap::new();
    let ticks: Vec<_> = (0..)
        .zip(FILES)
        .map(|(number, file)| {
            let plain = folder.path().join(format!("{number}.csv"));
            let venue = file.split(['/', '_']).nth(2 - usize::from(number > 1)).unwrap_or("other");
            rewrite(&data.join(file), &plain, &format!("push:{number}-{venue}"), &mut firsts);
            plain
        })
        .collect();
    let (none, alerts) = (folder.path().join("none.jsonl"), folder.path().join("alerts.jsonl"));
    File::create(&none).unwrap();
    write_alerts(&alerts, &firsts);

    let (alone, lines) = replay(&none, &ticks);
    assert_eq!(lines, 0);
    println!("reading alone: {:.2} CPU-s", alone.as_secs_f64());
    let (spent, fires) = replay(&alerts, &ticks);
    let rows: u64 = firsts.values().map(|first: &First| first.rows).sum();
    println!(
        "{rows} ticks, {ALERTS} alerts on {} instruments: {:.2} CPU-s, {:.0} ns a tick, {fires} fires",
        firsts.len(),
        spent.as_secs_f64(),
        spent.as_secs_f64() * 1e9 / rows as f64
    );
}

/// An instrument's first price, and how often it trades.
struct First {
    price: f64,
    rows: u64,
}

/// Writes a recorded file in the format of the backtest. Ids are left out: some venues' are no numbers.
fn rewrite(from: &Path, to: &Path, feed: &str, firsts: &mut BTreeMap<String, First>) {
    let lines = BufReader::new(zstd::Decoder::new(File::open(from).unwrap()).unwrap()).lines();
    let mut out = BufWriter::new(File::create(to).unwrap());
    for line in lines.skip(1).map(Result::unwrap) {
        let fields: Vec<&str> = line.split(',').collect();
        let (symbol, time, price) = (fields[0], fields[1], fields[5]);
        let instrument = format!("{feed}/{symbol}");
        writeln!(out, "{instrument},{price},{time},").unwrap();
        let first =
            firsts.entry(instrument).or_insert_with(|| First { price: price.parse().unwrap(), rows: 0 });
        first.rows += 1;
    }
}

/// Alerts about the first price of each instrument: 20 % windows, 10 % trailing, 5 % composite, 10 % change,
/// the rest levels; half of them once.
fn write_alerts(path: &Path, firsts: &BTreeMap<String, First>) {
    let instruments: Vec<_> = firsts.iter().collect();
    let mut out = BufWriter::new(File::create(path).unwrap());
    for number in 0..ALERTS {
        let (instrument, first) = instruments[number % instruments.len()];
        let turn = number / instruments.len();
        // From 40 % below to 40 % above; and percentages from 5 to 45.
        let level = |turn: usize| format!("{:.6}", first.price * (0.6 + (turn * 37 % 800) as f64 / 1_000.0));
        let percent = 5 + turn % 41;
        let window = ["5m", "1h", "1d"][turn % 3];
        let direction = ["up", "down", "either"][turn / 3 % 3];
        let condition = match turn % 20 {
            0..=2 => {
                format!(
                    r#"{{"type":"moving","percent":"{percent}","direction":"{direction}","window":"{window}"}}"#
                )
            }
            3 => r#"{"type":"new_low","window":"7d"}"#.to_owned(),
            4 | 5 => format!(r#"{{"type":"trailing","percent":"{percent}","direction":"down"}}"#),
            6 => format!(
                r#"{{"type":"all","of":[{{"type":"below","price":"{}"}},{{"type":"moving","percent":"{percent}","direction":"down","window":"{window}"}}]}}"#,
                level(turn)
            ),
            7 | 8 => format!(r#"{{"type":"change","percent":"{percent}","direction":"{direction}"}}"#),
            _ => format!(r#"{{"type":"crossing","price":"{}"}}"#, level(turn)),
        };
        let repeat = ["once", "every"][turn % 2];
        writeln!(
            out,
            r#"{{"instrument":"{instrument}","condition":{condition},"repeat":{{"mode":"{repeat}"}}}}"#
        )
        .unwrap();
    }
}

/// The processor time of a replay, and how many lines it printed.
fn replay(alerts: &Path, ticks: &[PathBuf]) -> (Duration, usize) {
    let before = cpu();
    let mut lines = Lines(0);
    let args = BacktestArgs { alerts: alerts.to_owned(), ticks: ticks.to_vec(), summary: false };
    run_to(args, &mut lines).unwrap();
    (cpu() - before, lines.0)
}

/// Counts lines and keeps nothing.
struct Lines(usize);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.iter().filter(|&&byte| byte == b'\n').count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}
