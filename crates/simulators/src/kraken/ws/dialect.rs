//! How Kraken talks on one connection.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::ws::Message;
use serde_json::{Value, json};

use super::malformed;
use super::request::{Call, Channel, Complaint, Params, Request};
use crate::kraken::payload;
use crate::market::exchange::Traded;
use crate::market::ledger::Window;
use crate::rfc3339::rfc3339;
use crate::venue::dialect::{Answer, Dialect, Meaning};
use crate::venue::fault::Malformed;
use crate::venue::stage::Stage;

/// Trades in a snapshot.
const SNAPSHOT: usize = 50;

/// One connection's side of the conversation.
pub(super) struct Kraken {
    stage: Arc<Stage>,
    subscribed: BTreeSet<(Channel, usize)>,
}

impl Kraken {
    pub(super) fn new(stage: Arc<Stage>) -> Self {
        Self { stage, subscribed: BTreeSet::new() }
    }

    /// Each symbol is answered by itself, and its snapshot follows its answer.
    fn subscribe(&mut self, params: &Params, req_id: Option<u64>) -> Answer {
        let channel = params.channel;
        let snapshot = params.snapshot.unwrap_or(channel.snapshot_by_default());
        let mut replies = Vec::new();
        for symbol in &params.symbol {
            let Some(pair) = self.stage.exchange.find(symbol) else {
                let error = format!("Currency pair not supported {symbol}");
                replies.push(self.refusal("subscribe", symbol, &error, req_id));
                continue;
            };
            if !self.subscribed.insert((channel, pair)) {
                replies.push(self.refusal("subscribe", symbol, "Already subscribed", req_id));
                continue;
            }
            let mut result = json!({"channel": channel.name(), "symbol": symbol, "snapshot": snapshot});
            if channel == Channel::Ticker {
                result["event_trigger"] = json!("trades");
            }
            replies.push(self.success("subscribe", &result, req_id));
            replies.extend(self.snapshot(channel, pair).filter(|_| snapshot));
        }
        Answer { meaning: Meaning::Subscribe, replies }
    }

    fn unsubscribe(&mut self, params: &Params, req_id: Option<u64>) -> Answer {
        let channel = params.channel;
        let mut replies = Vec::new();
        for symbol in &params.symbol {
            let pair = self.stage.exchange.find(symbol);
            let was_there = pair.is_some_and(|pair| self.subscribed.remove(&(channel, pair)));
            replies.push(if was_there {
                self.success("unsubscribe", &json!({"channel": channel.name(), "symbol": symbol}), req_id)
            } else {
                self.refusal("unsubscribe", symbol, "Subscription Not Found", req_id)
            });
        }
        Answer { meaning: Meaning::Unsubscribe, replies }
    }

    fn snapshot(&self, channel: Channel, pair: usize) -> Option<String> {
        let ledger = &self.stage.exchange.ledgers[pair];
        match channel {
            Channel::Ticker => {
                Some(payload::ticker("snapshot", ledger, &ledger.last()?, self.stage.day(pair)))
            }
            Channel::Trade => {
                let trades = ledger.trades_in(Window::default(), SNAPSHOT);
                (!trades.is_empty()).then(|| payload::trades("snapshot", &ledger.symbol.name, &trades))
            }
        }
    }

    fn success(&self, method: &str, result: &Value, req_id: Option<u64>) -> String {
        self.stamped(json!({"method": method, "result": result, "success": true}), req_id)
    }

    fn refusal(&self, method: &str, symbol: &str, error: &str, req_id: Option<u64>) -> String {
        self.stamped(json!({"error": error, "method": method, "success": false, "symbol": symbol}), req_id)
    }

    fn complaint(&self, complaint: &Complaint) -> String {
        let mut body = json!({"error": complaint.error, "success": false});
        if let Some(method) = &complaint.method {
            body["method"] = json!(method);
        }
        self.stamped(body, complaint.req_id)
    }

    fn stamped(&self, mut body: Value, req_id: Option<u64>) -> String {
        let now = json!(rfc3339(self.stage.now_us()));
        body["time_in"] = now.clone();
        body["time_out"] = now;
        if let Some(req_id) = req_id {
            body["req_id"] = json!(req_id);
        }
        body.to_string()
    }
}

impl Dialect for Kraken {
    fn greeting(&mut self) -> Vec<String> {
        let status = json!({
            "version": "2.0.10", "system": "online", "api_version": "v2",
            "connection_id": 9_911_002_233_445_566_123_u64,
        });
        vec![json!({"channel": "status", "type": "update", "data": [status]}).to_string()]
    }

    fn answer(&mut self, request: &str) -> Answer {
        match Request::parse(request) {
            Ok(Request { call: Call::Subscribe(params), req_id }) => self.subscribe(&params, req_id),
            Ok(Request { call: Call::Unsubscribe(params), req_id }) => self.unsubscribe(&params, req_id),
            Ok(Request { call: Call::Ping, req_id }) => {
                let pong = self.stamped(json!({"method": "pong"}), req_id);
                Answer { meaning: Meaning::Other, replies: vec![pong] }
            }
            Err(complaint) => Answer { meaning: Meaning::Bad, replies: vec![self.complaint(&complaint)] },
        }
    }

    fn tell(&mut self, Traded { pair, trade }: Traded) -> Vec<String> {
        let ledger = &self.stage.exchange.ledgers[pair];
        let mut events = Vec::new();
        if self.subscribed.contains(&(Channel::Trade, pair)) {
            events.push(payload::trades("update", &ledger.symbol.name, &[trade]));
        }
        if self.subscribed.contains(&(Channel::Ticker, pair)) {
            events.push(payload::ticker("update", ledger, &trade, self.stage.day(pair)));
        }
        events
    }

    /// A heartbeat where nothing else was sent, once anything is subscribed to.
    fn second(&mut self, spoke: bool) -> Vec<String> {
        let due = !spoke && !self.subscribed.is_empty();
        if due { vec![json!({"channel": "heartbeat"}).to_string()] } else { Vec::new() }
    }

    fn malformed(&self, kind: Malformed) -> Message {
        let pair = self.subscribed.first().map(|(_, pair)| *pair);
        let exchange = &self.stage.exchange;
        malformed::frame(kind, pair.map_or("BTC/USD", |pair| &exchange.ledgers[pair].symbol.name))
    }

    fn shutdown(&self) -> Option<String> {
        None
    }

    fn streams(&self) -> Vec<String> {
        let ledgers = &self.stage.exchange.ledgers;
        let name =
            |(channel, pair): &(Channel, usize)| format!("{}:{}", channel.name(), ledgers[*pair].symbol.name);
        self.subscribed.iter().map(name).collect()
    }
}
