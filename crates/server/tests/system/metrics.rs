//! What Prometheus reads of a service that works.

use std::net::TcpListener;

use serde_json::json;

use crate::client::until;
use crate::spine::Stage;
use crate::stores::TestStore;

/// The value of one line of metrics; nothing where it is not there.
fn value(text: &str, line: &str) -> Option<f64> {
    let rest = text.lines().find_map(|each| each.strip_prefix(line)?.strip_prefix(' '))?;
    rest.parse().ok()
}

#[tokio::test]
async fn the_way_of_a_trade_to_its_reader_shows_in_the_metrics() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = address.to_string();
    let settings = [("BELLWETHER_SERVER__METRICS_LISTEN", listen.as_str())];
    let stage = Stage::set_with(TestStore::sqlite(), &settings).await;
    stage.price("BTCUSDT", "32000").await;
    stage.trade("BTCUSDT", "32500").await;
    let alert = json!({"name": "up", "instrument": "binance:BTCUSDT",
                       "condition": {"type": "crossing", "price": "33000"}});
    stage.user.alert(alert).await;
    stage.trade("BTCUSDT", "33000").await;

    let wanted = [
        (r#"bellwether_feed_ticks_total{venue="binance",origin="live"}"#, 2.0),
        (r#"bellwether_feed_lag_seconds_count{venue="binance"}"#, 1.0),
        (r#"bellwether_instruments{venue="binance",coverage="watched"}"#, 1.0),
        ("bellwether_alerts_armed", 1.0),
        ("bellwether_ticks_total", 3.0),
        ("bellwether_fires_total", 1.0),
        (r#"bellwether_fire_evaluated_seconds_count{late="false"}"#, 1.0),
        ("bellwether_fire_committed_seconds_count", 1.0),
        (r#"bellwether_delivery_attempts_total{outcome="delivered"}"#, 1.0),
        ("bellwether_delivery_seconds_count", 1.0),
        (r#"bellwether_deliveries{lane="urgent",status="dead"}"#, 0.0),
    ];
    let text = until("every stretch of the way is told", async || {
        let answer =
            reqwest::get(format!("http://{address}/metrics")).await.map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let is_told = |(line, least): &(&str, f64)| value(&text, line).is_some_and(|value| value >= *least);
        match wanted.iter().find(|wanted| !is_told(wanted)) {
            Some((line, _)) => Err(format!("{line} is {:?}", value(&text, line))),
            None => Ok(text),
        }
    })
    .await;

    // Nothing is exposed that no page explains, and everything has its meaning beside it.
    let described = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
    let described: Vec<&str> = described.collect();
    let page = include_str!("../../../../docs/metrics.md");
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(page.contains(&format!("| `{line}` |")), "{line} is not in docs/metrics.md");
        assert!(described.contains(&line), "{line} has no meaning");
    }
}
