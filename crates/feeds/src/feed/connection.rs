//! One open connection: keeps its subscriptions as they are wanted, and passes on what it hears.
//!
//! It does not reconnect (the line does) and knows no order of trades (the sequences do).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Instrument, Observation};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::event::{ConnectionId, Event};
use super::shared::Shared;
use super::subscriptions::{Answered, Reply, Routes, Subscriptions};
use crate::pace::Pace;
use crate::world::{Frame, Promise, Socket, SocketError, chain, within};
use crate::{Ending, Heard, Venue};

/// Frames taken from the socket before what they held is passed on.
const FRAMES_AT_ONCE: usize = 256;

/// What a line needs to know of its connection.
pub(super) enum Milestone {
    /// Everything that was wanted at the beginning is subscribed. Comes at most once.
    Settled,
    /// The connection should be replaced; it still works. Comes at most once.
    Due,
    /// The connection is of no more use.
    Ended(Ending),
}

/// One open connection.
pub(super) struct Connection<V> {
    id: ConnectionId,
    shared: Arc<Shared<V>>,
    socket: Box<dyn Socket>,
    routes: watch::Receiver<Routes>,
    cancel: CancellationToken,
    subscriptions: Subscriptions,
    messages: Pace,
    opened_at: Duration,
    heard_at: Duration,
    retire_at: Duration,
    settled_told: bool,
    due_told: bool,
    /// One timer for everything that the connection waits for, set anew only where it is too late.
    alarm: Option<(Duration, Promise<'static, ()>)>,
}

impl<V: Venue> Connection<V> {
    pub(super) fn new(
        shared: Arc<Shared<V>>,
        socket: Box<dyn Socket>,
        mut routes: watch::Receiver<Routes>,
        cancel: CancellationToken,
    ) -> Self {
        let rules = shared.venue.rules();
        let now = shared.world.clock.uptime();
        let lifetime = rules.lifetime - shared.world.jitter.up_to(rules.lifetime_spread).min(rules.lifetime);
        let wanted = routes.borrow_and_update().clone();
        Self {
            id: shared.connection_id(),
            subscriptions: Subscriptions::new(wanted, rules.instruments_per_request),
            messages: Pace::new(rules.messages),
            opened_at: now,
            heard_at: now,
            retire_at: now + lifetime,
            settled_told: false,
            due_told: false,
            alarm: None,
            socket,
            routes,
            cancel,
            shared,
        }
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    /// How long it has been open.
    pub(super) fn age(&self) -> Duration {
        self.shared.world.clock.uptime() - self.opened_at
    }

    /// Works until the next milestone. Called again after any but the last.
    pub(super) async fn run(&mut self) -> Milestone {
        loop {
            if let Some(milestone) = self.milestone() {
                return milestone;
            }
            if let Err(ending) = self.step().await {
                return Milestone::Ended(ending);
            }
        }
    }

    /// Closes the socket, as far as the venue lets us in good time.
    pub(super) async fn close(mut self) {
        let limit = self.shared.venue.bounds().write;
        within(&*self.shared.world.clock, limit, self.socket.close()).await;
    }

    fn milestone(&mut self) -> Option<Milestone> {
        if !self.settled_told && self.subscriptions.is_settled() {
            self.settled_told = true;
            return Some(Milestone::Settled);
        }
        if !self.due_told && self.shared.world.clock.uptime() >= self.retire_at {
            self.due_told = true;
            return Some(Milestone::Due);
        }
        None
    }

    async fn step(&mut self) -> Result<(), Ending> {
        self.ask().await?;
        let wake_at = self.wake_at()?;
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ending::Dismissed),
            changed = self.routes.changed() => {
                changed.map_err(|_| Ending::Dismissed)?;
                let wanted = self.routes.borrow_and_update().clone();
                self.subscriptions.want(wanted);
                Ok(())
            }
            () = ring(&mut self.alarm, wake_at, &self.shared) => Ok(()),
            frame = self.socket.next() => self.take(frame).await,
        }
    }

    /// Sends the next subscription message, if one is due and the venue's message rate allows it.
    async fn ask(&mut self) -> Result<(), Ending> {
        let now = self.shared.world.clock.uptime();
        if !self.subscriptions.is_unsettled() || self.messages.free_at(now) > now {
            return Ok(());
        }
        let Some(message) = self.subscriptions.next(now) else {
            return Ok(());
        };
        self.messages.note(now);
        let venue = &self.shared.venue;
        let text = venue.ask(message.ask, message.request, &message.instruments);
        let sent = within(&*self.shared.world.clock, venue.bounds().write, self.socket.send(text)).await;
        sent.ok_or(Ending::Stuck)?.map_err(|error| broken(&error))?;
        if message.ask == crate::Ask::Unsubscribe {
            let released = Event::Released { connection: self.id, instruments: message.instruments };
            self.shared.tell(released).await;
        }
        Ok(())
    }

