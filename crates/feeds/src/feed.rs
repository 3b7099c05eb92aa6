//! The one loop of every venue's feed.
//!
//! The loop owns all state about instruments. Lines keep connections open and send what they hear;
//! refills fetch what was missed; sequences bring both into order; the outbox goes out before the next
//! event is taken. Whoever reads too slowly holds up the loop, the loop holds up the connections, and
//! the venue feels it: nothing is dropped on the way.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Instrument, Observation};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::carriers::Carriers;
use self::event::{ConnectionId, Event};
use self::lines::Lines;
use self::outbox::Outbox;
use self::refills::{Fetched, Refills, Reply, Request};
use self::rhythm::Rhythm;
use self::sequence::{Fetch, Sequence};
use self::shared::Shared;
use crate::guard::Guard;
use crate::quarantine::{Factor, Reporter};
use crate::vitals::Lags;
use crate::{
    Bounds, Coverage, Ending, FeedEvent, Gaps, Guarding, Interruption, Known, Start, Update, Venue, Vitals,
    Wanted, World,
};

mod carriers;
mod connection;
mod event;
mod line;
mod lines;
mod meters;
mod outbox;
mod refills;
mod rhythm;
mod sequence;
mod shared;
mod subscriptions;

/// Batches that may wait for the loop. A few, so that a stalled reader is felt at the socket soon.
const EVENTS: usize = 32;
/// How often the feed says how it fares, in figures.
const VITALS_EVERY: Duration = Duration::from_secs(5);

/// Runs a venue's feed until `cancel`, or until nobody listens to `out` any more.
///
/// `out` is bounded by its maker; when it is full the feed waits, and reads no more from its sockets.
/// The task has ended only when every task and connection of the feed has.
pub fn spawn<V: Venue>(
    venue: Arc<V>,
    world: World,
    guarding: Guarding,
    wanted: watch::Receiver<Wanted>,
    out: mpsc::Sender<Update>,
    cancel: CancellationToken,
) -> JoinHandle<()> {
    // A token of its own: the feed ends its tasks also where nobody cancelled it.
    let cancel = cancel.child_token();
    let (events, inbox) = mpsc::channel(EVENTS);
    let reporter = Reporter::new(venue.name().name(), guarding.told);
    let shared = Arc::new(Shared::new(venue, world, events, cancel));
    let feed = Feed {
        lines: Lines::new(shared.clone()),
        refills: Refills::new(shared.clone()),
        carriers: Carriers::default(),
        watched: HashMap::new(),
        watches: 0,
        resubscribing: HashSet::new(),
        disabled: BTreeSet::new(),
        outbox: Outbox::default(),
        lags: Lags::default(),
        gaps: Gaps::default(),
        factor: guarding.factor,
        reporter,
        shared,
        out,
    };
    tokio::spawn(feed.run(wanted, inbox))
}

struct Feed<V> {
    shared: Arc<Shared<V>>,
    lines: Lines<V>,
    refills: Refills<V>,
    carriers: Carriers,
    watched: HashMap<Instrument, Watched>,
    /// How many watches there have been.
    watches: u64,
    /// Those that were found mute, until they are off their line and can be asked for anew.
    resubscribing: HashSet<Instrument>,
    /// Those that are wanted and switched off.
    disabled: BTreeSet<Instrument>,
    outbox: Outbox,
    lags: Lags,
    gaps: Gaps,
    /// How far off a price must be to be doubted.
    factor: Option<Factor>,
    reporter: Reporter,
    out: mpsc::Sender<Update>,
}

/// One wanted instrument.
struct Watched {
    sequence: Sequence,
    /// Tells this watch of the instrument from one before it.
    watch: u64,
    /// What was last said of it.
    coverage: Coverage,
    /// How often it trades.
    rhythm: Rhythm,
    /// Whether anything of what was missed has come.
    has_fetched: bool,
    /// Whether something of it cannot be had.
    has_lost: bool,
}

