//! The one loop of every polled venue's feed.
//!
//! The loop owns all state about instruments and questions; requests run beside it and report to it. Each
//! answer is a tick for every instrument that is due, also where its price is the old one: a condition that
//! must hold *for* a while is judged by ticks. The time of a tick is ours, when the answer came.
//!
//! Nobody can repeat a poll that was missed. After a pause that is longer than a few intervals the feed says
//! so ([`Interruption`]) before it goes on. A question that fails again and again is left alone for a while
//! ([`Breaker`]), and harms no other. A price that is too far off waits for its confirmation
//! ([`crate::guard`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Instrument, Observation, Origin, Position, Tick, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use self::breaker::Breaker;
use self::meters::Meters;
use self::watched::Watched;
use crate::guard::Guard;
use crate::quarantine::{Doubt, Factor, Reporter};
use crate::{
    Coverage, Ending, FeedEvent, Guarding, Interruption, PageError, Polled, Quote, Start, Update, Vitals,
    Wanted, World,
};

mod breaker;
mod meters;
mod watched;

/// Runs a polled venue's feed until `cancel`, or until nobody listens to `out` any more.
///
/// Its ticks have no place in a sequence yet (position 0): whoever keeps them gives them one. `out` is
/// bounded by its maker; when it is full the feed waits.
pub fn spawn_polls<V: Polled>(
    venue: Arc<V>,
    world: World,
    guarding: Guarding,
    wanted: watch::Receiver<Wanted>,
    out: mpsc::Sender<Update>,
    cancel: CancellationToken,
) -> JoinHandle<()> {
    let poll = Poll {
        meters: Meters::of(venue.name()),
        factor: guarding.factor,
        reporter: Reporter::new(venue.name().name(), guarding.told),
        doubts: Vec::new(),
        venue,
        world,
        watched: BTreeMap::new(),
        disabled: BTreeSet::new(),
        questions: BTreeMap::new(),
        asked: JoinSet::new(),
        reach: Reach::Unknown,
        connections: 0,
        updates: Vec::new(),
        out,
    };
    tokio::spawn(poll.run(wanted, cancel))
}

/// How often is said how it fares, in figures.
const VITALS_EVERY: Duration = Duration::from_secs(5);

/// What a request brought.
type Answer = (String, Result<Vec<Quote>, PageError>);

struct Poll<V> {
    venue: Arc<V>,
    world: World,
    meters: Meters,
    /// How far off a price must be to be doubted.
    factor: Option<Factor>,
    reporter: Reporter,
    /// What is to be told of prices that are too far off, in its order.
    doubts: Vec<(Instrument, Doubt)>,
    watched: BTreeMap<Instrument, Watched>,
    /// Those that are wanted and switched off.
    disabled: BTreeSet<Instrument>,
    questions: BTreeMap<String, Asking>,
    asked: JoinSet<Answer>,
    reach: Reach,
    /// How often the venue came into reach.
    connections: u64,
    updates: Vec<Update>,
    out: mpsc::Sender<Update>,
}

/// A question that is asked again and again.
struct Asking {
    instruments: Vec<Instrument>,
    breaker: Breaker,
    /// The request whose answer is on the way.
    asked: Option<AbortHandle>,
}

/// Whether the venue answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Unknown,
    Answers,
    Silent,
}

