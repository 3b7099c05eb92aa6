//! The fake venue's REST interface.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::exchange::{Exchange, RestMood, State, Trade, price_text};

/// How long an answer takes.
const LATENCY: Duration = Duration::from_millis(30);
const MINUTE_US: i64 = 60_000_000;

pub(crate) struct ExchangeHttp(pub(crate) Arc<Exchange>);

impl Http for ExchangeHttp {
    fn send(&self, request: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        Box::pin(async move {
            let mood = {
                let mut state = self.0.state();
                state.requests.push((self.0.uptime(), request.url.clone()));
                state.rest
            };
            tokio::time::sleep(LATENCY).await;
            match mood {
                RestMood::Fine => Ok(self.answer(&request, |body| body)),
                RestMood::Garbled => Ok(self.answer(&request, |mut body| {
                    body.truncate(body.len() / 2);
                    body
                })),
                RestMood::Hangs => std::future::pending().await,
                RestMood::Status(status, retry_after_s) => Ok(HttpReply {
                    status,
                    headers: retry_after_s
                        .map(|seconds| ("retry-after".to_owned(), seconds.to_string()))
                        .into_iter()
                        .collect(),
                    body: Bytes::from_static(br#"{"code":-1003,"msg":"Too much request weight used."}"#),
                }),
            }
        })
    }
}

impl ExchangeHttp {
    fn answer(&self, request: &HttpRequest, spoil: impl FnOnce(String) -> String) -> HttpReply {
        assert_eq!(request.headers, [("X-MBX-TIME-UNIT", "MICROSECOND".into())]);
        let (path, query) = request.url.strip_prefix("http://fake").unwrap().split_once('?').unwrap();
        let parameters: HashMap<&str, &str> =
            query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        let mut state = self.0.state();
        let (status, body) = match path {
            "/api/v3/aggTrades" => {
                state.charge(self.0.uptime(), 4);
                trades(&state, &parameters)
            }
            "/api/v3/klines" => {
                state.charge(self.0.uptime(), 2);
                (200, candles(&state, &parameters))
            }
            other => panic!("unknown path {other}"),
        };
        let used = state.weight_used;
        HttpReply {
            status,
            headers: vec![("x-mbx-used-weight-1m".to_owned(), used.to_string())],
            body: Bytes::from(spoil(body.to_string())),
        }
    }
}

fn trades(state: &State, parameters: &HashMap<&str, &str>) -> (u16, Value) {
    if state.refuses_trades {
        return (400, json!({"code": -1128, "msg": "Combination of optional parameters invalid."}));
    }
    let number = |name: &str| parameters.get(name).map(|text| text.parse::<u64>().unwrap());
    let from = match (number("fromId"), number("startTime")) {
        (Some(id), None) => id,
        (None, Some(time_ms)) => state.first_since(parameters["symbol"], time_ms),
        other => panic!("either a number or a time: {other:?}"),
    };
    let limit: usize = parameters["limit"].parse().unwrap();
    assert!(limit <= 1_000);
    let Some(history) = state.history(parameters["symbol"]) else {
        return (400, json!({"code": -1121, "msg": "Invalid symbol."}));
    };
    let page = history.iter().filter(|trade| trade.id >= from).take(limit);
    (200, page.map(|trade| element(*trade)).collect())
}

/// Every minute that has a trade, the one that runs included.
fn candles(state: &State, parameters: &HashMap<&str, &str>) -> Value {
    let number = |name: &str| parameters[name].parse::<i64>().unwrap();
    let (from_ms, to_ms) = (number("startTime"), number("endTime"));
    assert_eq!(parameters["interval"], "1m");
    let mut minutes: BTreeMap<i64, Vec<Trade>> = BTreeMap::new();
    for trade in &state.markets[parameters["symbol"]] {
        minutes.entry(trade.time_us.div_euclid(MINUTE_US) * MINUTE_US).or_default().push(*trade);
    }
    let wanted = minutes.into_iter().filter(|(open_us, _)| (from_ms..=to_ms).contains(&(open_us / 1_000)));
    let rows = wanted.take(usize::try_from(number("limit")).unwrap()).map(|(open_us, trades)| {
        let by_price = |trade: &&Trade| trade.cents;
        let (high, low) = (trades.iter().max_by_key(by_price), trades.iter().min_by_key(by_price));
        let [open, high, low, close] =
            [trades.first(), high, low, trades.last()].map(|trade| price_text(*trade.unwrap()));
        json!([
            open_us,
            open,
            high,
            low,
            close,
            "1.0",
            open_us + MINUTE_US - 1,
            "1.0",
            trades.len(),
            "1.0",
            "1.0",
            "0"
        ])
    });
    rows.collect()
}

fn element(trade: Trade) -> Value {
    json!({
        "a": trade.id, "p": price_text(trade), "q": "0.50000000", "f": trade.id * 2, "l": trade.id * 2 + 1,
        "T": trade.time_us, "m": false, "M": true,
    })
}
