//! Messages a second that leave the outbox, their outcome stored, and how long one takes from a trade on the venue's
//! socket until its receiver has accepted it.
//!
//! Targets: mails to a sink on this machine at least at the rate of Postfix's `smtp-source` with as many connections,
//! which sends ready-made bytes and stores nothing; signed webhooks at least at 0.6 of a bare hyper client beside them;
//! at 100 fires a second, 50 ms from trade to accepted mail in 99 of 100 cases. The deliverers are those of the
//! service: they claim, look once more, render, sign, send over sockets of the loopback, and record each attempt.
//!
//! `cargo bench -p bellwether-server --bench deliveries [-- WORD]` runs all, or those whose name has the word: `mails`,
//! `webhooks`, `trades`. Debian's `postfix` has `smtp-source`; without it that yardstick is left out, and said so. The
//! sink is the simulated inbox, which counts and keeps nothing. `BELLWETHER_BENCH_DIR` names the folder whose disk is
//! measured; PostgreSQL is a private server, where there is one.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

#[path = "deliveries/outbox.rs"]
mod outbox;
#[path = "../../notify/benches/common/posts.rs"]
mod posts;
#[path = "deliveries/trades.rs"]
mod trades;
#[path = "deliveries/yardsticks.rs"]
mod yardsticks;

use std::time::{SystemTime, UNIX_EPOCH};

use bellwether_server::config::{Config, Sources};
use bellwether_simulators::inbox::{self, Inbox, InboxConfig, Keep};
use bellwether_store::testing::PostgresServer;

// As the service has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Messages that are sent for one figure.
const MESSAGES: u32 = 12_000;
/// Messages on their way at the same time: as the service has them.
const AT_ONCE: u32 = 64;
/// Connections to the mail server, and of the yardsticks.
const CONNECTIONS: u32 = 16;

#[tokio::main]
async fn main() {
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let folder = std::env::var("BELLWETHER_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let server = PostgresServer::durable();
    let mut stores = vec![("SQLite", format!("sqlite:{}", folder.path().join("outbox.db").display()))];
    if let Some(server) = &server {
        stores.push(("PostgreSQL", server.fresh_database().await));
    }
    if "mails".contains(&word) {
        let inbox = sink().await;
        let yardstick = yardsticks::smtp_source(inbox.smtp_addr()).await;
        for (name, url) in &stores {
            let ours = outbox::mails(url, &inbox).await;
            report(&format!("mails, outcome stored on {name}"), ours, yardstick);
        }
    }
    if "webhooks".contains(&word) {
        let sink = posts::sink().await;
        for (name, url) in &stores {
            let yardstick = yardsticks::bare_hyper(sink).await;
            let ours = outbox::webhooks(url, sink).await;
            report(&format!("webhooks, outcome stored on {name}"), ours, Some(yardstick));
        }
    }
    if "trades".contains(&word) {
        trades::measure(&folder.path().join("trades.db")).await;
    }
}

fn report(what: &str, ours: f64, yardstick: Option<f64>) {
    let beside = yardstick.map_or_else(String::new, |yardstick| {
        format!("  yardstick {yardstick:>8.0}   ratio {:.2}", ours / yardstick)
    });
    println!("{what:<40} {ours:>8.0} /s{beside}");
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// A mail server that counts and keeps nothing.
async fn sink() -> inbox::Running {
    Inbox::start(InboxConfig { keep: Keep::CountsOnly, ..InboxConfig::new(now_us) }).await.unwrap()
}

/// A service's configuration, with these settings besides.
fn config(store: &str, settings: &[(&str, String)]) -> Config {
    let none = || "0/1s".to_owned();
    let mut flags = vec![
        ("store.url".to_owned(), store.to_owned()),
        ("accounts.signing_key".to_owned(), "s".repeat(32)),
        ("accounts.encryption_key".to_owned(), "e".repeat(32)),
        ("outgoing.allow".to_owned(), "127.0.0.1".to_owned()),
        ("pace.email".to_owned(), none()),
        ("pace.webhook".to_owned(), none()),
        ("pace.alert".to_owned(), none()),
    ];
    flags.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Config::load(&Sources { flags, ..Sources::default() }).unwrap()
}