    /// When something is to be done even if nothing is heard.
    fn wake_at(&mut self) -> Result<Duration, Ending> {
        let now = self.shared.world.clock.uptime();
        let silent_at = self.heard_at + self.shared.venue.rules().idle;
        if now >= silent_at {
            return Err(Ending::Silent);
        }
        let mut wake_at = silent_at;
        if let Some(sent_at) = self.subscriptions.oldest_unanswered() {
            let overdue_at = sent_at + self.shared.venue.bounds().reply;
            if now >= overdue_at {
                return Err(Ending::Unanswered);
            }
            wake_at = wake_at.min(overdue_at);
        }
        if self.subscriptions.is_unsettled() {
            wake_at = wake_at.min(self.messages.free_at(now));
        }
        if !self.due_told {
            wake_at = wake_at.min(self.retire_at);
        }
        Ok(wake_at)
    }

    /// Takes a frame and all that are there already, then passes on what they held.
    async fn take(&mut self, first: Option<Result<Frame, SocketError>>) -> Result<(), Ending> {
        self.heard_at = self.shared.world.clock.uptime();
        let mut heard = Batch::default();
        let mut end = self.read(first, &mut heard);
        for _ in 1..FRAMES_AT_ONCE {
            if end.is_err() {
                break;
            }
            let Some(next) = self.socket.next().now_or_never() else {
                break;
            };
            end = self.read(next, &mut heard);
        }
        self.pass_on(heard).await;
        end
    }

    fn read(&mut self, frame: Option<Result<Frame, SocketError>>, batch: &mut Batch) -> Result<(), Ending> {
        match frame {
            None => return Err(Ending::Closed),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(Frame::Message(bytes))) => self.understand(&bytes, batch),
            Some(Ok(Frame::Ping)) => self.messages.note(self.heard_at),
            Some(Ok(Frame::Pong)) => {}
        }
        Ok(())
    }

    fn understand(&mut self, bytes: &[u8], batch: &mut Batch) {
        let subscriptions = &self.subscriptions;
        let unrouted = &self.shared.meters.unrouted;
        let result = self.shared.venue.read(bytes, &mut |heard| match heard {
            Heard::Trade { symbol, observation } => match subscriptions.route(symbol) {
                Some(instrument) => batch.trades.push((instrument.clone(), observation)),
                None => unrouted.increment(1),
            },
            Heard::Newest { symbol, id } => match subscriptions.route(symbol) {
                Some(instrument) => batch.newest.push((instrument.clone(), id)),
                None => unrouted.increment(1),
            },
            Heard::Reply { request, outcome } => batch.replies.push(Reply::To { request, outcome }),
            Heard::ReplyFor { symbol, outcome } => {
                batch.replies.push(Reply::For { symbol: symbol.to_owned(), outcome });
            }
            Heard::Refused { symbol, reason } => {
                batch.replies.push(Reply::Refused { symbol: symbol.to_owned(), reason });
            }
            Heard::Carried { symbols } => {
                let symbols = symbols.into_iter().map(Cow::into_owned).collect();
                batch.replies.push(Reply::Carried { symbols });
            }
            Heard::Leaving => batch.leaving = true,
            Heard::Nothing => {}
        });
        if let Err(malformed) = result {
            self.shared.meters.malformed.increment(1);
            tracing::debug!(connection = self.id, %malformed, bytes = bytes.len(), "message not understood");
        }
    }

    /// Replies go before trades: a trade that came with the acknowledgement of its subscription must
    /// not look older than it.
    async fn pass_on(&mut self, batch: Batch) {
        if batch.leaving {
            self.retire_at = self.heard_at;
        }
        for reply in batch.replies {
            match self.subscriptions.answer(reply) {
                Answered::Held(instruments) => {
                    let connection = self.id;
                    self.shared.tell(Event::Held { connection, instruments }).await;
                }
                Answered::Refused(instrument, reason) => {
                    self.shared.tell(Event::Refused { instrument, reason }).await;
                }
                Answered::Nothing => {}
            }
        }
        if !batch.trades.is_empty() {
            let trades = batch.trades;
            self.shared.tell(Event::Trades { trades }).await;
        }
        // After the trades: what came with them has been shown.
        if !batch.newest.is_empty() {
            let newest = batch.newest;
            self.shared.tell(Event::Newest { newest }).await;
        }
    }
}

/// What some frames held.
#[derive(Default)]
struct Batch {
    trades: Vec<(Instrument, Observation)>,
    newest: Vec<(Instrument, u64)>,
    replies: Vec<Reply>,
    leaving: bool,
}

/// Comes at `wake_at` or earlier.
async fn ring<V: Venue>(
    alarm: &mut Option<(Duration, Promise<'static, ()>)>,
    wake_at: Duration,
    shared: &Shared<V>,
) {
    let clock = &shared.world.clock;
    let (_, sleep) = match alarm {
        Some(set) if set.0 <= wake_at => set,
        _ => alarm.insert((wake_at, clock.sleep(wake_at.saturating_sub(clock.uptime())))),
    };
    sleep.await;
    *alarm = None;
}

fn broken(error: &SocketError) -> Ending {
    Ending::Broken(chain(error))
}
