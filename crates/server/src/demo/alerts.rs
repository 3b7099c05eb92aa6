//! The first user's alerts: near enough to the market that some fire at once.

use anyhow::Context as _;
use bellwether_model::{AlertId, AlertSpec, ChannelId, UserId, words};
use bellwether_simulators::binance::Control;
use bellwether_store::Store;
use bellwether_store::alert::{Creation, NewAlert};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::evaluate::{Patience, Positions};

/// Seconds after which the market has moved far enough for the first mail.
const FIRST_MAIL_S: u32 = 4;

/// Makes them, and says each in a sentence.
pub(super) async fn make(
    store: &Store,
    positions: &Positions,
    user: UserId,
    webhook: ChannelId,
    market: &Control,
) -> anyhow::Result<Vec<String>> {
    let mut sentences = Vec::new();
    for alert in alerts(webhook, market)? {
        let spec: AlertSpec = serde_json::from_value(alert).context("a demo alert")?;
        let now = crate::clock::system().now();
        let sentence = format!(
            "{:<22} {} {}, {}",
            spec.name,
            spec.instrument.symbol(),
            words::condition(&spec.condition),
            words::repeat(spec.repeat)
        );
        let mut patience = Patience::new();
        loop {
            let new = NewAlert {
                id: AlertId(Uuid::now_v7()),
                user,
                spec: spec.clone().into(),
                state: positions.arming_state(&spec, now),
                next_at: None,
                idempotency: None,
            };
            match store.create_alert(new, u64::MAX, now).await? {
                Creation::Created(_) => break,
                Creation::Passed => patience.wait().await?,
                other => anyhow::bail!("a demo alert was not made: {other:?}"),
            }
        }
        sentences.push(sentence);
    }
    Ok(sentences)
}

/// Moves the market a little, so that the first alert need not wait for chance.
pub(super) fn stir(market: &Control) {
    if let Some(price) = last(market, "BTCUSDT") {
        // An error means that the market does not know the symbol, and then there was no price either.
        let _ = market.nudge("BTCUSDT", &format!("{:.2}", price * 1.002), FIRST_MAIL_S);
    }
}

fn alerts(webhook: ChannelId, market: &Control) -> anyhow::Result<Vec<Value>> {
    let at = |symbol: &str, factor: f64, decimals: usize| -> anyhow::Result<String> {
        let price = last(market, symbol).with_context(|| format!("{symbol} has no price"))?;
        Ok(format!("{:.decimals$}", price * factor))
    };
    let often = |cooldown: &str| json!({"mode": "every", "cooldown": cooldown});
    Ok(vec![
        json!({"name": "Bitcoin on its way up", "instrument": "binance:BTCUSDT",
               "condition": {"type": "crossing", "price": at("BTCUSDT", 1.001, 0)?},
               "channels": ["email", webhook],
               "note": "The market of the demo is nudged there."}),
        json!({"name": "Bitcoin is back", "instrument": "binance:BTCUSDT",
               "condition": {"type": "crossing_down", "price": at("BTCUSDT", 1.0, 0)?},
               "repeat": often("1m")}),
        json!({"name": "Ether leaves its range", "instrument": "binance:ETHUSDT",
               "condition": {"type": "exiting_channel", "low": at("ETHUSDT", 0.9995, 2)?,
                             "high": at("ETHUSDT", 1.0005, 2)?},
               "repeat": often("30s")}),
        json!({"name": "Solana is dear", "instrument": "binance:SOLUSDT",
               "condition": {"type": "above", "price": at("SOLUSDT", 1.0008, 2)?, "reset": at("SOLUSDT", 1.0, 2)?},
               "repeat": often("1m")}),
        json!({"name": "A bargain, some day", "instrument": "binance:BTCUSDT",
               "condition": {"type": "below", "price": at("BTCUSDT", 0.9, 0)?}}),
    ])
}

/// The last price; shown and scaled only, never compared, so a binary fraction will do.
fn last(market: &Control, symbol: &str) -> Option<f64> {
    market.last(symbol).ok()??.price.to_string().parse().ok()
}
