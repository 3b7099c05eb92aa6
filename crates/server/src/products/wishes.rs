//! What the alerts on products want, followed by their change log: all of them are read once, and then only what
//! changed since.

use std::collections::{BTreeMap, HashMap};

use bellwether_model::product::Schedule;
use bellwether_model::{AlertId, SearchId, Span};
use bellwether_store::alert::ProductWish;
use bellwether_store::evaluation::Cursor;
use bellwether_store::{Store, StoreError};

/// Rows that are read at a time.
const PORTION: u32 = 5_000;

/// What the alerts on one search want together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The shortest time between two polls that one of them wants.
    pub(super) interval: Span,
    /// How many they are.
    pub(super) alerts: u32,
}

/// What every active alert on products wants, as of a place in the change log.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Nothing before all were read.
    place: Option<Cursor>,
    alerts: HashMap<AlertId, (SearchId, Span)>,
    /// How many alerts want a search how often, so that the shortest is known also when that one goes.
    searches: HashMap<SearchId, BTreeMap<Span, u32>>,
}

impl Wishes {
    /// Reads what changed; everything, where nothing was read before. How many rows that were.
    pub(super) async fn catch_up(
        &mut self,
        store: &Store,
        wanted: impl Fn(Option<&Schedule>) -> Span,
    ) -> Result<u64, StoreError> {
        let (mut rows, mut place) = match self.place {
            Some(place) => (0, place),
            None => self.read_all(store, &wanted).await?,
        };
        loop {
            let changes = store.product_changes(place, PORTION).await?;
            let Some(last) = changes.last() else { return Ok(rows) };
            place = last.cursor;
            for change in changes {
                rows += 1;
                self.take(change.alert, None);
                if let Some(ProductWish { alert, search, schedule }) = change.wish {
                    self.take(alert, Some((search, wanted(schedule.as_ref()))));
                }
            }
            self.place = Some(place);
        }
    }

    /// What the alerts on a search want; nothing where there is none.
    pub(super) fn of(&self, search: SearchId) -> Option<Wanted> {
        let intervals = self.searches.get(&search)?;
        let (interval, _) = intervals.first_key_value()?;
        Some(Wanted { interval: *interval, alerts: intervals.values().sum() })
    }

    async fn read_all(
        &mut self,
        store: &Store,
        wanted: &impl Fn(Option<&Schedule>) -> Span,
    ) -> Result<(u64, Cursor), StoreError> {
        self.alerts.clear();
        self.searches.clear();
        // Read first: what changes while all are read is then read once more.
        let (place, mut rows, mut after) = (store.head().await?, 0, None);
        loop {
            let wishes = store.product_wishes(after, PORTION).await?;
            let Some(last) = wishes.last() else { break };
            after = Some(last.alert);
            for ProductWish { alert, search, schedule } in wishes {
                rows += 1;
                self.take(alert, Some((search, wanted(schedule.as_ref()))));
            }
        }
        self.place = Some(place);
        Ok((rows, place))
    }

    /// What an alert wants now, in the place of what it wanted.
    fn take(&mut self, alert: AlertId, wish: Option<(SearchId, Span)>) {
        let before = match wish {
            Some(wish) => self.alerts.insert(alert, wish),
            None => self.alerts.remove(&alert),
        };
        if let Some((search, interval)) = before
            && let Some(intervals) = self.searches.get_mut(&search)
        {
            if let Some(count) = intervals.get_mut(&interval) {
                *count = count.saturating_sub(1);
            }
            intervals.retain(|_, count| *count > 0);
            if intervals.is_empty() {
                self.searches.remove(&search);
            }
        }
        if let Some((search, interval)) = wish {
            let count = self.searches.entry(search).or_default().entry(interval).or_default();
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests;
