//! The fake venue's REST interface.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::exchange::{Exchange, RestMood, State, Trade, price_text};

/// How long an answer takes.
const LATENCY: Duration = Duration::from_millis(30);

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

fn element(trade: Trade) -> Value {
    json!({
        "a": trade.id, "p": price_text(trade), "q": "0.50000000", "f": trade.id * 2, "l": trade.id * 2 + 1,
        "T": trade.time_us, "m": false, "M": true,
    })
}
