//! One connection, from its first frame to its last. One task owns all of its state.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::dialect::{Answer, Dialect, Manners, Meaning};
use super::fault::Strike;
use super::inbound::Inbound;
use super::outbox::{Lost, Outbox};
use super::pings::Pings;
use super::seat::Seat;
use crate::market::exchange::Traded;

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
    Forgotten,
}

impl From<Lost> for End {
    fn from(_: Lost) -> Self {
        Self::Abrupt
    }
}

/// An open WebSocket and what belongs to it.
pub(super) struct Connection<D> {
    seat: Seat,
    socket: WebSocket,
    dialect: D,
    manners: Manners,
    outbox: Outbox,
    inbound: Inbound,
    pings: Pings,
    second: Interval,
    expires: Instant,
    /// When a connection without subscriptions is closed, unless it asks for something.
    forgotten: Option<Instant>,
    /// Before this nothing is read from the peer.
    reads_from: Option<Instant>,
    silent: bool,
    /// Symbols of which nothing is told, until they are subscribed to anew.
    muted: Vec<String>,
    /// Whether any event has left since the last full second.
    spoke: bool,
    /// The event that waits for the next one to go first.
    swapped: Option<Utf8Bytes>,
}

impl<D: Dialect> Connection<D> {
    /// A connection with what its dialect is subscribed to from the start.
    pub(super) fn new(seat: Seat, socket: WebSocket, manners: Manners, dialect: D) -> Self {
        let second = Duration::from_secs(1);
        let mut second = tokio::time::interval_at(Instant::now() + second, second);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        seat.note_streams(dialect.streams());
        Self {
            outbox: Outbox::default(),
            inbound: Inbound::new(manners.inbound_per_second),
            pings: Pings::new(manners.ping_every, manners.pong_within),
            second,
            expires: Instant::now() + manners.lifetime,
            forgotten: manners.unsubscribed.map(|patience| Instant::now() + patience),
            reads_from: None,
            silent: false,
            muted: Vec::new(),
            spoke: false,
            swapped: None,
            dialect,
            manners,
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
        self.check_streams()?;
        let greeting = self.dialect.greeting();
        self.reply(greeting).await?;
        loop {
            let step = self.next().await;
            // A peer that takes nothing for so long would not get our ping through to it either.
            match tokio::time::timeout(self.manners.pong_within, self.take(step)).await {
                Ok(taken) => taken?,
                Err(_) => return Err(End::Abrupt),
            }
        }
    }

    fn check_streams(&self) -> Result<(), End> {
        let fits = self.dialect.streams().len() <= self.manners.streams;
        if fits { Ok(()) } else { Err(End::Close(POLICY, "Too many streams")) }
    }

    /// Waits for what comes next.
    async fn next(&mut self) -> Step {
        tokio::select! {
            message = late(self.reads_from, self.socket.recv()) => Step::Message(message),
            traded = self.seat.trades.recv() => Step::Traded(traded),
            Ok(strike) = self.seat.strikes.recv() => Step::Strike(strike),
            due = self.pings.due() => Step::Ping(due),
            _ = self.second.tick() => Step::Second,
            () = self.outbox.due() => Step::Release,
            () = tokio::time::sleep_until(self.expires) => Step::Expired,
            () = until(self.forgotten) => Step::Forgotten,
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Message(message) => self.hear(message).await,
            Step::Traded(traded) => self.pass_on(traded).await,
            Step::Strike(strike) => self.suffer(strike).await,
            Step::Ping(due) => self.ping(due).await,
            Step::Second => self.second().await,
            Step::Release => Ok(self.outbox.release(&mut self.socket).await?),
            Step::Expired => Err(End::Close(GOING_AWAY, "Connection lifetime reached")),
            Step::Forgotten => Err(End::Close(POLICY, "Nothing was subscribed to in time")),
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let Some(Ok(message)) = message else { return Err(End::Abrupt) };
        let pause = self.seat.stage.faults.read_every();
        self.reads_from = (!pause.is_zero()).then(|| Instant::now() + pause);
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
                    self.seat.stage.tally.note(|counters| counters.pongs += 1);
                }
                Ok(())
            }
            // The library below has answered it already.
            Message::Ping(_) | Message::Close(_) => Ok(()),
        }
    }

    async fn respond(&mut self, text: &str) -> Result<(), End> {
        // Trades from before the request belong to the subscriptions from before it.
        self.catch_up(self.seat.trades.len()).await?;
        let Answer { meaning, replies } = self.dialect.answer(text);
        self.seat.stage.tally.note(|counters| match meaning {
            Meaning::Subscribe => counters.subscribe_messages += 1,
            Meaning::Unsubscribe => counters.unsubscribe_messages += 1,
            Meaning::Bad => counters.bad_messages += 1,
            Meaning::Other => {}
        });
        if matches!(meaning, Meaning::Subscribe | Meaning::Unsubscribe) {
            self.check_streams()?;
            let streams = self.dialect.streams();
            let is_there = |symbol: &str| {
                let symbol = symbol.to_lowercase();
                streams.iter().any(|stream| stream.to_lowercase().contains(&symbol))
            };
            self.muted.retain(|symbol| is_there(symbol));
            self.seat.note_streams(streams);
        }
        let patience = self.manners.unsubscribed.filter(|_| self.dialect.streams().is_empty());
        self.forgotten = patience.map(|patience| Instant::now() + patience);
        self.reply(replies).await
    }

    async fn reply(&mut self, replies: Vec<String>) -> Result<(), End> {
        for reply in replies {
            self.socket.send(Message::Text(reply.into())).await.map_err(|_| End::Abrupt)?;
        }
        Ok(())
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

    async fn tell_trade(&mut self, traded: Traded) -> Result<(), End> {
        let symbol = &self.seat.stage.exchange.ledgers[traded.pair].symbol.name;
        if self.muted.contains(symbol) {
            return Ok(());
        }
        let events = self.dialect.tell(traded);
        self.post(events).await
    }

    async fn second(&mut self) -> Result<(), End> {
        let spoke = std::mem::take(&mut self.spoke);
        let events = self.dialect.second(spoke);
        self.post(events).await?;
        if let Some(alone) = self.swapped.take() {
            self.send(alone).await?;
        }
        self.socket.flush().await.map_err(|_| End::Abrupt)
    }

    /// Sends events as the faults in force have it.
    async fn post(&mut self, events: Vec<String>) -> Result<(), End> {
        if self.silent {
            return Ok(());
        }
        for event in events {
            let event = Utf8Bytes::from(event);
            if self.swapped.is_none() && self.seat.stage.faults.reorders() {
                self.swapped = Some(event);
                continue;
            }
            self.send(event).await?;
            if let Some(earlier) = self.swapped.take() {
                self.send(earlier).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, event: Utf8Bytes) -> Result<(), End> {
        let faults = &self.seat.stage.faults;
        let (delay, copies) = (faults.delay(), if faults.duplicates() { 2 } else { 1 });
        for _ in 0..copies {
            self.outbox.post(&mut self.socket, Message::Text(event.clone()), delay).await?;
        }
        self.spoke = true;
        self.seat.stage.tally.note(|counters| counters.events_sent += copies);
        Ok(())
    }

    async fn ping(&mut self, due: Option<()>) -> Result<(), End> {
        let Some(()) = due else { return Err(End::Close(POLICY, "Pong timeout")) };
        let payload = self.pings.send(self.seat.stage.now_us());
        self.socket.send(Message::Ping(payload)).await.map_err(|_| End::Abrupt)
    }

    async fn suffer(&mut self, strike: Strike) -> Result<(), End> {
        match strike {
            Strike::Silence => self.silent = true,
            Strike::Mute(symbol) => self.muted.push(symbol),
            Strike::HalfOpen => return Err(End::Freeze),
            Strike::Expire(within) => self.expires = self.expires.min(Instant::now() + within),
            Strike::Malformed(kind) => {
                let frame = self.dialect.malformed(kind);
                self.socket.send(frame).await.map_err(|_| End::Abrupt)?;
            }
            Strike::Shutdown(lead) => {
                let notice = self.dialect.shutdown();
                self.reply(notice.into_iter().collect()).await?;
                self.expires = self.expires.min(Instant::now() + lead);
            }
        }
        Ok(())
    }
}

/// The same, not begun before then where there is such a time.
async fn late<T>(then: Option<Instant>, what: impl Future<Output = T>) -> T {
    if let Some(then) = then {
        tokio::time::sleep_until(then).await;
    }
    what.await
}

/// Waits until then; for ever where there is no such time.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then).await,
        None => std::future::pending().await,
    }
}
