//! The price around a fire as a picture for its mail, drawn from the candles that the store has.
//!
//! Where there is no history, and where the store does not answer, there is no picture: no mail waits for one.
//! Many alerts fire at one tick, so pictures are kept for a while; many fire within a minute, so what led up to it is.

use std::sync::Arc;

use bellwether_model::product::PricePoint;
use bellwether_model::{Evidence, Instrument, Interval, Measure, Price, Timestamp};
use bellwether_notify::{Message, PriceChart, Target};
use bellwether_store::{Store, StoreError};
use quick_cache::sync::Cache;

/// Pictures that are kept, of up to 30 kB each.
const KEPT: usize = 64;
/// Pasts that are kept, of up to 10 kB each.
const PASTS: usize = 64;
/// Candles that a picture is drawn from at most, and at least.
const CANDLES: u32 = 240;
const FEWEST: usize = 3;
/// Lengths of candles that are tried, one after the other: four hours of minutes, ten days of hours.
const INTERVALS: [Interval; 2] = [Interval::Minute, Interval::Hour];

/// Draws pictures. Clones share what is kept.
#[derive(Clone)]
pub struct Charts {
    kept: Arc<Cache<Subject, Option<PriceChart>>>,
    /// What led up to a minute, by its instrument and beginning.
    pasts: Arc<Cache<(Instrument, Timestamp), Past>>,
}

/// Where the price stood at the ends of the candles before some minute, in their order; nowhere where there are too few
/// for a picture.
type Past = Arc<[PricePoint]>;

/// What a picture shows.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Subject {
    instrument: Instrument,
    time: Timestamp,
    price: Price,
    level: Option<Price>,
}

impl Subject {
    fn of(evidence: &Evidence) -> Self {
        let level = match evidence.measure {
            Measure::Threshold(price) | Measure::Reference(price) => Some(price),
            Measure::Parts(_) | Measure::SilentSince(_) => None,
        };
        let Evidence { instrument, time, price, .. } = evidence;
        Self { instrument: instrument.clone(), time: *time, price: *price, level }
    }
}

impl Default for Charts {
    fn default() -> Self {
        Self { kept: Arc::new(Cache::new(KEPT)), pasts: Arc::new(Cache::new(PASTS)) }
    }
}

impl Charts {
    /// The message with its picture, where it is a mail of one fire.
    pub(super) async fn illustrate(&self, store: &Store, target: &Target, message: &mut Message) {
        if matches!(target, Target::Mail) {
            self.illustrate_mail(store, message).await;
        }
    }

    /// The same of a message that goes by mail, or would.
    pub(crate) async fn illustrate_mail(&self, store: &Store, message: &mut Message) {
        let Message::AlertFired(fired) = message else { return };
        let subject = Subject::of(&fired.evidence);
        // Whoever comes second waits for the first one's picture.
        fired.chart = match self.kept.get_or_insert_async(&subject, self.draw(store, &subject)).await {
            Ok(chart) => chart,
            Err(error) => {
                tracing::warn!(%error, "a mail goes without the picture of its price: history cannot be read");
                None
            }
        };
    }

    async fn draw(&self, store: &Store, subject: &Subject) -> Result<Option<PriceChart>, StoreError> {
        let points = self.points(store, subject).await?;
        if points.len() <= FEWEST {
            return Ok(None);
        }
        let level = subject.level;
        let drawn = tokio::task::spawn_blocking(move || PriceChart::draw(&points, level)).await;
        // An error means that drawing panicked, which was reported where it happened.
        Ok(drawn.ok().flatten())
    }

    /// Where the price stood before the fire, and at the fire.
    async fn points(&self, store: &Store, subject: &Subject) -> Result<Vec<PricePoint>, StoreError> {
        let Subject { instrument, time, price, .. } = subject;
        let of = (instrument.clone(), Interval::Minute.open_of(*time));
        let past = self.pasts.get_or_insert_async(&of, Box::pin(past(store, &of.0, of.1))).await?;
        let before = past.iter().filter(|point| point.time < *time).copied();
        Ok(before.chain([PricePoint { time: *time, price: *price }]).collect())
    }
}

