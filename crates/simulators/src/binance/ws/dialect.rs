//! How Binance talks on one connection.

use std::sync::Arc;

use axum::extract::ws::Message;
use serde::Serialize;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::malformed;
use super::payload::{self, AggTradeEvent, TradeEvent};
use super::request::{Call, Request};
use super::subscriptions::Subscriptions;
use super::tickers::Tickers;
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::exchange::Traded;
use crate::venue::dialect::{Answer, Dialect, Meaning};
use crate::venue::fault::Malformed;

/// One connection's side of the conversation.
pub(super) struct Binance {
    world: Arc<World>,
    subscriptions: Subscriptions,
    tickers: Tickers,
    envelopes: Envelopes,
    unit: TimeUnit,
}

/// How events are written on this connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelopes {
    pub(super) combined: bool,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    stream: &'a str,
    data: &'a T,
}

impl Envelopes {
    /// An event of `stream` as text, in its envelope where this connection is combined.
    pub(super) fn write<T: Serialize>(self, stream: &str, event: &T) -> String {
        let written = if self.combined {
            serde_json::to_string(&Envelope { stream, data: event })
        } else {
            to_raw_value(event).map(|raw| raw.get().to_owned())
        };
        written.expect("events are plain structures with text keys")
    }
}

impl Binance {
    /// A conversation that is subscribed to `names` from the start.
    pub(super) fn new(world: Arc<World>, names: Vec<String>, combined: bool, unit: TimeUnit) -> Self {
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(names, &world.stage.exchange);
        let envelopes = Envelopes { combined };
        Self { world, subscriptions, tickers: Tickers::default(), envelopes, unit }
    }

    fn perform(&mut self, call: Call) -> (Meaning, Value) {
        let exchange = &self.world.stage.exchange;
        match call {
            Call::Subscribe(names) => {
                self.subscriptions.add(names, exchange);
                (Meaning::Subscribe, Value::Null)
            }
            Call::Unsubscribe(names) => {
                self.subscriptions.remove(&names, exchange);
                (Meaning::Unsubscribe, Value::Null)
            }
            Call::ListSubscriptions => (Meaning::Other, json!(self.subscriptions.names())),
            Call::SetCombined(on) => {
                self.envelopes.combined = on;
                (Meaning::Other, Value::Null)
            }
            Call::GetCombined => (Meaning::Other, json!(self.envelopes.combined)),
        }
    }
}

impl Dialect for Binance {
    fn answer(&mut self, request: &str) -> Answer {
        match Request::parse(request) {
            Ok(Request { call, id }) => {
                let (meaning, result) = self.perform(call);
                Answer { meaning, replies: vec![json!({"result": result, "id": id}).to_string()] }
            }
            Err(complaint) => Answer { meaning: Meaning::Bad, replies: vec![complaint.to_text()] },
        }
    }

    fn tell(&mut self, Traded { pair, trade }: Traded) -> Vec<String> {
        let wants = self.subscriptions.wants(pair);
        let stage = &self.world.stage;
        let ledger = &stage.exchange.ledgers[pair];
        let (symbol, unit, now_us) = (&ledger.symbol, self.unit, stage.now_us());
        let mut events = Vec::new();
        let stream = |kind: &str| format!("{}@{kind}", symbol.name.to_lowercase());
        if wants.agg_trade {
            let event = AggTradeEvent::new(&symbol.name, &trade, now_us, unit);
            events.push(self.envelopes.write(&stream("aggTrade"), &event));
        }
        if wants.trade {
            events.extend(trade.singles(symbol.step).map(|single| {
                let event = TradeEvent::new(&symbol.name, &trade, single, now_us, unit);
                self.envelopes.write(&stream("trade"), &event)
            }));
        }
        if wants.book_ticker {
            events.push(self.envelopes.write(&stream("bookTicker"), &payload::book_ticker(ledger, &trade)));
        }
        events
    }

    fn second(&mut self, _spoke: bool) -> Vec<String> {
        self.tickers.tell(&self.world.stage, &self.subscriptions, self.envelopes, self.unit)
    }

    fn malformed(&self, kind: Malformed) -> Message {
        let stream = self.subscriptions.names().into_iter().next().unwrap_or_default();
        malformed::frame(kind, &stream, |event| self.envelopes.write(&stream, event))
    }

    fn shutdown(&self) -> Option<String> {
        let event = payload::server_shutdown(self.world.stage.now_us(), self.unit);
        Some(self.envelopes.write("!serverShutdown", &event))
    }

    fn streams(&self) -> Vec<String> {
        self.subscriptions.names()
    }
}
