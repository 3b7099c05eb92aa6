//! Tells the page that something has come, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::Site;

/// The page need not hear of every mail of a load test.
const PAUSE: Duration = Duration::from_millis(150);

/// The total, now and whenever it has changed.
pub(super) async fn stream_events(
    State(site): State<Site>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut total = site.mailbox.watch();
    total.mark_changed();
    let events = unfold((total, site.cancelled), |(mut total, cancelled)| async move {
        cancelled.run_until_cancelled(total.changed()).await?.ok()?;
        cancelled.run_until_cancelled(tokio::time::sleep(PAUSE)).await?;
        let event = Event::default().data(total.borrow_and_update().to_string());
        Some((Ok(event), (total, cancelled)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
