//! How Coinbase talks on one connection.

use std::sync::Arc;

use axum::extract::ws::Message;

use super::malformed;
use super::request::{Channel, Complaint, Request};
use super::subscriptions::Subscriptions;
use crate::coinbase::payload;
use crate::market::exchange::Traded;
use crate::venue::dialect::{Answer, Dialect, Meaning};
use crate::venue::fault::Malformed;
use crate::venue::stage::Stage;

/// `ticker_batch` speaks every so many seconds.
const BATCH_S: u64 = 5;

/// One connection's side of the conversation.
pub(super) struct Coinbase {
    stage: Arc<Stage>,
    subscriptions: Subscriptions,
    seconds: u64,
}

impl Coinbase {
    pub(super) fn new(stage: Arc<Stage>) -> Self {
        Self { stage, subscriptions: Subscriptions::default(), seconds: 0 }
    }

    /// Subscribes to what can be had, and answers with one error per product that cannot, what is subscribed
    /// to then, and the last trade of every product whose matches are new.
    fn subscribe(&mut self, wishes: Vec<(Channel, Vec<String>)>) -> Answer {
        let exchange = &self.stage.exchange;
        let (mut unknown, mut found, mut last_matches) = (Vec::new(), false, Vec::new());
        for (channel, products) in wishes {
            for product in products {
                match exchange.find(&product) {
                    Some(pair) => {
                        found = true;
                        if self.subscriptions.add(channel, pair) && channel == Channel::Matches {
                            last_matches.push(pair);
                        }
                    }
                    None if unknown.contains(&product) => {}
                    None => unknown.push(product),
                }
            }
        }
        let complaint =
            |product: &String| Complaint::refused(&format!("{product} is not a valid product")).to_text();
        let mut replies: Vec<_> = unknown.iter().map(complaint).collect();
        if found {
            replies.push(self.subscriptions.told(exchange).to_string());
        } else if unknown.is_empty() {
            replies.push(Complaint::refused("No products provided").to_text());
        }
        replies.extend(last_matches.into_iter().filter_map(|pair| {
            let ledger = &exchange.ledgers[pair];
            Some(payload::matched("last_match", &ledger.symbol, &ledger.last()?).to_string())
        }));
        Answer { meaning: if found { Meaning::Subscribe } else { Meaning::Bad }, replies }
    }

    fn unsubscribe(&mut self, wishes: Vec<(Channel, Vec<String>)>) -> Answer {
        let exchange = &self.stage.exchange;
        for (channel, products) in wishes {
            if products.is_empty() {
                self.subscriptions.remove_all(channel);
            }
            for pair in products.iter().filter_map(|product| exchange.find(product)) {
                self.subscriptions.remove(channel, pair);
            }
        }
        Answer { meaning: Meaning::Unsubscribe, replies: vec![self.subscriptions.told(exchange).to_string()] }
    }

    fn ticker(&self, pair: usize) -> Option<String> {
        let ledger = &self.stage.exchange.ledgers[pair];
        Some(payload::ticker(ledger, &ledger.last()?, self.stage.day(pair)).to_string())
    }
}

impl Dialect for Coinbase {
    fn answer(&mut self, request: &str) -> Answer {
        match Request::parse(request) {
            Ok(Request { subscribes: true, wishes }) => self.subscribe(wishes),
            Ok(Request { subscribes: false, wishes }) => self.unsubscribe(wishes),
            Err(complaint) => Answer { meaning: Meaning::Bad, replies: vec![complaint.to_text()] },
        }
    }

    fn tell(&mut self, Traded { pair, trade }: Traded) -> Vec<String> {
        let ledger = &self.stage.exchange.ledgers[pair];
        let mut events = Vec::new();
        if self.subscriptions.has(Channel::Matches, pair) {
            events.push(payload::matched("match", &ledger.symbol, &trade).to_string());
        }
        if self.subscriptions.has(Channel::Ticker, pair) {
            events.push(payload::ticker(ledger, &trade, self.stage.day(pair)).to_string());
        }
        events
    }

    fn second(&mut self, _spoke: bool) -> Vec<String> {
        self.seconds += 1;
        let (stage, now_us) = (&self.stage, self.stage.now_us());
        let heartbeats = self.subscriptions.pairs(Channel::Heartbeat);
        let mut events: Vec<_> = heartbeats
            .map(|pair| payload::heartbeat(&stage.exchange.ledgers[pair], now_us).to_string())
            .collect();
        if self.seconds.is_multiple_of(BATCH_S) {
            let batches = self.subscriptions.pairs(Channel::TickerBatch);
            events.extend(batches.filter_map(|pair| self.ticker(pair)));
        }
        events
    }

    fn malformed(&self, kind: Malformed) -> Message {
        let product = self.subscriptions.pairs(Channel::Matches).next();
        let exchange = &self.stage.exchange;
        malformed::frame(kind, product.map_or("BTC-USD", |pair| &exchange.ledgers[pair].symbol.name))
    }

    fn shutdown(&self) -> Option<String> {
        None
    }

    fn streams(&self) -> Vec<String> {
        self.subscriptions.names(&self.stage.exchange)
    }
}
