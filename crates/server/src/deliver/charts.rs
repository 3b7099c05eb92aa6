//! The price around a fire as a picture for its mail, drawn from the candles that the store has.
//!
//! Where there is no history, and where the store does not answer, there is no picture: no mail waits for one.
//! Many alerts fire at one tick, so pictures are kept for a while.

use std::sync::Arc;

use bellwether_model::product::PricePoint;
use bellwether_model::{Evidence, Instrument, Interval, Measure, Price, Timestamp};
use bellwether_notify::{Message, PriceChart, Target};
use bellwether_store::{Store, StoreError};
use quick_cache::sync::Cache;

/// Pictures that are kept, of up to 30 kB each.
const KEPT: usize = 64;
/// Candles that a picture is drawn from at most, and at least.
const CANDLES: u32 = 240;
const FEWEST: usize = 3;
/// Lengths of candles that are tried, one after the other: four hours of minutes, ten days of hours.
const INTERVALS: [Interval; 2] = [Interval::Minute, Interval::Hour];

/// Draws pictures. Clones share what is kept.
#[derive(Clone)]
pub struct Charts {
    kept: Arc<Cache<Subject, Option<PriceChart>>>,
}

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
        Self { kept: Arc::new(Cache::new(KEPT)) }
    }
}

impl Charts {
    /// The message with its picture, where it is a mail of one fire.
    pub(super) async fn illustrate(&self, store: &Store, target: &Target, message: &mut Message) {
        let (Message::AlertFired(fired), Target::Mail) = (message, target) else { return };
        let subject = Subject::of(&fired.evidence);
        // Whoever comes second waits for the first one's picture.
        fired.chart = match self.kept.get_or_insert_async(&subject, draw(store, &subject)).await {
            Ok(chart) => chart,
            Err(error) => {
                tracing::warn!(%error, "a mail goes without the picture of its price: history cannot be read");
                None
            }
        };
    }
}

async fn draw(store: &Store, subject: &Subject) -> Result<Option<PriceChart>, StoreError> {
    for interval in INTERVALS {
        let points = points(store, subject, interval).await?;
        if points.len() > FEWEST {
            let level = subject.level;
            let drawn = tokio::task::spawn_blocking(move || PriceChart::draw(&points, level)).await;
            // An error means that drawing panicked, which was reported where it happened.
            return Ok(drawn.ok().flatten());
        }
    }
    Ok(None)
}

/// Where the price stood at the end of each candle before the fire, and at the fire.
async fn points(store: &Store, subject: &Subject, interval: Interval) -> Result<Vec<PricePoint>, StoreError> {
    let Subject { instrument, time, price, .. } = subject;
    let reach_us = interval.micros().saturating_mul(i64::from(CANDLES));
    let from = Timestamp::from_micros(time.micros().saturating_sub(reach_us));
    let candles = store.candles(instrument, interval, from, *time, CANDLES).await?;
    let ends = candles
        .iter()
        .map(|candle| PricePoint { time: interval.end_of(candle.open_time), price: candle.close });
    let mut points: Vec<PricePoint> = ends.filter(|point| point.time < *time).collect();
    points.push(PricePoint { time: *time, price: *price });
    Ok(points)
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
        let points = points(&store, &subject(), Interval::Minute).await.unwrap();
        assert_eq!(points.len(), 240);
        let (first, last) = (points[0], points[239]);
        assert_eq!((last.time, last.price), (at(0), "33001".parse().unwrap()));
        assert!(points.is_sorted_by_key(|point| point.time));
        assert!(at(0).micros_since(first.time) <= 4 * 3_600_000_000);
        let chart = draw(&store, &subject()).await.unwrap().unwrap();
        assert_eq!((chart.from(), chart.to()), (first.time, at(0)));
        assert_eq!(chart.high(), "33001".parse().unwrap(), "the level is below");
    }

    #[tokio::test]
    async fn without_history_there_is_no_picture() {
        assert_eq!(draw(&store_with(1..3).await, &subject()).await.unwrap(), None);
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
