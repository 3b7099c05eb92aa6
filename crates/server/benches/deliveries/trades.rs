//! From a trade on the venue's socket until the mail server has accepted the mail, at a hundred fires a second.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{AlertSpec, Timestamp};
use bellwether_server::clock;
use bellwether_server::run::Service;
use bellwether_simulators::binance::{self, BinanceSimulator, Market};
use bellwether_simulators::inbox::{Inbox, InboxConfig};
use bellwether_store::testing::samples;

use crate::{config, now_us};

/// Fires, one by one, each of an alert and a reader of its own.
const FIRES: u32 = 1_000;
/// So many milliseconds apart: a hundred in a second.
const APART: Duration = Duration::from_millis(10);
/// The level of the first; each of the others is one higher.
const FIRST_LEVEL: u32 = 10_000;

/// Measures, and says what 50 and 99 of 100 mails needed.
pub(crate) async fn measure(database: &Path) {
    let venue =
        binance::Config { paused: true, ..binance::Config::new(1, Market::Scripted, Arc::new(now_us)) };
    let venue = BinanceSimulator::start(venue).await.unwrap();
    let inbox = Inbox::start(InboxConfig::new(now_us)).await.unwrap();
    let off = || "false".to_owned();
    let config = config(
        &format!("sqlite:{}", database.display()),
        &[
            ("server.listen", "127.0.0.1:0".to_owned()),
            ("server.metrics_listen", String::new()),
            ("venues.binance.ws_url", venue.ws_url()),
            ("venues.binance.rest_url", venue.rest_url()),
            ("venues.coinbase.enabled", off()),
            ("venues.kraken.enabled", off()),
            ("venues.uphold.enabled", off()),
            ("mail.url", format!("smtp://{}?tls=none", inbox.smtp_addr())),
        ],
    );
    let service = Service::start(&config, clock::system()).await.unwrap();
    watch(&service).await;
    let stream = "btcusdt@aggTrade";
    venue.control().wait_for(Duration::from_secs(30), |seen| seen.has_stream(stream)).await.unwrap();
    venue.control().push("BTCUSDT", &(FIRST_LEVEL - 1).to_string()).unwrap();
    // The price in force is applied, and every alert armed.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let mut pushed = Vec::new();
    let mut turn = tokio::time::interval(APART);
    for number in 0..FIRES {
        turn.tick().await;
        pushed.push(now_us());
        venue.control().push("BTCUSDT", &(FIRST_LEVEL + number).to_string()).unwrap();
    }
    let all = u64::from(FIRES);
    while inbox.mailbox().total() < all {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut took: Vec<i64> = Vec::new();
    for mail in inbox.mailbox().mails() {
        let reader = mail.envelope_to[0].trim_start_matches("reader-").split('@').next().unwrap();
        took.push(mail.received_us - pushed[reader.parse::<usize>().unwrap()]);
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100] as f64 / 1_000.0;
    println!("trade on the socket to mail accepted, {} a second:", 1_000 / APART.as_millis());
    println!("  p50 {:.1} ms   p99 {:.1} ms (target 50)   worst {:.1} ms", at(50), at(99), at(100));
    service.stop().await;
}

/// An alert for each of the readers, at a level of its own.
async fn watch(service: &Service) {
    let now = Timestamp::from_micros(now_us());
    let mut alerts = Vec::new();
    for number in 0..FIRES {
        let new = samples::person(&format!("reader-{number}@example.org"));
        let user = service.store().create_user(new, now).await.unwrap().unwrap().id;
        let level = FIRST_LEVEL + number;
        let spec: AlertSpec = serde_json::from_str(&format!(
            r#"{{"instrument": "binance:BTCUSDT", "condition": {{"type": "crossing_up", "price": "{level}"}}}}"#
        ))
        .unwrap();
        alerts.push(samples::alert(user, spec));
    }
    service.store().create_alerts(alerts, u64::MAX, now).await.unwrap();
}
