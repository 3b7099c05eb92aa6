//! A fake Binance in memory: markets with numbered trades, sockets, and faults on command.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_feeds::world::{Frame, SocketError};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The venue's first trade number in every market.
pub(crate) const FIRST_ID: u64 = 1;

/// A trade as the venue knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) cents: u64,
    pub(crate) time_us: i64,
}

/// What REST does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestMood {
    Fine,
    /// Answers this status, with this many seconds in `Retry-After`.
    Status(u16, Option<u64>),
    /// Never answers.
    Hangs,
    /// Answers with half a body.
    Garbled,
}

/// How the venue replies to a SUBSCRIBE that names an unknown symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownSymbol {
    AcceptedInSilence,
    Refused,
}

pub(crate) struct State {
    pub(crate) markets: BTreeMap<String, Vec<Trade>>,
    pub(crate) sockets: Vec<ServerEnd>,
    pub(crate) open_for_business: bool,
    pub(crate) closes_at_once: bool,
    pub(crate) acknowledges: bool,
    pub(crate) unknown_symbol: UnknownSymbol,
    pub(crate) rest: RestMood,
    /// Single trades are refused for good; candles are not.
    pub(crate) refuses_trades: bool,
    /// The newest so many trades of each market are not in REST's history yet.
    pub(crate) history_lags: usize,
    /// Symbols that the sockets which carry them now show no trades of, until they are subscribed to anew.
    pub(crate) muted: BTreeSet<String>,
    /// The stream swallows trades; history has them.
    pub(crate) swallows: bool,
    /// The stream sends every trade twice.
    pub(crate) repeats: bool,
    pub(crate) dialled_at: Vec<Duration>,
    /// Messages of clients, by socket and time, answers to pings among them.
    pub(crate) received: Vec<(usize, Duration, String)>,
    pub(crate) requests: Vec<(Duration, String)>,
    pub(crate) weight_used: u32,
    pub(crate) weight_minute: u64,
}

/// The venue's end of one socket.
pub(crate) struct ServerEnd {
    pub(crate) to_client: Option<mpsc::UnboundedSender<Result<Frame, SocketError>>>,
    pub(crate) subscribed: BTreeSet<String>,
    pub(crate) opened_at: Duration,
    pub(crate) closed_at: Option<Duration>,
    /// Nothing more arrives, and the client is not told.
    pub(crate) half_open: bool,
    pub(crate) frames_sent: usize,
    pub(crate) frames_taken: usize,
}

pub(crate) struct Exchange {
    started: Instant,
    state: Mutex<State>,
}

