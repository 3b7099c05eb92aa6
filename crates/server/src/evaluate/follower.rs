//! Follows the alerts' change log and hands what it says to the evaluator, in order.

use std::time::Duration;

use bellwether_model::AlertId;
use bellwether_store::Store;
use bellwether_store::evaluation::{Change, Cursor, Watched};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How often the log is read where no wake-up came; wake-ups are hints, this is the promise.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// Changes that are read at a time.
const CHANGES_MAX: u32 = 2_000;
/// Messages on their way to the evaluator; when it is busy, reading the log waits.
const NEWS_MAX: usize = 64;
/// Rows to be read again; the evaluator keeps what is beyond and asks later, since waiting here while the
/// follower waits for it would be for ever.
const REREADS_MAX: usize = 4_096;

/// What the follower tells the evaluator.
pub(super) enum News {
    /// Alerts that changed, in the order of the log.
    Changes(Vec<Change>),
    /// An alert's row, read again because it was asked for; `None` where there is none.
    Reread(AlertId, Option<Box<Watched>>),
}

/// The evaluator's end of the follower.
pub(super) struct Follower {
    pub(super) news: mpsc::Receiver<News>,
    rereads: mpsc::Sender<AlertId>,
}

impl Follower {
    /// Follows the log from a place on, in a task of its own that ends when cancelled.
    pub(super) fn start(store: Store, from: Cursor, cancel: CancellationToken) -> Self {
        let (sender, news) = mpsc::channel(NEWS_MAX);
        let (rereads, requests) = mpsc::channel(REREADS_MAX);
        tokio::spawn(follow(store, from, sender, requests, cancel));
        Self { news, rereads }
    }

    /// Asks for an alert's row; false where too many are asked for already, and it must be asked again.
    pub(super) fn reread(&self, id: AlertId) -> bool {
        self.rereads.try_send(id).is_ok()
    }
}

async fn follow(
    store: Store,
    mut cursor: Cursor,
    news: mpsc::Sender<News>,
    mut requests: mpsc::Receiver<AlertId>,
    cancel: CancellationToken,
) {
    let mut changed = store.alerts_changed();
    loop {
        // Registered for the wake-up above, so what is committed after this look is not slept through.
        let Ok(is_more) = tell_changes(&store, &mut cursor, &news).await else { return };
        // Between two pages of the log: while a row waits to be read again no checkpoint is made, so no flood of changes
        // may keep it waiting.
        while let Ok(id) = requests.try_recv() {
            if tell_row(&store, id, &news).await.is_err() {
                return;
            }
        }
        if is_more && !cancel.is_cancelled() {
            continue;
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            Some(id) = requests.recv() => {
                if tell_row(&store, id, &news).await.is_err() {
                    return;
                }
            }
            _ = changed.changed() => {}
            () = tokio::time::sleep(POLL_EVERY) => {}
        }
    }
}

/// The evaluator has ended.
struct Gone;

/// Tells what comes next in the log; whether there may be more.
async fn tell_changes(store: &Store, cursor: &mut Cursor, news: &mpsc::Sender<News>) -> Result<bool, Gone> {
    match store.changes(*cursor, CHANGES_MAX).await {
        Ok(changes) => {
            let Some(last) = changes.last() else { return Ok(false) };
            *cursor = last.cursor;
            news.send(News::Changes(changes)).await.map_err(|_| Gone)?;
            Ok(true)
        }
        Err(error) => {
            tracing::error!(%error, "the change log could not be read; it is tried again");
            Ok(false)
        }
    }
}

async fn tell_row(store: &Store, id: AlertId, news: &mpsc::Sender<News>) -> Result<(), Gone> {
    loop {
        match store.watched_alert(id).await {
            Ok(row) => return news.send(News::Reread(id, row.map(Box::new))).await.map_err(|_| Gone),
            Err(error) => {
                tracing::error!(%error, "an alert could not be read; it is tried again");
                tokio::time::sleep(POLL_EVERY).await;
            }
        }
    }
}
