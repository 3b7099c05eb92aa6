//! One connection, from its first frame to its last. One task owns all of its state.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::inbound::Inbound;
use super::malformed;
use super::outbox::{Lost, Outbox};
use super::payload::{self, AggTradeEvent, TradeEvent};
use super::pings::Pings;
use super::request::{Call, Request};
use super::seat::Seat;
use super::subscriptions::Subscriptions;
use super::tickers::Tickers;
use crate::binance::fault::Strike;
use crate::binance::market::exchange::Traded;
use crate::binance::unit::TimeUnit;

/// Trades that are written before the socket is flushed.
const BATCH: usize = 256;
/// How long a closing handshake may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Close codes of RFC 6455, section 7.4.1.
const GOING_AWAY: u16 = 1_001;
const POLICY: u16 = 1_008;

/// Why a connection ends.
enum End {
    /// Without a word: the peer is gone or cannot follow, or a fault says so.
    Abrupt,
    /// The peer has closed.
    Closed,
    /// Not at all: the socket stays open, and nothing is read or written any more.
    Freeze,
    /// With a close frame.
    Close(u16, &'static str),
}

/// What a connection waits for.
enum Step {
    Message(Option<Result<Message, axum::Error>>),
    Traded(Result<Traded, RecvError>),
    Strike(Strike),
    Ping(Option<()>),
    Second,
    Release,
    Expired,
}

impl From<Lost> for End {
    fn from(_: Lost) -> Self {
        Self::Abrupt
    }
}

/// An open WebSocket and what belongs to it.
pub(super) struct Connection {
    seat: Seat,
    socket: WebSocket,
    subscriptions: Subscriptions,
    outbox: Outbox,
    tickers: Tickers,
    unit: TimeUnit,
    inbound: Inbound,
    pings: Pings,
    second: Interval,
    expires: Instant,
    silent: bool,
}

impl Connection {
    /// A connection that is subscribed to `names` from the start.
    pub(super) fn new(
        seat: Seat,
        socket: WebSocket,
        names: Vec<String>,
        combined: bool,
        unit: TimeUnit,
    ) -> Self {
        let limits = &seat.world.limits;
        let second = Duration::from_secs(1);
        let mut second = tokio::time::interval_at(Instant::now() + second, second);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(names, &seat.world.exchange);
        seat.note_streams(subscriptions.names());
        Self {
            subscriptions,
            outbox: Outbox::new(combined),
            tickers: Tickers::default(),
            unit,
            inbound: Inbound::new(limits.inbound_per_second),
            pings: Pings::new(limits.ping_every, limits.pong_within),
            second,
            expires: Instant::now() + limits.lifetime,
            silent: false,
            seat,
            socket,
        }
    }

    /// Serves the connection until it ends.
    pub(super) async fn run(mut self) {
        let cut = self.seat.cut.clone();
        let end = tokio::select! {
            () = cut.cancelled() => End::Abrupt,
            Err(end) = self.serve() => end,
        };
        match end {
            End::Abrupt => {}
            End::Freeze => cut.cancelled().await,
            // A peer that does not answer is left.
            End::Closed => drop(tokio::time::timeout(FAREWELL, self.socket.recv()).await),
            End::Close(code, reason) => {
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                let _ = tokio::time::timeout(FAREWELL, self.close(frame)).await;
            }
        }
    }

    /// Says goodbye, and reads on until the peer has said so too.
    async fn close(&mut self, frame: CloseFrame) {
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        if self.subscriptions.len() > self.seat.world.limits.streams {
            return Err(End::Close(POLICY, "Too many streams"));
        }
        let patience = self.seat.world.limits.pong_within;
        loop {
            let step = self.next().await;
            // A peer that takes nothing for so long would not get our ping through to it either.
            match tokio::time::timeout(patience, self.take(step)).await {
                Ok(taken) => taken?,
                Err(_) => return Err(End::Abrupt),
            }
        }
    }