impl Exchange {
    pub(crate) fn with_markets(symbols: &[&str]) -> Arc<Self> {
        let markets = symbols.iter().map(|symbol| ((*symbol).to_owned(), Vec::new()));
        Arc::new(Self {
            started: Instant::now(),
            state: Mutex::new(State {
                markets: markets.collect(),
                sockets: Vec::new(),
                open_for_business: true,
                closes_at_once: false,
                acknowledges: true,
                unknown_symbol: UnknownSymbol::AcceptedInSilence,
                rest: RestMood::Fine,
                refuses_trades: false,
                history_lags: 0,
                muted: BTreeSet::new(),
                swallows: false,
                repeats: false,
                dialled_at: Vec::new(),
                received: Vec::new(),
                requests: Vec::new(),
                weight_used: 0,
                weight_minute: 0,
            }),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Makes trades in one market and streams them to whoever subscribed.
    pub(crate) fn trade(&self, symbol: &str, count: usize) {
        let time_us = crate::rig::ORIGIN_US + i64::try_from(self.uptime().as_micros()).unwrap();
        let mut state = self.state();
        for _ in 0..count {
            let market = state.markets.get_mut(symbol).unwrap();
            let id = FIRST_ID + market.len() as u64;
            let trade = Trade { id, cents: 1_000_000 + id * 7_919 % 50_000, time_us };
            market.push(trade);
            if !state.swallows && !state.muted.contains(symbol) {
                let copies = if state.repeats { 2 } else { 1 };
                for _ in 0..copies {
                    state.stream(symbol, trade);
                }
            }
        }
    }

    /// Sends every client the same text.
    pub(crate) fn broadcast(&self, text: &str) {
        let mut state = self.state();
        for socket in &mut state.sockets {
            socket.send(Ok(message(text)));
        }
    }

    pub(crate) fn ping(&self) {
        let mut state = self.state();
        for socket in &mut state.sockets {
            socket.send(Ok(Frame::Ping));
        }
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        let now = self.uptime();
        for socket in &mut self.state().sockets {
            socket.close(now);
        }
    }

    /// From now on nothing arrives on the connections that are open, and nobody is told.
    pub(crate) fn freeze(&self) {
        for socket in &mut self.state().sockets {
            socket.half_open = true;
        }
    }

    pub(crate) fn open_sockets(&self) -> usize {
        let state = self.state();
        state.sockets.iter().filter(|socket| socket.is_open()).count()
    }

    /// A message of a client.
    pub(crate) fn receive(&self, socket: usize, text: &str) {
        let now = self.uptime();
        let mut state = self.state();
        state.received.push((socket, now, text.to_owned()));
        let message: Value = serde_json::from_str(text).unwrap();
        let streams: Vec<String> = serde_json::from_value(message["params"].clone()).unwrap();
        let unknown = streams.iter().any(|stream| !state.markets.contains_key(&symbol_of(stream)));
        let reply = if unknown && state.unknown_symbol == UnknownSymbol::Refused {
            json!({"code": 2, "msg": "Invalid request: unknown stream", "id": message["id"]})
        } else {
            let subscribed = &mut state.sockets[socket].subscribed;
            match message["method"].as_str().unwrap() {
                "SUBSCRIBE" => {
                    subscribed.extend(streams.iter().cloned());
                    for stream in &streams {
                        state.muted.remove(&symbol_of(stream));
                    }
                }
                "UNSUBSCRIBE" => subscribed.retain(|stream| !streams.contains(stream)),
                other => panic!("unknown method {other}"),
            }
            json!({"result": null, "id": message["id"]})
        };
        if state.acknowledges {
            let text = reply.to_string();
            state.sockets[socket].send(Ok(self::message(&text)));
        }
    }
}

impl State {
    fn stream(&mut self, symbol: &str, trade: Trade) {
        let name = format!("{}@aggTrade", symbol.to_lowercase());
        let text = trade_text(symbol, &name, trade);
        for socket in self.sockets.iter_mut().filter(|socket| socket.subscribed.contains(&name)) {
            socket.send(Ok(message(&text)));
        }
    }

    /// Counts a request's weight in the present minute; tests begin on a full one.
    pub(crate) fn charge(&mut self, now: Duration, weight: u32) {
        let minute = now.as_secs() / 60;
        if minute != self.weight_minute {
            self.weight_minute = minute;
            self.weight_used = 0;
        }
        self.weight_used += weight;
    }

    /// What REST's history holds of a market.
    pub(crate) fn history(&self, symbol: &str) -> Option<&[Trade]> {
        let market = self.markets.get(symbol)?;
        Some(&market[..market.len().saturating_sub(self.history_lags)])
    }

    /// The number of a market's first trade since an instant.
    pub(crate) fn first_since(&self, symbol: &str, time_ms: u64) -> u64 {
        let time_us = i64::try_from(time_ms).unwrap() * 1_000;
        let market = self.markets.get(symbol).map_or(&[][..], Vec::as_slice);
        FIRST_ID + market.iter().filter(|trade| trade.time_us < time_us).count() as u64
    }

    /// Messages on each socket: `SUBSCRIBE`s and `UNSUBSCRIBE`s that name this symbol.
    pub(crate) fn asks_for(&self, symbol: &str) -> usize {
        let quoted = format!("\"{}@aggTrade\"", symbol.to_lowercase());
        self.received.iter().filter(|(_, _, text)| text.contains(&quoted)).count()
    }
}

impl ServerEnd {
    pub(crate) fn is_open(&self) -> bool {
        self.closed_at.is_none() && self.to_client.as_ref().is_some_and(|client| !client.is_closed())
    }

    pub(crate) fn send(&mut self, frame: Result<Frame, SocketError>) {
        if let Some(client) = self.to_client.as_ref().filter(|_| !self.half_open) {
            self.frames_sent += 1;
            // A client that has gone takes nothing.
            let _ = client.send(frame);
        }
    }

    pub(crate) fn close(&mut self, now: Duration) {
        self.to_client = None;
        self.closed_at.get_or_insert(now);
    }
}

fn message(text: &str) -> Frame {
    Frame::Message(Bytes::copy_from_slice(text.as_bytes()))
}

fn symbol_of(stream: &str) -> String {
    stream.trim_end_matches("@aggTrade").to_uppercase()
}

fn trade_text(symbol: &str, stream: &str, trade: Trade) -> String {
    let Trade { id, time_us, .. } = trade;
    let price = price_text(trade);
    format!(
        r#"{{"stream":"{stream}","data":{{"e":"aggTrade","E":{time_us},"s":"{symbol}","a":{id},"p":"{price}","q":"0.50000000","f":{},"l":{},"T":{time_us},"m":false,"M":true}}}}"#,
        id * 2,
        id * 2 + 1,
    )
}

pub(crate) fn price_text(trade: Trade) -> String {
    format!("{}.{:02}000000", trade.cents / 100, trade.cents % 100)
}
