//! What became of the alerts, as the store had it right after each change: how each was armed, and how many fires it
//! had when that ended.

use std::collections::BTreeMap;

use bellwether_model::{AlertId, AlertSpec, AlertState, Instrument, Position, Status, UserId};
use bellwether_store::Store;
use bellwether_store::evaluation::Watched;

/// One arming of an alert.
#[derive(Debug, Clone)]
pub(crate) struct Arming {
    /// What it waits for since then.
    pub(crate) spec: AlertSpec,
    /// Its state then.
    pub(crate) state: AlertState,
    /// How it ended; nothing while it lasts.
    pub(crate) ended: Option<Ended>,
}

/// How an arming ended: by a change of its owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Fires in the alert's whole life up to then.
    pub(crate) fires: u64,
    /// Up to where everything of its instrument was evaluated and stored.
    pub(crate) stored: Option<Position>,
}

/// An alert's life.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) user: UserId,
    pub(crate) status: Status,
    pub(crate) armings: Vec<Arming>,
    /// The number of the last one.
    arming: u64,
}

/// Every alert's life.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) records: BTreeMap<AlertId, Record>,
}

impl Ledger {
    /// Takes note of how the alerts stand now. To be called after every change, before anything else is stored.
    pub(crate) async fn look(&mut self, store: &Store) {
        let active = store.watched(None, 10_000).await.unwrap();
        let ends: BTreeMap<_, _> =
            store.positions().await.unwrap().into_iter().map(|one| (one.instrument, one.position)).collect();
        let known: Vec<_> = self.records.keys().copied().collect();
        for id in known {
            if !active.iter().any(|row| row.id == id) {
                let row = store.watched_alert(id).await.unwrap().unwrap();
                self.take_in(row, &ends);
            }
        }
        for row in active {
            self.take_in(row, &ends);
        }
    }

    /// Alerts of somebody that are not deleted.
    pub(crate) fn of(&self, user: UserId) -> Vec<AlertId> {
        let is_theirs = |record: &Record| {
            record.user == user && record.status != Status::Deleted && record.armings[0].spec.name != "anchor"
        };
        self.records.iter().filter(|(_, record)| is_theirs(record)).map(|(id, _)| *id).collect()
    }

    fn take_in(&mut self, row: Watched, stored: &BTreeMap<Instrument, Position>) {
        let record = self.records.entry(row.id).or_insert_with(|| Record {
            user: row.user,
            status: row.status,
            armings: Vec::new(),
            arming: 0,
        });
        let fires = row.state.fires;
        let stored = stored.get(&row.spec.instrument).copied();
        let is_new = row.arming != record.arming;
        let is_out_of_force = matches!(row.status, Status::Paused | Status::Deleted);
        if let Some(last) = record.armings.last_mut().filter(|_| is_new || is_out_of_force) {
            last.ended.get_or_insert(Ended { fires, stored });
        }
        if is_new {
            let ended = is_out_of_force.then_some(Ended { fires, stored });
            record.armings.push(Arming { spec: row.spec, state: row.state, ended });
        }
        (record.status, record.arming) = (row.status, row.arming);
    }
}