    /// Waits for what comes next.
    async fn next(&mut self) -> Step {
        tokio::select! {
            message = self.socket.recv() => Step::Message(message),
            traded = self.seat.trades.recv() => Step::Traded(traded),
            Ok(strike) = self.seat.strikes.recv() => Step::Strike(strike),
            due = self.pings.due() => Step::Ping(due),
            _ = self.second.tick() => Step::Second,
            () = self.outbox.due() => Step::Release,
            () = tokio::time::sleep_until(self.expires) => Step::Expired,
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Message(message) => self.hear(message).await,
            Step::Traded(traded) => self.pass_on(traded).await,
            Step::Strike(strike) => self.suffer(strike).await,
            Step::Ping(due) => self.ping(due).await,
            Step::Second => self.tell_tickers().await,
            Step::Release => Ok(self.outbox.release(&mut self.socket).await?),
            Step::Expired => Err(End::Close(GOING_AWAY, "Connection lifetime reached")),
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let Some(Ok(message)) = message else { return Err(End::Abrupt) };
        if matches!(message, Message::Close(_)) {
            return Err(End::Closed);
        }
        if !self.inbound.admits(Instant::now()) {
            return Err(End::Close(POLICY, "Too many requests"));
        }
        match message {
            Message::Text(text) => self.respond(&text).await,
            Message::Binary(bytes) => self.respond(&String::from_utf8_lossy(&bytes)).await,
            Message::Pong(payload) => {
                if self.pings.answer(&payload) {
                    self.seat.world.tally.note(|counters| counters.pongs += 1);
                }
                Ok(())
            }
            // The library below has answered it already.
            Message::Ping(_) | Message::Close(_) => Ok(()),
        }
    }

    async fn respond(&mut self, text: &str) -> Result<(), End> {
        let reply = match Request::parse(text) {
            Ok(Request { call, id }) => json!({"result": self.perform(call).await?, "id": id}).to_string(),
            Err(complaint) => {
                self.seat.world.tally.note(|counters| counters.bad_messages += 1);
                complaint.to_text()
            }
        };
        self.socket.send(Message::Text(reply.into())).await.map_err(|_| End::Abrupt)
    }

    async fn perform(&mut self, call: Call) -> Result<Value, End> {
        match call {
            Call::Subscribe(names) => {
                // Trades from before the request belong to the subscriptions from before it.
                self.catch_up(self.seat.trades.len()).await?;
                self.subscriptions.add(names, &self.seat.world.exchange);
                self.seat.world.tally.note(|counters| counters.subscribe_messages += 1);
            }
            Call::Unsubscribe(names) => {
                self.catch_up(self.seat.trades.len()).await?;
                self.subscriptions.remove(&names, &self.seat.world.exchange);
                self.seat.world.tally.note(|counters| counters.unsubscribe_messages += 1);
            }
            Call::ListSubscriptions => return Ok(json!(self.subscriptions.names())),
            Call::SetCombined(on) => {
                self.outbox.combined = on;
                return Ok(Value::Null);
            }
            Call::GetCombined => return Ok(json!(self.outbox.combined)),
        }
        if self.subscriptions.len() > self.seat.world.limits.streams {
            return Err(End::Close(POLICY, "Too many streams"));
        }
        self.seat.note_streams(self.subscriptions.names());
        Ok(Value::Null)
    }

    async fn pass_on(&mut self, traded: Result<Traded, RecvError>) -> Result<(), End> {
        // Too far behind, or the market is gone.
        let traded = traded.map_err(|_| End::Abrupt)?;
        self.tell_trade(traded).await?;
        self.catch_up(BATCH).await
    }

    /// Tells at most so many of the trades that wait already, in one flush.
    async fn catch_up(&mut self, most: usize) -> Result<(), End> {
        for _ in 0..most {
            match self.seat.trades.try_recv() {
                Ok(traded) => self.tell_trade(traded).await?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Lagged(_) | TryRecvError::Closed) => return Err(End::Abrupt),
            }
        }
        self.socket.flush().await.map_err(|_| End::Abrupt)
    }

    async fn tell_trade(&mut self, Traded { pair, trade }: Traded) -> Result<(), End> {
        let wants = self.subscriptions.wants(pair);
        let world = &self.seat.world;
        let ledger = &world.exchange.ledgers[pair];
        let (symbol, unit, now_us) = (&ledger.symbol, self.unit, world.now_us());
        let mut events = Vec::new();
        let stream = |kind: &str| format!("{}@{kind}", symbol.name.to_lowercase());
        if wants.agg_trade {
            let event = AggTradeEvent::new(&symbol.name, &trade, now_us, unit);
            events.push(self.outbox.write(&stream("aggTrade"), &event));
        }
        if wants.trade {
            events.extend(trade.singles(symbol.step).map(|single| {
                let event = TradeEvent::new(&symbol.name, &trade, single, now_us, unit);
                self.outbox.write(&stream("trade"), &event)
            }));
        }
        if wants.book_ticker {
            events.push(self.outbox.write(&stream("bookTicker"), &payload::book_ticker(ledger, &trade)));
        }
        self.post(events).await
    }

    async fn tell_tickers(&mut self) -> Result<(), End> {
        let events = self.tickers.tell(&self.seat.world, &self.subscriptions, &self.outbox, self.unit);
        self.post(events).await?;
        self.socket.flush().await.map_err(|_| End::Abrupt)
    }

    /// Sends events as the faults in force have it.
    async fn post(&mut self, events: Vec<String>) -> Result<(), End> {
        if self.silent || events.is_empty() {
            return Ok(());
        }
        let faults = &self.seat.world.faults;
        let (delay, copies) = (faults.delay(), if faults.duplicates() { 2 } else { 1 });
        let mut sent = 0;
        for event in events {
            let text = Utf8Bytes::from(event);
            for _ in 0..copies {
                self.outbox.post(&mut self.socket, Message::Text(text.clone()), delay).await?;
                sent += 1;
            }
        }
        self.seat.world.tally.note(|counters| counters.events_sent += sent);
        Ok(())
    }

    async fn ping(&mut self, due: Option<()>) -> Result<(), End> {
        let Some(()) = due else { return Err(End::Close(POLICY, "Pong timeout")) };
        let payload = self.pings.send(self.seat.world.now_us());
        self.socket.send(Message::Ping(payload)).await.map_err(|_| End::Abrupt)
    }

    async fn suffer(&mut self, strike: Strike) -> Result<(), End> {
        match strike {
            Strike::Silence => self.silent = true,
            Strike::HalfOpen => return Err(End::Freeze),
            Strike::Expire(within) => self.expires = self.expires.min(Instant::now() + within),
            Strike::Malformed(kind) => {
                let stream = self.subscriptions.names().into_iter().next().unwrap_or_default();
                let frame = malformed::frame(kind, &stream, |event| self.outbox.write(&stream, event));
                self.socket.send(frame).await.map_err(|_| End::Abrupt)?;
            }
            Strike::Shutdown(lead) => {
                let event = payload::server_shutdown(self.seat.world.now_us(), self.unit);
                let text = self.outbox.write("!serverShutdown", &event);
                self.socket.send(Message::Text(text.into())).await.map_err(|_| End::Abrupt)?;
                self.expires = self.expires.min(Instant::now() + lead);
            }
        }
        Ok(())
    }
}
