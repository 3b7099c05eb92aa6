//! One life of the service's process: feed, evaluator and deliverers, as [`bellwether_server::run`] wires them, on a
//! runtime of its own whose time stands still until told. To drop it is to kill the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::{BackOff, Bounds, Guarding, Jitter, Update, World, spawn};
use bellwether_model::{Origin, Position};
use bellwether_server::clock::Clock;
use bellwether_server::deliver::{self, Addresses, Chance, Charts, Pacing, Sending};
use bellwether_server::evaluate::{self, Listeners, Part, Positions};
use bellwether_server::links::LinkSigner;
use bellwether_server::traces::Traces;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::line::{Line, REST_URL, WS_URL};
use crate::surroundings::Surroundings;
use crate::time::ServiceClock;

/// Updates of the feed that may wait; few, so that back-pressure is felt.
const UPDATES_MAX: usize = 8;
/// How often everything that can go on does, before it counts as standing still.
const ROUNDS: usize = 40;

/// How the feed handed each trade on, by symbol and number: live, fetched afterwards, or either in different lives.
pub(crate) type Origins = Arc<Mutex<BTreeMap<(String, u64), BTreeSet<bool>>>>;

/// The process.
pub(crate) struct Process {
    runtime: Runtime,
    parts: Arc<Parts>,
}

/// What can be seen of it from outside.
pub(crate) struct Parts {
    pub(crate) positions: Positions,
    pub(crate) clock: Clock,
    /// Updates that may go from the feed to the evaluator.
    pub(crate) may_pass: Semaphore,
    is_up: AtomicBool,
    has_ended: AtomicBool,
    feeding: CancellationToken,
    evaluating: CancellationToken,
    delivering: CancellationToken,
}

impl Process {
    /// Starts one, with so many sets of deliverers.
    pub(crate) fn start(around: &Arc<Surroundings>, seed: u64, deliverers: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let parts = Arc::new(Parts {
            positions: Positions::default(),
            clock: Arc::new(ServiceClock::start(&around.time)),
            may_pass: Semaphore::new(0),
            is_up: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            feeding: CancellationToken::new(),
            evaluating: CancellationToken::new(),
            delivering: CancellationToken::new(),
        });
        runtime.spawn(serve(Arc::clone(around), Arc::clone(&parts), seed, deliverers));
        Self { runtime, parts }
    }

    /// Lets everything go on until it waits for something outside.
    pub(crate) fn go_on(&self) {
        self.runtime.block_on(rounds(ROUNDS));
    }

    /// Lets time pass for it.
    pub(crate) fn pass(&self, duration: Duration) {
        self.runtime.block_on(tokio::time::advance(duration));
    }

    /// Has it do something more.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Whether it serves.
    pub(crate) fn is_up(&self) -> bool {
        self.parts.is_up.load(Ordering::SeqCst)
    }

    /// Whether it has ended by itself: because it could not start, or because it was told to.
    pub(crate) fn has_ended(&self) -> bool {
        self.parts.has_ended.load(Ordering::SeqCst)
    }

    /// Tells it to end in order.
    pub(crate) fn tell_to_end(&self) {
        self.parts.feeding.cancel();
    }

    pub(crate) fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }
}

/// Lets every task that can go on do so, this many times.
pub(crate) async fn rounds(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn serve(around: Arc<Surroundings>, parts: Arc<Parts>, seed: u64, deliverers: usize) {
    let listeners =
        Listeners { on_commit: Arc::new(|_| {}), on_feed: Arc::new(|_, _| {}), traces: Traces::default() };
    let started = evaluate::start(
        around.store.clone(),
        Arc::clone(&parts.clock),
        parts.positions.clone(),
        listeners,
        Part::default(),
        parts.evaluating.clone(),
    );
    // A process that cannot load its alerts ends, and is started again.
    let Ok(mut evaluation) = started.await else {
        parts.has_ended.store(true, Ordering::SeqCst);
        return;
    };
    let (out, handed_on) = mpsc::channel(UPDATES_MAX);
    let world = World {
        clock: Arc::clone(&parts.clock),
        jitter: Arc::new(Jitter::seeded(seed)),
        dialer: Arc::new(Line(Arc::clone(&around.exchange))),
        http: Arc::new(Line(Arc::clone(&around.exchange))),
    };
    let binance = Arc::new(Binance::new(venue(), &world));
    let wanted = evaluation.wanted.clone();
    let feed = spawn(binance, world, Guarding::default(), wanted, out, parts.feeding.clone());
    let pipe = tokio::spawn(pipe(
        Arc::clone(&parts),
        Arc::clone(&around.origins),
        handed_on,
        evaluation.updates.clone(),
    ));
    let sendings = (0..deliverers).map(|number| sending(&around, &parts, seed + number as u64));
    let workers: Vec<_> = sendings.flat_map(|sending| deliver::start(&sending, &parts.delivering)).collect();
    parts.is_up.store(true, Ordering::SeqCst);

    // As the service stops: those who bring work first, those who finish it last.
    parts.feeding.cancelled().await;
    end([feed, pipe]).await;
    parts.evaluating.cancel();
    end(evaluation.task.take()).await;
    parts.delivering.cancel();
    end(workers).await;
    parts.has_ended.store(true, Ordering::SeqCst);
}

async fn end(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        task.await.unwrap();
    }
}

/// Hands the feed's updates to the evaluator, one for each that may pass, and notes which trades were live.
async fn pipe(
    parts: Arc<Parts>,
    origins: Origins,
    mut from: mpsc::Receiver<Update>,
    to: mpsc::Sender<Update>,
) {
    while let Some(update) = from.recv().await {
        let Ok(permit) = parts.may_pass.acquire().await else { return };
        permit.forget();
        if let Update::Ticks { instrument, observations } = &update {
            let mut origins = origins.lock().unwrap_or_else(PoisonError::into_inner);
            for one in observations {
                let Position(id) = one.tick.position;
                let is_live = one.origin == Origin::Live;
                origins.entry((instrument.symbol().to_owned(), id)).or_default().insert(is_live);
            }
        }
        if to.send(update).await.is_err() {
            return;
        }
    }
}

fn venue() -> BinanceConfig {
    let bounds = Bounds {
        // It always has every trade in the end, so nothing is ever given up.
        patience: Duration::from_secs(86_400),
        short_pages: 1_000,
        waiting_trades: 20,
        back_off: BackOff { base: Duration::from_millis(100), cap: Duration::from_secs(2) },
        ..Bounds::default()
    };
    let (ws_url, rest_url) = (WS_URL.to_owned(), REST_URL.to_owned());
    BinanceConfig { ws_url, rest_url, bounds, ..BinanceConfig::default() }
}

fn sending(around: &Surroundings, parts: &Parts, seed: u64) -> Sending {
    Sending {
        store: around.store.clone(),
        clock: Arc::clone(&parts.clock),
        sender: around.post.clone(),
        chance: Chance::seeded(seed),
        sealer: around.sealer.clone(),
        addresses: Addresses {
            public_url: "https://alerts.example.org".to_owned(),
            links: LinkSigner::new(&around.signing_key),
        },
        charts: Charts::default(),
        pacing: Pacing::new(around.config.pace.clone()),
        at_once: 8,
        on_delivered: Arc::new(|_| {}),
        traces: Traces::default(),
    }
}
