//! The way in for ticks that nobody can repeat, where there are several processes: they are durable once the tick
//! log has them.

use std::collections::HashMap;

use bellwether_bus::TickLog;
use bellwether_feeds::Update;
use bellwether_model::{Instrument, Position, Tick};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::publishing::batches;
use crate::evaluate::Positions;
use crate::journal::{self, Call, Entered, Entry, Head, Journal, Reply};

/// A journal that writes to the tick log. What is newer than what is judged by the positions, which follow the log;
/// where two processes take in ticks of one instrument at the same moment, engines have the last word.
pub(crate) fn journal(
    log: TickLog,
    positions: Positions,
    partitions: u16,
    cancel: CancellationToken,
) -> (Journal, JoinHandle<()>) {
    let (journal, mut inbox) = Journal::with_inbox();
    let task = tokio::spawn(async move {
        let mut heads = HashMap::new();
        while let Some(Some(calls)) = cancel.run_until_cancelled(inbox.next()).await {
            let mut updates = Vec::new();
            let mut replies = Vec::with_capacity(calls.len());
            for call in calls {
                replies.push(judge_call(call, &positions, &mut heads, &mut updates));
            }
            for batches in batches(updates, partitions) {
                log.append(batches).await;
            }
            for (reply, entered) in replies {
                let _ = reply.send(Ok(entered));
            }
        }
    });
    (journal, task)
}

/// A journal of one feed: what comes in goes on with all else that the feed says, in its order. A polled venue keeps
/// its own order, so nothing has to be looked up to judge it.
pub(super) fn journal_of_feed(
    feed: mpsc::Sender<Update>,
    cancel: CancellationToken,
) -> (Journal, JoinHandle<()>) {
    let (journal, mut inbox) = Journal::with_inbox();
    let task = tokio::spawn(async move {
        let (positions, mut heads) = (Positions::default(), HashMap::new());
        while let Some(Some(calls)) = cancel.run_until_cancelled(inbox.next()).await {
            for call in calls {
                let mut updates = Vec::new();
                let (reply, entered) = judge_call(call, &positions, &mut heads, &mut updates);
                for update in updates {
                    // Where the feed has ended, whoever has it next asks anew.
                    let _ = feed.send(update).await;
                }
                let _ = reply.send(Ok(entered));
            }
        }
    });
    (journal, task)
}

/// Judges what one caller brings: where to answer, and what became of each.
fn judge_call(
    call: Call,
    positions: &Positions,
    heads: &mut HashMap<Instrument, Head>,
    updates: &mut Vec<Update>,
) -> (Reply, Vec<Entered>) {
    let (entries, reply) = call.open();
    let entered = entries.into_iter().map(|entry| judge(entry, positions, heads, updates)).collect();
    (reply, entered)
}

/// The rules of the engine, by what is known here of the instrument.
fn judge(
    entry: Entry,
    positions: &Positions,
    heads: &mut HashMap<Instrument, Head>,
    updates: &mut Vec<Update>,
) -> Entered {
    let Entry { instrument, price, time, id } = entry;
    let seen = positions
        .get(&instrument)
        .map(|market| Head { id: market.numbered.then_some(market.position.0), time: market.time });
    let own = heads.get(&instrument).copied();
    let verdicts = [seen, own].map(|head| journal::judge(head, id, time));
    if let Some(verdict) = verdicts.into_iter().find(|verdict| *verdict != Entered::Kept) {
        return verdict;
    }
    let tick = match id {
        Some(id) => Tick::numbered(price, time, id),
        // Its place in the log is its position.
        None => Tick::unnumbered(price, time, Position(0)),
    };
    heads.insert(instrument.clone(), Head { id, time });
    journal::push(updates, instrument, journal::observation(tick));
    Entered::Kept
}
