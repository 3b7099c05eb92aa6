//! A Binance in memory: numbered trades, sockets that are cut, and a history that does not always answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bellwether_feeds::world::{Frame, SocketError};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::time::Time;

/// A trade as the venue knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) price: u64,
    pub(crate) time_us: i64,
}

/// What the history does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    Fails,
    Hangs,
    Garbled,
}

/// What the stream does with a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streamed {
    Once,
    Twice,
    /// Only the history has it.
    Never,
    /// After the next one.
    Late,
}

/// What goes wrong at the moment.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) is_down: bool,
    pub(crate) mood: Mood,
    /// The newest so many trades of each market are not in the history yet.
    pub(crate) lags: usize,
    sockets: Vec<Server>,
    /// What is sent after the next one.
    late: Option<(String, Trade)>,
    markets: BTreeMap<String, Vec<Trade>>,
}

/// The venue's end of a socket.
#[derive(Debug)]
struct Server {
    subscribed: BTreeSet<String>,
    /// Nothing once it is cut.
    client: Option<mpsc::UnboundedSender<Result<Frame, SocketError>>>,
}

/// The venue.
#[derive(Debug)]
pub(crate) struct Exchange {
    time: Arc<Time>,
    state: Mutex<State>,
}

impl Exchange {
    pub(crate) fn new(time: &Arc<Time>, symbols: &[&str]) -> Arc<Self> {
        let markets = symbols.iter().map(|symbol| ((*symbol).to_owned(), Vec::new())).collect();
        let state =
            State { is_down: false, mood: Mood::Fine, lags: 0, sockets: Vec::new(), late: None, markets };
        Arc::new(Self { time: Arc::clone(time), state: Mutex::new(state) })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A trade happens.
    pub(crate) fn trade(&self, symbol: &str, price: u64, streamed: Streamed) {
        let mut state = self.state();
        let market = state.markets.get_mut(symbol).unwrap();
        let trade = Trade { id: market.len() as u64 + 1, price, time_us: self.time.now().micros() };
        market.push(trade);
        let before = state.late.take();
        match streamed {
            Streamed::Never => {}
            Streamed::Late => state.late = Some((symbol.to_owned(), trade)),
            Streamed::Once => state.stream(symbol, trade),
            Streamed::Twice => (0..2).for_each(|_| state.stream(symbol, trade)),
        }
        if let Some((symbol, trade)) = before {
            state.stream(&symbol, trade);
        }
    }

    /// Everything that was traded in a market.
    pub(crate) fn trades(&self, symbol: &str) -> Vec<Trade> {
        self.state().markets[symbol].clone()
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        self.state().sockets.iter_mut().for_each(|socket| socket.client = None);
    }

    /// Shows that the connections are alive.
    pub(crate) fn ping(&self) {
        self.state().sockets.iter().for_each(|socket| socket.send(Frame::Ping));
    }

    pub(crate) fn heal(&self) {
        let mut state = self.state();
        (state.is_down, state.mood, state.lags) = (false, Mood::Fine, 0);
    }

    /// A message of a client.
    pub(crate) fn hear(&self, socket: usize, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap();
        let streams: Vec<String> = serde_json::from_value(message["params"].clone()).unwrap();
        let mut state = self.state();
        let socket = &mut state.sockets[socket];
        match message["method"].as_str().unwrap() {
            "SUBSCRIBE" => socket.subscribed.extend(streams),
            _ => socket.subscribed.retain(|stream| !streams.contains(stream)),
        }
        socket.send(text_frame(&json!({"result": null, "id": message["id"]})));
    }

    /// The answer to a question about the past.
    pub(crate) fn answer(&self, url: &str) -> Value {
        let (path, query) = url.strip_prefix(crate::line::REST_URL).unwrap().split_once('?').unwrap();
        assert_eq!(path, "/api/v3/aggTrades", "candles are not needed where every trade can be had");
        let parameters: HashMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let number = |name: &str| parameters.get(name).map(|text| text.parse::<i64>().unwrap());
        let (state, limit) = (self.state(), usize::try_from(number("limit").unwrap()).unwrap());
        let market = &state.markets[parameters["symbol"]];
        let known = &market[..market.len().saturating_sub(state.lags)];
        let is_wanted = |trade: &&Trade| match (number("fromId"), number("startTime")) {
            (Some(id), _) => trade.id >= u64::try_from(id).unwrap(),
            (None, since_ms) => trade.time_us >= since_ms.unwrap() * 1_000,
        };
        known.iter().filter(is_wanted).take(limit).map(fields).collect()
    }
}

impl State {
    /// Somebody connects; their number.
    pub(crate) fn connect(&mut self, client: mpsc::UnboundedSender<Result<Frame, SocketError>>) -> usize {
        self.sockets.push(Server { subscribed: BTreeSet::new(), client: Some(client) });
        self.sockets.len() - 1
    }

    fn stream(&self, symbol: &str, trade: Trade) {
        let name = format!("{}@aggTrade", symbol.to_lowercase());
        let mut data = fields(&trade);
        (data["e"], data["E"], data["s"]) = (json!("aggTrade"), json!(trade.time_us), json!(symbol));
        let frame = text_frame(&json!({"stream": name, "data": data}));
        let sockets = self.sockets.iter().filter(|socket| socket.subscribed.contains(&name));
        sockets.for_each(|socket| socket.send(frame.clone()));
    }
}

impl Server {
    fn send(&self, frame: Frame) {
        if let Some(client) = &self.client {
            // A client that has gone takes nothing.
            let _ = client.send(Ok(frame));
        }
    }
}

fn text_frame(message: &Value) -> Frame {
    Frame::Message(Bytes::from(message.to_string()))
}

fn fields(trade: &Trade) -> Value {
    json!({
        "a": trade.id, "p": format!("{}.00000000", trade.price), "q": "0.50000000", "f": trade.id, "l": trade.id,
        "T": trade.time_us, "m": false, "M": true,
    })
}