/// What led up to an instant, by the shortest candles of which there are enough.
async fn past(store: &Store, instrument: &Instrument, to: Timestamp) -> Result<Past, StoreError> {
    for interval in INTERVALS {
        let reach_us = interval.micros().saturating_mul(i64::from(CANDLES));
        let from = Timestamp::from_micros(to.micros().saturating_sub(reach_us));
        let candles = store.candles(instrument, interval, from, to, CANDLES).await?;
        if candles.len() >= FEWEST {
            let ends = candles
                .iter()
                .map(|candle| PricePoint { time: interval.end_of(candle.open_time), price: candle.close });
            return Ok(ends.collect());
        }
    }
    Ok(Past::default())
}

#[cfg(test)]
mod tests {
    use bellwether_model::Candle;
    use bellwether_store::StoreOptions;
    use bellwether_store::candle::Hole;

    use super::*;
    use crate::deliver::samples::{at, claim};

    async fn store_with(minutes: std::ops::Range<i64>) -> Store {
        let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let candle = |minute: i64| {
            let price: Price = (32_000 + minute).to_string().parse().unwrap();
            let open_time = Interval::Minute.open_of(at(-60 * minute));
            Candle { open_time, open: price, high: price, low: price, close: price, partial: false }
        };
        let instrument: Instrument = "binance:BTCUSDT".parse().unwrap();
        let (from, to) = (at(-86_400), at(0));
        let hole = Hole { instrument, interval: Interval::Minute, from, to };
        store.fill(hole, minutes.map(candle).collect(), to).await.unwrap();
        store
    }

    fn subject() -> Subject {
        let bellwether_store::delivery::Content::Fired(fire) = claim(1).content else { panic!("no fire") };
        Subject::of(&fire.evidence)
    }

    #[tokio::test]
    async fn a_picture_ends_with_the_fire_and_shows_the_four_hours_before() {
        let store = store_with(1..400).await;
        let charts = Charts::default();
        let points = charts.points(&store, &subject()).await.unwrap();
        assert_eq!(points.len(), 240);
        let (first, last) = (points[0], points[239]);
        assert_eq!((last.time, last.price), (at(0), "33001".parse().unwrap()));
        assert!(points.is_sorted_by_key(|point| point.time));
        assert!(at(0).micros_since(first.time) <= 4 * 3_600_000_000);
        let chart = charts.draw(&store, &subject()).await.unwrap().unwrap();
        assert_eq!((chart.from(), chart.to()), (first.time, at(0)));
        assert_eq!(chart.high(), "33001".parse().unwrap(), "the level is below");
    }

    #[tokio::test]
    async fn fires_of_one_minute_share_what_led_up_to_it() {
        let (charts, store) = (Charts::default(), store_with(1..400).await);
        let first = charts.points(&store, &subject()).await.unwrap();
        store.close().await;
        let later = |seconds| Subject { time: at(seconds), ..subject() };
        let second = charts.points(&store, &later(59)).await.unwrap();
        assert_eq!(second.last().map(|point| point.time), Some(at(59)));
        assert_eq!(
            second.len(),
            first.len() + 1,
            "the candle that ends with the first fire is before the second"
        );
        assert!(charts.points(&store, &later(60)).await.is_err(), "the next minute has a past of its own");
    }

    #[tokio::test]
    async fn without_history_there_is_no_picture() {
        assert_eq!(Charts::default().draw(&store_with(1..3).await, &subject()).await.unwrap(), None);
        let message = crate::deliver::message::of(
            &claim(1),
            "ada@example.org",
            &crate::deliver::Addresses {
                public_url: String::new(),
                links: crate::links::LinkSigner::new(
                    &crate::config::SigningKey::new("a".repeat(32)).unwrap(),
                ),
            },
        );
        let (charts, store) = (Charts::default(), store_with(1..30).await);
        let mut mail = message.clone();
        charts.illustrate(&store, &Target::Mail, &mut mail).await;
        let Message::AlertFired(fired) = mail else { panic!("no fire") };
        assert!(fired.chart.is_some());
        store.close().await;
        let mut again = message.clone();
        charts.illustrate(&store, &Target::Mail, &mut again).await;
        let Message::AlertFired(fired) = again else { panic!("no fire") };
        assert!(fired.chart.is_some(), "it was kept");
        let mut fresh = message;
        Charts::default().illustrate(&store, &Target::Mail, &mut fresh).await;
        let Message::AlertFired(fired) = fresh else { panic!("no fire") };
        assert!(fired.chart.is_none(), "and the mail goes all the same");
    }
}