impl<V: Polled> Poll<V> {
    async fn run(mut self, mut wanted: watch::Receiver<Wanted>, cancel: CancellationToken) {
        wanted.mark_changed();
        let mut may_change = true;
        let clock = Arc::clone(&self.world.clock);
        let mut vitals_due = clock.sleep(VITALS_EVERY);
        loop {
            let pause = self.pause();
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                () = self.out.closed() => break,
                changed = wanted.changed(), if may_change => match changed {
                    Ok(()) => {
                        let now_wanted = wanted.borrow_and_update().clone();
                        self.follow(now_wanted);
                    }
                    // Whoever chose is gone; the last choice stands.
                    Err(_) => may_change = false,
                },
                Some(answer) = self.asked.join_next() => match answer {
                    Ok((question, answer)) => self.hear(&question, answer),
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => {}
                },
                () = self.world.clock.sleep(pause) => {}
                () = &mut vitals_due => {
                    let budget = self.venue.budget();
                    self.say(FeedEvent::Vitals(Vitals { budget, ..Vitals::default() }));
                    vitals_due = clock.sleep(VITALS_EVERY);
                }
            }
            self.darken();
            self.ask();
            if self.flush(&cancel).await.is_err() {
                break;
            }
        }
        self.asked.shutdown().await;
    }

    /// Watches what has become wanted, and no more what no longer is.
    fn follow(&mut self, wanted: Wanted) {
        let (wanted, disabled) = wanted.of(self.venue.name());
        let doubts = &mut self.doubts;
        self.watched.retain(|instrument, watched| {
            let stays = wanted.contains_key(instrument);
            if !stays {
                doubts.extend(watched.guard.give_up().map(|doubt| (instrument.clone(), doubt)));
            }
            stays
        });
        let now = self.world.clock.uptime();
        for (instrument, (start, known)) in wanted {
            let interval = self.venue.interval(instrument.symbol());
            let why = match start {
                // How long nobody asked is not known: what happened meanwhile is.
                Start::After(_) => Interruption::HistoryGone,
                Start::Since(_) | Start::Now => Interruption::FirstWatch,
            };
            let new = || {
                Watched::new(now, interval, why, Guard::after(known.map(|known| known.price), self.factor))
            };
            self.watched.entry(instrument).or_insert_with(new);
        }
        for instrument in disabled.difference(&self.disabled).cloned().collect::<Vec<_>>() {
            let why = Interruption::Disabled;
            self.meters.interrupted(why);
            self.updates.push(Update::Interrupted { instrument: instrument.clone(), why });
            self.say(FeedEvent::Coverage { instrument, coverage: Coverage::Disabled });
        }
        self.disabled = disabled;
        self.regroup();
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some thousands")]
        self.meters.instruments.set(self.watched.len() as f64);
    }

    /// Shares the instruments out among as few questions as will do. A question that stays keeps its record.
    fn regroup(&mut self) {
        let symbols: Vec<&str> = self.watched.keys().map(Instrument::symbol).collect();
        let mut before = std::mem::take(&mut self.questions);
        for question in self.venue.questions(&symbols) {
            let instruments: Vec<_> = question
                .symbols
                .iter()
                .filter_map(|symbol| Instrument::new(self.venue.name(), symbol).ok())
                .collect();
            let asking = match before.remove(&question.text) {
                Some(known) => Asking { instruments, ..known },
                None => Asking { instruments, breaker: Breaker::default(), asked: None },
            };
            self.questions.insert(question.text, asking);
        }
        // What waits for its turn to be asked would use up the allowance for an answer that nobody hears.
        before.into_values().filter_map(|gone| gone.asked).for_each(|asked| asked.abort());
        let reachable: BTreeSet<_> =
            self.questions.values().flat_map(|asking| &asking.instruments).cloned().collect();
        let lost: Vec<_> = self.watched.keys().filter(|one| !reachable.contains(*one)).cloned().collect();
        for instrument in lost {
            let reason = format!("is not {}", self.venue.form());
            self.cover(&instrument, Coverage::Refused { reason });
        }
    }

    /// How long until there is something to do.
    fn pause(&self) -> Duration {
        let now = self.world.clock.uptime();
        let asks = self
            .questions
            .values()
            .filter(|asking| asking.asked.is_none())
            .filter_map(|asking| self.due(asking));
        let dark = self.watched.values().filter_map(|watched| watched.dark_at(self.venue.rules().patience));
        asks.chain(dark).min().map_or(Duration::from_secs(3_600), |due| due.saturating_sub(now))
    }

    fn due(&self, asking: &Asking) -> Option<Duration> {
        let due = asking.instruments.iter().filter_map(|one| Some(self.watched.get(one)?.due)).min()?;
        Some(due.max(asking.breaker.not_before))
    }

    /// Asks whatever is due.
    fn ask(&mut self) {
        let now = self.world.clock.uptime();
        let due: Vec<String> = self
            .questions
            .iter()
            .filter(|(_, asking)| asking.asked.is_none() && self.due(asking).is_some_and(|due| due <= now))
            .map(|(question, _)| question.clone())
            .collect();
        for question in due {
            let Some(asking) = self.questions.get_mut(&question) else { continue };
            let venue = Arc::clone(&self.venue);
            asking.asked = Some(self.asked.spawn(async move {
                let answer = venue.ask(&question).await;
                (question, answer)
            }));
        }
    }

    fn hear(&mut self, question: &str, answer: Result<Vec<Quote>, PageError>) {
        // One that nobody asks any more: its instruments are asked for otherwise, or not wanted.
        let Some(asking) = self.questions.get_mut(question) else { return };
        asking.asked = None;
        match answer {
            Ok(quotes) => {
                self.meters.answers.increment(1);
                let was_open = asking.breaker.closes();
                let instruments = asking.instruments.clone();
                if was_open {
                    self.say(FeedEvent::Breaker { question: question.to_owned(), open: None });
                }
                self.in_reach();
                self.take(&instruments, quotes);
            }
            Err(error) => {
                self.meters.failures.increment(1);
                self.fail(question, &error);
            }
        }
        self.count_open();
    }

    fn take(&mut self, instruments: &[Instrument], quotes: Vec<Quote>) {
        let now = self.world.clock.now();
        let uptime = self.world.clock.uptime();
        let by_symbol: BTreeMap<&str, &Quote> =
            quotes.iter().map(|quote| (quote.symbol.as_str(), quote)).collect();
        for instrument in instruments {
            let Some(watched) = self.watched.get_mut(instrument) else { continue };
            if !watched.is_due(uptime) {
                continue;
            }
            let Some(quote) = by_symbol.get(instrument.symbol()) else {
                watched.unanswered(uptime);
                let reason = "the venue has no such pair, or no price of it at present".to_owned();
                self.cover(instrument, Coverage::Refused { reason });
                continue;
            };
            if let Some(why) = watched.answered(uptime) {
                tracing::debug!(%instrument, why = why.name(), "prices were missed");
                self.meters.interrupted(why);
                // What waits belongs before the hole, and nothing after it says whether it was real.
                self.doubts.extend(watched.guard.give_up().map(|doubt| (instrument.clone(), doubt)));
                self.updates.push(Update::Interrupted { instrument: instrument.clone(), why });
            }
            let passed = watched.guard.pass(observation(quote, now));
            self.cover(instrument, Coverage::Watched);
            self.doubts.extend(passed.doubts.into_iter().map(|doubt| (instrument.clone(), doubt)));
            self.meters.ticks.increment(passed.on.len() as u64);
            if !passed.on.is_empty() {
                let (instrument, observations) = (instrument.clone(), passed.on);
                self.updates.push(Update::Ticks { instrument, observations });
            }
        }
    }

    fn fail(&mut self, question: &str, error: &PageError) {
        let (rules, uptime) = (*self.venue.rules(), self.world.clock.uptime());
        let Some(asking) = self.questions.get_mut(question) else { return };
        let opens = asking.breaker.fails(&rules, uptime, &self.world.jitter);
        let failures = asking.breaker.failures;
        tracing::debug!(venue = %self.venue.name(), question, failures, %error, "a poll failed");
        if let PageError::Refused(reason) = error {
            for instrument in asking.instruments.clone() {
                self.cover(&instrument, Coverage::Refused { reason: reason.clone() });
            }
        }
        if opens {
            tracing::warn!(venue = %self.venue.name(), question, %error, rest = ?rules.rest, "left alone for a while");
            let open = Some(error.to_string());
            self.say(FeedEvent::Breaker { question: question.to_owned(), open });
        }
        let all_fail = self.questions.values().all(|asking| asking.breaker.failures > 0);
        if all_fail && self.reach != Reach::Silent {
            if self.reach == Reach::Answers {
                let connection = self.connections;
                self.say(FeedEvent::Disconnected { connection, ending: Ending::Unanswered });
            }
            self.reach = Reach::Silent;
            self.say(FeedEvent::Unreachable { reason: error.to_string() });
        }
    }

    fn in_reach(&mut self) {
        if self.reach != Reach::Answers {
            self.reach = Reach::Answers;
            self.connections += 1;
            self.say(FeedEvent::Connected { connection: self.connections });
        }
    }

    /// Says of whom nothing was heard for too long.
    fn darken(&mut self) {
        let (now, patience) = (self.world.clock.uptime(), self.venue.rules().patience);
        let is_late = |watched: &Watched| watched.dark_at(patience).is_some_and(|at| at <= now);
        let late: Vec<_> =
            self.watched.iter().filter(|(_, watched)| is_late(watched)).map(|(one, _)| one.clone()).collect();
        for instrument in late {
            if let Some(watched) = self.watched.get_mut(&instrument) {
                watched.lose_sight();
            }
            self.cover(&instrument, Coverage::Dark);
        }
    }

    fn cover(&mut self, instrument: &Instrument, coverage: Coverage) {
        let Some(watched) = self.watched.get_mut(instrument) else { return };
        if watched.coverage != coverage {
            watched.coverage = coverage.clone();
            self.say(FeedEvent::Coverage { instrument: instrument.clone(), coverage });
        }
    }

    fn say(&mut self, event: FeedEvent) {
        let at = self.world.clock.now();
        self.updates.push(Update::Feed { venue: self.venue.name(), at, event });
    }

    fn count_open(&self) {
        let open = self.questions.values().filter(|asking| asking.breaker.is_open).count();
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some dozens")]
        self.meters.open.set(open as f64);
    }

    /// Hands on what has come together.
    ///
    /// # Errors
    /// Where the feed is to end.
    async fn flush(&mut self, cancel: &CancellationToken) -> Result<(), Over> {
        let at = self.world.clock.now();
        for (instrument, doubt) in self.doubts.drain(..) {
            let telling = self.reporter.tell(doubt.of(&instrument, at));
            cancel.run_until_cancelled(telling).await.ok_or(Over)?;
        }
        for update in self.updates.drain(..) {
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

fn observation(quote: &Quote, time: Timestamp) -> Observation {
    let tick = Tick::unnumbered(quote.price, time, Position(0));
    Observation { tick, trades: None, origin: Origin::Live }
}
