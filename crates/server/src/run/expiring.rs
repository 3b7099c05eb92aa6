//! Alerts whose time is over turn to `expired`.
//!
//! Until then they are in force for what happened before: the evaluator goes by the ticks' own times, so none from
//! later fires them. A tick may be on its way for a moment, and where a feed is away what it missed is fetched once
//! it is back. An alert that would end meanwhile waits for that, and for the store to have kept what was found.
//!
//! Where engines are other processes, how far they are is not known here: then it is waited for as long as a take-over
//! lasts, and some more.

use std::time::Duration;

use bellwether_feeds::Coverage;
use bellwether_model::{AlertId, Instrument, Timestamp, Venue};
use bellwether_store::evaluation::Over;
use bellwether_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::evaluate::Positions;
use crate::http::Generations;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// Alerts that are looked at, or expire, at a time.
const AT_ONCE: u32 = 1_000;

/// For how long a tick may be on its way to an evaluator in this process.
const ON_ITS_WAY_US: i64 = 1_000_000;
/// The same to one elsewhere, which another may have to take over.
const TO_OTHERS_US: i64 = 15_000_000;
/// How often it is looked whether the store has decided on fires.
const SETTLING: Duration = Duration::from_millis(100);
/// For how long what a feed missed is waited for: whoever asked no longer waits for an answer then.
const AWAY_US: i64 = 86_400_000_000;

/// Has alerts expire.
pub(super) struct Expiring {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) positions: Positions,
    pub(super) lists: Generations,
    /// The venues that are watched.
    pub(super) venues: Vec<Venue>,
    /// Whether engines are other processes.
    pub(super) evaluates_elsewhere: bool,
}

impl Expiring {
    /// Goes on until cancelled.
    pub(super) async fn run(self, cancel: CancellationToken) {
        let going = async {
            loop {
                if let Err(error) = self.expire().await {
                    tracing::error!(%error, "expired alerts could not be marked; it is tried again");
                }
                self.clock.sleep(EVERY).await;
            }
        };
        let _: Option<()> = cancel.run_until_cancelled(going).await;
    }

    /// Goes once over all whose time is over.
    async fn expire(&self) -> Result<(), StoreError> {
        let (now, mut after) = (self.clock.now(), None);
        loop {
            let over = self.store.over(now, after, AT_ONCE).await?;
            let Some(last) = over.last() else { return Ok(()) };
            after = Some((last.expires_at, last.id));
            let ended = over.iter().filter(|one| !self.is_awaited(one, now));
            let ended: Vec<AlertId> = ended.map(|one| one.id).collect();
            if !ended.is_empty() {
                self.until_settled().await;
                let users = self.store.expire(ended, now).await?;
                users.iter().for_each(|user| self.lists.bump(*user));
            }
        }
    }

    /// Waits until the store has decided on what was found up to now: an alert that has ended keeps no fire any more.
    async fn until_settled(&self) {
        let found = self.positions.found_fires();
        while !self.positions.has_settled(found) {
            self.clock.sleep(SETTLING).await;
        }
    }

    /// Whether something from before an alert's end may still come.
    fn is_awaited(&self, over: &Over, now: Timestamp) -> bool {
        let passed_us = now.micros_since(over.expires_at);
        let on_its_way_us = if self.evaluates_elsewhere { TO_OTHERS_US } else { ON_ITS_WAY_US };
        let is_behind = |instrument: &Instrument| self.is_behind(instrument, over.expires_at);
        over.is_active
            && !over.instruments.is_empty()
            && passed_us < AWAY_US
            && (passed_us < on_its_way_us || over.instruments.iter().any(is_behind))
    }