impl<V: Venue> Feed<V> {
    async fn run(mut self, mut wanted: watch::Receiver<Wanted>, mut inbox: mpsc::Receiver<Event>) {
        let (cancel, fell) = (self.shared.cancel.clone(), self.shared.fell.clone());
        // However this ends, by a bug even, no line is left behind.
        let _end_lines = cancel.clone().drop_guard();
        wanted.mark_changed();
        let mut may_change = true;
        let clock = Arc::clone(&self.shared.world.clock);
        let mut vitals_due = clock.sleep(VITALS_EVERY);
        let silence_every = self.shared.venue.bounds().silence / 2;
        let mut silence_due = clock.sleep(silence_every);
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                () = self.out.closed() => break,
                () = fell.cancelled() => panic!("a line of the feed has panicked, and so it is none any more"),
                changed = wanted.changed(), if may_change => match changed {
                    Ok(()) => {
                        let now_wanted = wanted.borrow_and_update().clone();
                        self.follow(now_wanted);
                    }
                    // Whoever chose is gone; the last choice stands.
                    Err(_) => may_change = false,
                },
                reply = self.refills.next() => self.refilled(reply),
                Some(event) = inbox.recv() => self.handle(event),
                () = &mut silence_due => {
                    self.resubscribe_the_silent();
                    self.look_after_holes();
                    silence_due = clock.sleep(silence_every);
                }
                () = &mut vitals_due => {
                    self.tell_vitals();
                    vitals_due = clock.sleep(VITALS_EVERY);
                }
            }
            if self.flush(&cancel).await.is_err() {
                break;
            }
        }
        cancel.cancel();
        // Senders that wait for room must not wait for a loop that has ended.
        drop(inbox);
        self.refills.stop().await;
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Watches what has become wanted, and no more what no longer is.
    fn follow(&mut self, wanted: Wanted) {
        let (wanted, disabled) = wanted.of(self.shared.venue.name());
        let (lines, resubscribing) = (&mut self.lines, &mut self.resubscribing);
        let outbox = &mut self.outbox;
        self.watched.retain(|instrument, watched| {
            let stays = wanted.contains_key(instrument);
            if !stays {
                lines.remove(instrument);
                resubscribing.remove(instrument);
                watched.sequence.end(outbox);
            }
            stays
        });
        let was_disabled = std::mem::replace(&mut self.disabled, disabled);
        for (instrument, (start, known)) in wanted {
            if !self.watched.contains_key(&instrument) {
                let start = if was_disabled.contains(&instrument) { Start::Now } else { start };
                self.watch(instrument, start, known);
            }
        }
        let now_disabled: Vec<_> = self.disabled.difference(&was_disabled).cloned().collect();
        for instrument in now_disabled {
            self.outbox.interrupted(&instrument, Interruption::Disabled);
            self.say(FeedEvent::Coverage { instrument, coverage: Coverage::Disabled });
        }
        self.lines.publish();
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some thousands")]
        self.shared.meters.instruments.set(self.watched.len() as f64);
    }

    fn watch(&mut self, instrument: Instrument, start: Start, known: Option<Known>) {
        self.watches += 1;
        let guard = Guard::after(known.map(|known| known.price), self.factor);
        let sequence = Sequence::new(instrument.clone(), start, known, guard, &mut self.outbox);
        let watched = Watched {
            sequence,
            watch: self.watches,
            coverage: Coverage::Dark,
            rhythm: Rhythm::default(),
            has_fetched: false,
            has_lost: false,
        };
        self.lines.add(&instrument);
        self.watched.insert(instrument.clone(), watched);
        if self.carriers.covers(&instrument) {
            self.with(&instrument, |sequence, _, _| sequence.check_history());
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Trades { trades } => self.trades(trades),
            Event::Newest { newest } => {
                for (instrument, id) in newest {
                    self.newest(&instrument, id);
                }
            }
            Event::Opened { connection } => self.say(FeedEvent::Connected { connection }),
            Event::Unreachable { reason } => self.say(FeedEvent::Unreachable { reason }),
            Event::Held { connection, instruments } => self.held(connection, &instruments),
            Event::Released { connection, instruments } => {
                for instrument in &instruments {
                    self.carriers.remove(instrument, connection);
                    self.uncovered(instrument);
                    self.tell_coverage(instrument);
                }
                self.ask_anew(&instruments);
            }
            Event::Refused { instrument, reason } => self.refused(&instrument, reason),
            Event::Ended { connection, ending } => self.ended(connection, ending),
        }
    }

    fn trades(&mut self, trades: Vec<(Instrument, Observation)>) {
        self.measure_lag(&trades);
        let now = self.shared.world.clock.uptime();
        for (instrument, observation) in trades {
            let Some(watched) = self.watched.get_mut(&instrument) else {
                self.shared.meters.unrouted.increment(1);
                continue;
            };
            watched.rhythm.heard(now);
            let bounds = self.shared.venue.bounds();
            if let Some(fetch) = watched.sequence.live(observation, bounds, &mut self.outbox) {
                let watch = watched.watch;
                self.fetch(&instrument, watch, fetch);
            }
        }
    }

    fn newest(&mut self, instrument: &Instrument, id: u64) {
        if let Some(watched) = self.watched.get_mut(instrument)
            && let Some(fetch) = watched.sequence.newest(id, &mut self.outbox)
        {
            let watch = watched.watch;
            self.fetch(instrument, watch, fetch);
        }
    }

    /// One sample per batch: the newest trade's age.
    fn measure_lag(&mut self, trades: &[(Instrument, Observation)]) {
        if let Some((_, newest)) = trades.last() {
            // A venue's clock may be ahead of ours.
            let lag_us = self.shared.world.clock.now().micros_since(newest.tick.time).max(0);
            #[expect(clippy::cast_precision_loss, reason = "a histogram in seconds")]
            self.shared.meters.lag.record(lag_us as f64 / 1e6);
            self.lags.record(self.shared.world.clock.uptime(), u64::try_from(lag_us).unwrap_or(0));
        }
    }

    fn held(&mut self, connection: ConnectionId, instruments: &[Instrument]) {
        for instrument in instruments {
            if self.carriers.add(instrument, connection) {
                self.with(instrument, |sequence, _, _| sequence.covered_anew());
            }
        }
    }

    fn refused(&mut self, instrument: &Instrument, reason: String) {
        if !self.watched.contains_key(instrument) {
            return;
        }
        tracing::warn!(%instrument, reason, "the venue refuses an instrument");
        self.cover(instrument, Coverage::Refused { reason });
    }

    fn ended(&mut self, connection: ConnectionId, ending: Ending) {
        let unexpected = ending != Ending::Dismissed;
        self.say(FeedEvent::Disconnected { connection, ending });
        let carried = self.carriers.end(connection);
        for instrument in carried.clone() {
            // What the connection still had under way is lost, even where another covers it too.
            if unexpected && self.carriers.covers(&instrument) {
                self.with(&instrument, |sequence, _, _| sequence.check_history());
            }
            self.uncovered(&instrument);
            self.tell_coverage(&instrument);
        }
        self.ask_anew(&carried);
    }

    /// Takes those off their line that are silent for longer than their own rhythm explains, though it is open. As
    /// soon as they are off, they are asked for anew, and what they traded meanwhile is fetched.
    fn resubscribe_the_silent(&mut self) {
        let (now, least) = (self.shared.world.clock.uptime(), self.shared.venue.bounds().silence);
        let silent = |(instrument, watched): (&Instrument, &mut Watched)| {
            watched.rhythm.falls_silent(now, least).then(|| instrument.clone())
        };
        let mut silent: Vec<Instrument> = self.watched.iter_mut().filter_map(silent).collect();
        silent.sort();
        for instrument in silent {
            tracing::warn!(%instrument, "silent for longer than usual; it is subscribed to anew");
            self.shared.meters.silent.increment(1);
            self.lines.remove(&instrument);
            self.resubscribing.insert(instrument);
        }
        self.lines.publish();
    }

    fn uncovered(&mut self, instrument: &Instrument) {
        if let Some(watched) = self.watched.get_mut(instrument) {
            watched.sequence.uncovered();
        }
    }

    /// Has those give up what they could not have of whom no trade comes.
    fn look_after_holes(&mut self) {
        let (now, patience) = (self.shared.world.clock.uptime(), self.shared.venue.bounds().patience);
        let mut given_up = Vec::new();
        for (instrument, watched) in &mut self.watched {
            let was_open = watched.sequence.is_catching_up();
            watched.sequence.look_after(now, patience, &mut self.outbox);
            if was_open && !watched.sequence.is_catching_up() {
                given_up.push(instrument.clone());
            }
        }
        given_up.sort();
        for instrument in given_up {
            self.tell_coverage(&instrument);
        }
    }

    /// Puts those on a line again that were taken off it for that.
    fn ask_anew(&mut self, released: &[Instrument]) {
        for instrument in released {
            if self.resubscribing.remove(instrument) && self.watched.contains_key(instrument) {
                self.lines.add(instrument);
            }
        }
        self.lines.publish();
    }

    fn refilled(&mut self, reply: Reply) {
        let Request { instrument, watch, fetch } = reply.request;
        match self.watched.get_mut(&instrument) {
            Some(watched) if watched.watch == watch => {
                watched.has_fetched |= reply.outcome.as_ref().is_ok_and(Fetched::has_any);
            }
            _ => return,
        }
        self.with(&instrument, |sequence, bounds, outbox| match reply.outcome {
            Ok(Fetched::Trades(page)) => sequence.page(fetch.from, page, bounds, outbox),
            Ok(Fetched::Candles(page)) => sequence.candles(fetch.from, page, bounds, outbox),
            Err(why) => sequence.no_page(fetch.from, why, bounds, outbox),
        });
    }

    /// Lets an instrument's sequence take something in, asks for the page it wants then, and tells
    /// what that means for its coverage.
    fn with(
        &mut self,
        instrument: &Instrument,
        step: impl FnOnce(&mut Sequence, &Bounds, &mut Outbox) -> Option<Fetch>,
    ) {
        let Some(watched) = self.watched.get_mut(instrument) else {
            return;
        };
        let bounds = self.shared.venue.bounds();
        let wish = step(&mut watched.sequence, bounds, &mut self.outbox);
        let watch = watched.watch;
        match wish {
            Some(fetch) => self.fetch(instrument, watch, fetch),
            None => self.tell_coverage(instrument),
        }
    }

    fn fetch(&mut self, instrument: &Instrument, watch: u64, fetch: Fetch) {
        self.tell_coverage(instrument);
        self.refills.ask(Request { instrument: instrument.clone(), watch, fetch });
    }

    fn tell_coverage(&mut self, instrument: &Instrument) {
        let Some(watched) = self.watched.get(instrument) else {
            return;
        };
        let covered = self.carriers.covers(instrument);
        let coverage = match (covered, &watched.coverage) {
            (false, refused @ Coverage::Refused { .. }) => refused.clone(),
            (false, _) => Coverage::Dark,
            (true, _) if watched.sequence.is_catching_up() => Coverage::CatchingUp,
            (true, _) => Coverage::Watched,
        };
        self.cover(instrument, coverage);
    }

    fn cover(&mut self, instrument: &Instrument, coverage: Coverage) {
        let Some(watched) = self.watched.get_mut(instrument) else {
            return;
        };
        if watched.coverage == coverage {
            return;
        }
        if (&watched.coverage, &coverage) == (&Coverage::CatchingUp, &Coverage::Watched) {
            let has_lost = std::mem::take(&mut watched.has_lost) || self.outbox.has_lost(instrument);
            let has_fetched = std::mem::take(&mut watched.has_fetched);
            self.gaps.lost += u64::from(has_lost);
            self.gaps.filled += u64::from(has_fetched && !has_lost);
        }
        let listens = coverage == Coverage::Watched;
        if listens || watched.coverage == Coverage::Watched {
            watched.rhythm.listen(listens.then(|| self.shared.world.clock.uptime()));
        }
        watched.coverage = coverage.clone();
        self.say(FeedEvent::Coverage { instrument: instrument.clone(), coverage });
    }

    /// Says how the feed fares, in figures.
    fn tell_vitals(&mut self) {
        let open = self.watched.values().filter(|watched| watched.coverage == Coverage::CatchingUp).count();
        self.gaps.open = open as u64;
        let lag = self.lags.lag(self.shared.world.clock.uptime());
        let vitals = Vitals { lag, gaps: self.gaps, budget: self.shared.venue.budget() };
        self.say(FeedEvent::Vitals(vitals));
    }

    fn say(&mut self, event: FeedEvent) {
        let (venue, now) = (self.shared.venue.name(), self.shared.world.clock.now());
        self.outbox.event(venue, now, event);
    }

    /// Hands on what has come together.
    ///
    /// # Errors
    /// Where the feed is to end.
    async fn flush(&mut self, cancel: &CancellationToken) -> Result<(), Over> {
        self.shared.meters.add(std::mem::take(&mut self.outbox.tally));
        if !self.outbox.doubts.is_empty() {
            let at = self.shared.world.clock.now();
            for (instrument, doubt) in self.outbox.doubts.drain(..) {
                let telling = self.reporter.tell(doubt.of(&instrument, at));
                cancel.run_until_cancelled(telling).await.ok_or(Over)?;
            }
        }
        for update in self.outbox.updates.drain(..) {
            if let Update::Interrupted { instrument, why } = &update {
                self.shared.meters.interrupted(*why);
                if let Some(watched) = self.watched.get_mut(instrument)
                    && watched.coverage == Coverage::CatchingUp
                {
                    watched.has_lost = *why != Interruption::FirstWatch;
                }
                match why {
                    Interruption::FirstWatch => tracing::debug!(%instrument, "watched from now on"),
                    Interruption::Disabled => tracing::info!(%instrument, "switched off"),
                    why => tracing::warn!(%instrument, why = why.name(), "trades are missing"),
                }
            }
            tokio::select! {
                biased;
                sent = self.out.send(update) => sent.map_err(|_| Over)?,
                () = cancel.cancelled() => return Err(Over),
            }
        }
        Ok(())
    }
}

/// The feed is to end.
struct Over;
