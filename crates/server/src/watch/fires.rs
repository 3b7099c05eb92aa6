//! Fires as lines on the terminal.

use bellwether_feeds::Coverage;
use bellwether_model::{Evidence, FireId, Measure, UserId, figures};
use bellwether_store::Store;
use bellwether_store::fire::{Cause, Fire, FireFilter};
use bellwether_store::page::Stretch;
use serde_json::json;

/// Fires read at a time.
const PAGE: u32 = 100;

/// Those that were not printed yet.
pub(super) struct Fires {
    newest: Option<FireId>,
    user: UserId,
    as_json: bool,
}

impl Fires {
    /// Those after one of them.
    pub(super) fn after(newest: Option<FireId>, user: UserId, as_json: bool) -> Self {
        Self { newest, user, as_json }
    }

    /// A line for each fire since the last time, the oldest first.
    pub(super) async fn new_lines(&mut self, store: &Store) -> anyhow::Result<Vec<String>> {
        let mut fires = Vec::new();
        let mut after = None;
        loop {
            let stretch = Stretch { after, limit: PAGE };
            let read = store.list_fires(self.user, &FireFilter::default(), stretch).await?;
            let count = read.items.len();
            fires.extend(read.items.into_iter().take_while(|fire| Some(fire.id) > self.newest));
            after = fires.last().map(|fire: &Fire| fire.id);
            if !read.more || fires.len() % count.max(1) != 0 || fires.is_empty() {
                break;
            }
        }
        self.newest = fires.first().map(|fire| fire.id).max(self.newest);
        Ok(fires.iter().rev().map(|fire| self.line(fire)).collect())
    }

    fn line(&self, fire: &Fire) -> String {
        // What is watched here are prices.
        let Cause::Tick { evidence, .. } = &fire.cause else { return String::new() };
        let Evidence { instrument, time, price, measure, .. } = evidence.as_ref();
        let reference = match measure {
            Measure::Reference(reference) => Some(*reference),
            Measure::Threshold(_) | Measure::Parts(_) | Measure::SilentSince(_) => None,
        };
        if self.as_json {
            return json!({"time": time, "instrument": instrument, "price": price, "reference": reference,
                          "fire": fire.number, "late": fire.late})
            .to_string();
        }
        let moved =
            reference.and_then(|from| Some(format!("{} from {from}", figures::change(from, *price)?)));
        let late = if fire.late { ", late" } else { "" };
        format!("{time}  {instrument}  {price}  {}{late}", moved.unwrap_or_default())
    }
}

/// How an instrument is watched, for people.
pub(super) fn in_words(coverage: &Coverage) -> String {
    match coverage {
        Coverage::Watched => "is watched".to_owned(),
        Coverage::CatchingUp => "what was missed is fetched".to_owned(),
        Coverage::Dark => "its venue does not answer at present; it is tried again".to_owned(),
        Coverage::Disabled => "is switched off".to_owned(),
        Coverage::Refused { reason } => format!("cannot be watched: {reason}"),
    }
}
