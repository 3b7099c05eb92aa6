//! One stream, from its `hello` to its end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event;
use bellwether_model::{Instrument, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::news::News;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use super::Listener;
use super::prices::Prices;
use super::told::Told;
use crate::http::ApiState;
use crate::http::alerts::{AlertAnswer, AlertView};
use crate::http::auth::Caller;
use crate::http::deliveries::DeliveryView;
use crate::http::fires::FireView;

/// How often prices are told, at most; also how long news may wait for more to be told together.
const BEAT: Duration = Duration::from_millis(250);
/// How often the store is looked at without a hint, and whether the login is still in force.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Alerts, fires and deliveries that are told at a time; beyond that the reader is to read the lists.
const AT_A_TIME: u32 = 100;

/// A stream.
pub(super) struct Looking {
    api: ApiState,
    caller: Caller,
    listener: Listener,
    prices: Prices,
    told: Told,
    /// What is to be told next.
    next: VecDeque<Event>,
    /// Whether something may have changed since the last look.
    hinted: bool,
    beats: Interval,
    looks: Interval,
    ends_at: Instant,
}

/// The first event.
#[derive(Serialize)]
struct Hello {
    now: Timestamp,
}

/// A stream ends.
struct Over;

impl Looking {
    /// Begins a stream: everything up to now counts as told.
    pub(super) async fn begin(
        api: ApiState,
        caller: Caller,
        listener: Listener,
        instruments: Vec<Instrument>,
    ) -> Result<Self, StoreError> {
        let ticking = |every| {
            let mut interval = interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let mut looking = Self {
            told: Told::nothing(api.store().head().await?),
            prices: Prices::of(instruments),
            next: VecDeque::new(),
            hinted: false,
            beats: ticking(BEAT),
            looks: ticking(LOOK_EVERY),
            ends_at: Instant::now() + Duration::from_secs(api.accounts().access_token_lasts.seconds()),
            api,
            caller,
            listener,
        };
        looking.look().await?;
        let now = looking.api.now();
        looking.tell("hello", &Hello { now });
        Ok(looking)
    }

    /// The events, as they come.
    pub(super) fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut looking| async move {
            loop {
                if let Some(event) = looking.next.pop_front() {
                    return Some((Ok(event), looking));
                }
                if looking.wait().await.is_err() {
                    return None;
                }
            }
        })
    }

    async fn wait(&mut self) -> Result<(), Over> {
        tokio::select! {
            biased;
            () = self.api.closing().cancelled() => return Err(Over),
            () = sleep_until(self.ends_at) => return Err(Over),
            _ = self.looks.tick() => {
                self.check_login().await?;
                self.hinted = true;
            }
            _ = self.beats.tick() => {
                self.tell_prices();
                if std::mem::take(&mut self.hinted) {
                    self.tell_news().await;
                }
            }
            () = self.listener.changed(), if !self.hinted => self.hinted = true,
        }
        Ok(())
    }

    async fn check_login(&self) -> Result<(), Over> {
        match self.caller.is_in_force(&self.api).await {
            // A store that does not answer ends no login.
            Ok(true) | Err(_) => Ok(()),
            Ok(false) => Err(Over),
        }
    }

    fn tell_prices(&mut self) {
        let moved = self.prices.moved(self.api.positions());
        self.next.extend(moved.filter_map(|price| event("price", &price)));
    }

    async fn tell_news(&mut self) {
        match self.look().await {
            Ok(news) => self.tell_of(news),
            Err(error) => {
                tracing::warn!(%error, "what happened cannot be read; it is told with the next look");
                self.hinted = true;
            }
        }
    }

    async fn look(&mut self) -> Result<News, StoreError> {
        let since = self.told.fires_since();
        let news = self.api.store().news(self.caller.user, self.told.cursor(), since, AT_A_TIME).await?;
        Ok(self.told.fresh(news))
    }

    fn tell_of(&mut self, news: News) {
        for alert in news.alerts {
            let view = AlertView::from(alert);
            let told = event("alert", &AlertAnswer::of(&view, self.api.positions()));
            self.next.extend(told);
        }
        for fire in news.fires {
            self.tell("fire", &FireView::from(fire));
        }
        for delivery in news.deliveries {
            self.tell("delivery", &DeliveryView::from(delivery));
        }
        if news.more {
            self.tell("reload", &());
            // The change log may have more after the page that was read.
            self.hinted = true;
        }
    }

    fn tell(&mut self, name: &str, data: &impl Serialize) {
        self.next.extend(event(name, data));
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    match Event::default().event(name).json_data(data) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::error!(%error, name, "an event cannot be written");
            None
        }
    }
}
