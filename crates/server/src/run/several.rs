//! A process of several: it does what its roles say.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bellwether_bus::{Bus, BusOptions};
use bellwether_notify::Sender;
use tokio_util::sync::CancellationToken;

use super::doors::Doors;
use super::{Shared, Stage, delivering, keeping_house, marketplace, markets, searching};
use crate::cluster::{self, Asking, Engines, Feeds};
use crate::config::{Config, Role};
use crate::evaluate::{Inquiries, Listeners, OnFeed};
use crate::http::{Api, Readiness};
use crate::journal::Journal;
use crate::meters;

/// How often it is looked whether the bus is there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Starts what the process's roles say; what is to be stopped, in order.
pub(super) async fn start(
    config: &Config,
    shared: &Shared,
    doors: Doors,
    sender: &Arc<Sender>,
) -> anyhow::Result<Vec<Stage>> {
    let bus = connect(config).await?;
    let does = |role| config.server.roles.contains(&role);
    let products = marketplace(shared, config)?;

    let mut bridging = Stage::new("bus");
    let (store, lists) = (shared.store.clone(), shared.generations.clone());
    bridging.tasks.push(tokio::spawn(cluster::bridge(bus.clone(), store, lists, bridging.cancel.clone())));
    let looking = look_after(bus.clone(), shared.readiness.clone(), bridging.cancel.clone());
    bridging.tasks.push(tokio::spawn(looking));

    let mut following = Stage::new("prices");
    let (mut journal, mut inquiries) = (Journal::of_nobody(), Inquiries::of_nobody());
    // Whoever marks what has expired looks whether its instruments' past is known to the end.
    if does(Role::Api) || does(Role::Schedule) {
        // Of feeds only those tell who are asked about them.
        let on_feed: OnFeed = if does(Role::Api) { shared.on_feed() } else { Arc::new(|_, _| {}) };
        let view = cluster::follow(
            &bus,
            &shared.store,
            &shared.clock,
            shared.positions.clone(),
            on_feed,
            following.cancel.clone(),
        );
        following.tasks.push(view.await.context("positions cannot be read")?);
    }
    if does(Role::Api) {
        let counting = meters::coverage(shared.positions.clone(), markets(config), following.cancel.clone());
        following.tasks.push(tokio::spawn(counting));
        let looking = meters::follower(shared.store.clone(), following.cancel.clone());
        following.tasks.push(tokio::spawn(looking));
        let (log, positions) = (bus.tick_log(), shared.positions.clone());
        let (entrance, keeper) =
            cluster::journal(log, positions, config.bus.partitions, following.cancel.clone());
        following.tasks.push(keeper);
        let asking = Asking { bus: bus.clone(), partitions: config.bus.partitions };
        (journal, inquiries) = (entrance, Inquiries::elsewhere(Arc::new(asking)));
    }

    let mut feeding = Stage::new("feeds");
    if does(Role::Feed) {
        let feeds = Feeds {
            store: shared.store.clone(),
            clock: shared.clock.clone(),
            bus: bus.clone(),
            config: config.clone(),
            venues: markets(config),
        };
        let work = cluster::work(feeds, shared.store.clone(), feeding.cancel.clone());
        feeding.tasks.push(tokio::spawn(work));
    }

    let mut evaluating = Stage::new("engines");
    if does(Role::Engine) {
        let (on_commit, traces) = (shared.on_commit(), shared.traces.clone());
        let engines = Engines {
            store: shared.store.clone(),
            clock: shared.clock.clone(),
            bus: bus.clone(),
            partitions: config.bus.partitions,
            keep: Duration::from_secs(config.bus.keep.seconds()),
            listeners: Box::new(move || Listeners {
                on_commit: Arc::clone(&on_commit),
                // Those who are asked about feeds read it from the log themselves.
                on_feed: Arc::new(|_, _| {}),
                traces: traces.clone(),
            }),
        };
        let work = cluster::work(engines, shared.store.clone(), evaluating.cancel.clone());
        evaluating.tasks.push(tokio::spawn(work));
    }

    let mut scheduling = Stage::new("schedule");
    if does(Role::Schedule) {
        scheduling = searching(products.as_ref());
        scheduling.tasks.extend(keeping_house(shared, config, &scheduling.cancel));
    }
    let delivering =
        if does(Role::Deliver) { delivering(shared, config, sender) } else { Stage::new("delivery") };

    let parts = shared.api_parts(config, inquiries, journal, products);
    let serving = doors.serve(Api::new(parts, config), does(Role::Api));
    Ok(vec![serving, feeding, scheduling, following, evaluating, delivering, bridging])
}

async fn connect(config: &Config) -> anyhow::Result<Bus> {
    let options = BusOptions {
        url: config.bus.url.reveal().to_owned(),
        name: config.bus.name.clone(),
        keep: Duration::from_secs(config.bus.keep.seconds()),
        replicas: usize::try_from(config.bus.replicas).ok().filter(|replicas| *replicas > 0),
    };
    Bus::connect(options).await.context("the bus (bus.url) cannot be used")
}

/// Says whether the bus is there, until cancelled.
async fn look_after(bus: Bus, readiness: Readiness, cancel: CancellationToken) {
    loop {
        if bus.is_connected() {
            readiness.ready("bus");
        } else {
            readiness.not_ready("bus", "no server of the bus answers; it is tried again");
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