    /// Whether an instrument's feed will bring what happened before an instant.
    fn is_behind(&self, instrument: &Instrument, instant: Timestamp) -> bool {
        // What is pushed comes when it comes, and what a poll missed never does.
        if instrument.venue() == Venue::Push || instrument.venue().is_polled() {
            return false;
        }
        if self.positions.get(instrument).is_some_and(|market| market.time >= instant) {
            return false;
        }
        match self.positions.watching(instrument).map(|watching| watching.coverage) {
            Some(Coverage::Dark | Coverage::CatchingUp) => true,
            Some(Coverage::Watched | Coverage::Disabled | Coverage::Refused { .. }) => false,
            // A feed that has not reached its venue yet says nothing.
            None => self.venues.contains(&instrument.venue()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bellwether_feeds::world::{self, Promise};
    use bellwether_model::{AlertSpec, Position, Price};
    use bellwether_store::StoreOptions;
    use bellwether_store::testing::samples;

    use super::*;
    use crate::evaluate::Market;

    const END: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    /// A clock that stands some seconds after the end.
    struct After(i64);

    impl world::Clock for After {
        fn now(&self) -> Timestamp {
            after(self.0)
        }

        fn uptime(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, _: Duration) -> Promise<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_micros(END.micros() + seconds * 1_000_000)
    }

    struct Desk {
        expiring: Expiring,
        alert: AlertId,
        instrument: Instrument,
    }

    impl Desk {
        /// An alert whose time ends.
        async fn of(instrument: &str) -> Self {
            let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
            store.migrate().await.unwrap();
            let user = store.create_user(samples::person("a@example.org"), END).await.unwrap().unwrap().id;
            let spec = format!(
                r#"{{"instrument":"{instrument}","condition":{{"type":"crossing","price":"1"}},"expires_at":"{END}"}}"#
            );
            let spec: AlertSpec = serde_json::from_str(&spec).unwrap();
            let alert = samples::alert(user, spec);
            let id = alert.id;
            store.create_alerts(vec![alert], 10, after(-1)).await.unwrap();
            let clock = Arc::new(After(2));
            let (positions, lists) = (Positions::default(), Generations::default());
            let venues = vec![Venue::Binance, Venue::Uphold];
            let expiring = Expiring { store, clock, positions, lists, venues, evaluates_elsewhere: false };
            Self { expiring, alert: id, instrument: instrument.parse().unwrap() }
        }

        /// Whether it has ended, so many seconds after its time was over.
        async fn has_ended(&self, seconds: i64) -> bool {
            let now = after(seconds);
            let over = self.expiring.store.over(now, None, 10).await.unwrap();
            !over.iter().any(|one| one.id == self.alert && self.expiring.is_awaited(one, now))
        }

        fn is(&self, coverage: Coverage) {
            self.expiring.positions.watch(&self.instrument, coverage, END);
        }
    }

    #[tokio::test]
    async fn what_a_feed_missed_is_waited_for() {
        let desk = Desk::of("binance:BTCUSDT").await;
        desk.is(Coverage::Dark);
        assert!(!desk.has_ended(80_000).await);
        assert!(desk.has_ended(86_400).await, "but not for ever");
        desk.is(Coverage::CatchingUp);
        assert!(!desk.has_ended(7_200).await);
        desk.is(Coverage::Watched);
        assert!(desk.has_ended(7_200).await);
        assert!(!desk.has_ended(0).await, "a trade may be on its way");
        assert!(desk.has_ended(1).await);
        desk.is(Coverage::Dark);
        let price: Price = "1".parse().unwrap();
        let market = Market { price, time: END, position: Position(1), numbered: true, in_force: true };
        desk.expiring.positions.set(&desk.instrument, market);
        assert!(desk.has_ended(1).await, "what came before has come");
    }

    #[tokio::test]
    async fn a_feed_that_has_not_reached_its_venue_yet_is_waited_for() {
        let mut desk = Desk::of("binance:BTCUSDT").await;
        assert!(!desk.has_ended(80_000).await);
        desk.expiring.venues.clear();
        assert!(desk.has_ended(1).await, "nobody watches the venue");
    }

    #[tokio::test]
    async fn engines_elsewhere_have_the_time_of_a_take_over() {
        let mut desk = Desk::of("binance:BTCUSDT").await;
        desk.expiring.evaluates_elsewhere = true;
        desk.is(Coverage::Watched);
        assert!(!desk.has_ended(14).await && desk.has_ended(15).await);
    }

    #[tokio::test]
    async fn what_was_found_is_kept_first() {
        let desk = Desk::of("uphold:BTC-USD").await;
        let positions = desk.expiring.positions.clone();
        positions.count_found();
        let is_over = async || desk.expiring.store.over(after(2), None, 10).await.unwrap().is_empty();
        let mut expiring = Box::pin(desk.expiring.expire());
        // Its clock never goes on, so it waits for good.
        let waits = tokio::time::timeout(Duration::from_millis(200), &mut expiring).await;
        assert!(waits.is_err() && !is_over().await);
        drop(expiring);
        positions.count_settled(1);
        desk.expiring.expire().await.unwrap();
        assert!(is_over().await);
    }

    #[tokio::test]
    async fn nothing_more_comes_of_what_is_polled_or_pushed() {
        for instrument in ["uphold:BTC-USD", "push:a/X"] {
            let desk = Desk::of(instrument).await;
            desk.is(Coverage::Dark);
            assert!(!desk.has_ended(0).await && desk.has_ended(1).await, "{instrument}");
        }
    }

    #[tokio::test]
    async fn it_ends_in_the_store() {
        let (awaited, ended) = (Desk::of("binance:BTCUSDT").await, Desk::of("uphold:BTC-USD").await);
        for (desk, left) in [(awaited, 1), (ended, 0)] {
            desk.expiring.expire().await.unwrap();
            assert_eq!(desk.expiring.store.over(after(2), None, 10).await.unwrap().len(), left);
        }
    }
}
