//! How an alert looks in the API.

use axum::Json;
use axum::http::header::ETAG;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bellwether_model::product::{ListingCondition, ProductSpec, ProductWatch, Schedule, Search};
use bellwether_model::{
    AlertSpec, Channel, Condition, Instrument, Percent, Price, Repeat, Span, Spec, Status, Timestamp, words,
};
use bellwether_store::alert::Alert;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::outlooks::OutlookView;
use crate::evaluate::{Market, Positions};
use crate::http::searches::PollingView;
use crate::http::{ApiState, schema};

/// What a user asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertSpec)]
pub(in crate::http) struct SpecView {
    #[serde(flatten)]
    watch: WatchView,
    name: String,
    /// What is watched for, in words.
    #[schema(example = "binance:BTCUSDT reaches 33,000")]
    sentence: String,
    #[schema(value_type = schema::Repeat)]
    repeat: Repeat,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    note: String,
    /// Its own words for the message, with placeholders as they are written; empty for the usual ones.
    message: String,
    #[schema(value_type = Vec<schema::Channel>)]
    channels: Vec<Channel>,
    tags: Vec<String>,
}

/// What is watched, by the kind of the alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertWatch)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::http) enum WatchView {
    /// The price of an instrument.
    #[schema(title = "PriceWatch")]
    Price {
        #[schema(value_type = schema::Instrument)]
        instrument: Instrument,
        #[schema(value_type = schema::Condition)]
        condition: Box<Condition>,
    },
    /// What happens to the listings of a search.
    #[schema(title = "SearchWatch")]
    Search {
        #[schema(value_type = schema::Search)]
        search: Search,
        #[schema(value_type = Vec<schema::ListingCondition>)]
        conditions: Vec<ListingCondition>,
        include: Vec<String>,
        exclude: Vec<String>,
    },
    /// The cheapest of a search, by schedule.
    #[schema(title = "DigestWatch")]
    Digest {
        #[schema(value_type = schema::Search)]
        search: Search,
        #[schema(value_type = schema::Schedule)]
        schedule: Schedule,
        top: u32,
        include: Vec<String>,
        exclude: Vec<String>,
    },
    /// How the prices of a search move, by schedule.
    #[schema(title = "InsightsWatch")]
    Insights {
        #[schema(value_type = schema::Search)]
        search: Search,
        #[schema(value_type = schema::Schedule)]
        schedule: Schedule,
        #[schema(value_type = schema::Duration)]
        look_back: Span,
        #[schema(value_type = schema::Decimal)]
        drop_percent: Percent,
    },
}

impl From<ProductWatch> for WatchView {
    fn from(watch: ProductWatch) -> Self {
        match watch {
            ProductWatch::Search(watch) => WatchView::Search {
                search: watch.search,
                conditions: watch.conditions,
                include: watch.include,
                exclude: watch.exclude,
            },
            ProductWatch::Digest(watch) => WatchView::Digest {
                search: watch.search,
                schedule: watch.schedule,
                top: watch.top,
                include: watch.include,
                exclude: watch.exclude,
            },
            ProductWatch::Insights(watch) => WatchView::Insights {
                search: watch.search,
                schedule: watch.schedule,
                look_back: watch.look_back,
                drop_percent: watch.drop_percent,
            },
        }
    }
}

impl From<Spec> for SpecView {
    fn from(spec: Spec) -> Self {
        match spec {
            Spec::Price(spec) => spec.into(),
            Spec::Product(spec) => spec.into(),
        }
    }
}

impl From<AlertSpec> for SpecView {
    fn from(spec: AlertSpec) -> Self {
        Self {
            sentence: format!("{} {}", spec.instrument, words::condition(&spec.condition)),
            watch: WatchView::Price { instrument: spec.instrument, condition: Box::new(spec.condition) },
            name: spec.name,
            repeat: spec.repeat,
            expires_at: spec.expires_at,
            note: spec.note,
            message: spec.message,
            channels: spec.channels,
            tags: spec.tags,
        }
    }
}

impl From<ProductSpec> for SpecView {
    fn from(spec: ProductSpec) -> Self {
        Self {
            sentence: spec.words(),
            watch: spec.watch.into(),
            name: spec.name,
            repeat: spec.repeat,
            expires_at: spec.expires_at,
            note: spec.note,
            message: spec.message,
            channels: spec.channels,
            tags: spec.tags,
        }
    }
}

/// An alert with what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertRecord)]
pub(in crate::http) struct AlertView {
    pub(in crate::http) id: Uuid,
    #[serde(flatten)]
    pub(in crate::http) spec: SpecView,
    /// The search that it watches, where it is no price alert: see `/api/searches/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    search_id: Option<Uuid>,
    #[schema(value_type = schema::Status)]
    pub(in crate::http) status: Status,
    /// Grows with every change; the alert's `ETag`.
    pub(in crate::http) version: u64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was last armed.
    #[schema(value_type = String, format = DateTime)]
    armed_at: Timestamp,
    /// No tick before this instant fires it.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Timestamp>,
    /// Fires in its whole life.
    fires: u64,
    /// The time of the tick of its last fire.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_fired_at: Option<Timestamp>,
    /// When a message of it was last accepted by its receiver.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sent_at: Option<Timestamp>,
}

impl AlertView {
    /// What a price alert watches.
    pub(in crate::http) fn price(&self) -> Option<(&Instrument, &Condition)> {
        match &self.spec.watch {
            WatchView::Price { instrument, condition } => Some((instrument, condition)),
            WatchView::Search { .. } | WatchView::Digest { .. } | WatchView::Insights { .. } => None,
        }
    }
}

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id.0,
            search_id: alert.search.map(|search| search.0),
            spec: alert.spec.into(),
            status: alert.status,
            version: alert.version,
            created_at: alert.created_at,
            updated_at: alert.updated_at,
            armed_at: alert.armed_at,
            snoozed_until: alert.snoozed_until,
            fires: alert.fires,
            last_fired_at: alert.last_fired_at,
            last_sent_at: alert.last_sent_at,
        }
    }
}

/// The last price that was evaluated of an instrument.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Market)]
pub(in crate::http) struct MarketView {
    #[schema(value_type = schema::Decimal)]
    price: Price,
    /// The venue's time of it.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// Its place in the instrument's sequence of ticks: the venue's own number where it has one.
    position: u64,
    /// Whether the instrument has been watched without a gap since.
    in_force: bool,
}

impl MarketView {
    /// What is known of an instrument now.
    pub(in crate::http) fn of(positions: &Positions, instrument: &Instrument) -> Option<Self> {
        let Market { price, time, position, in_force, .. } = positions.get(instrument)?;
        Some(Self { price, time, position: position.0, in_force })
    }
}

impl From<&bellwether_engine::Market> for MarketView {
    fn from(market: &bellwether_engine::Market) -> Self {
        let bellwether_engine::Market { price, time, position, in_force, numbered: _ } = *market;
        Self { price, time, position: position.0, in_force }
    }
}

/// The place in the instrument's sequence of ticks from which the alert is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct ArmedFrom {
    /// Ticks up to this one never fire it; on Binance an aggregate trade id. Null before the
    /// instrument's first tick.
    pub(super) position: Option<u64>,
    /// The price in force there. Null where none is: then the next tick's becomes it.
    #[schema(value_type = Option<schema::Decimal>)]
    pub(super) reference: Option<Price>,
}

/// An alert as it is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(in crate::http) struct AlertAnswer<'a> {
    #[serde(flatten)]
    #[schema(value_type = AlertView)]
    alert: &'a AlertView,
    /// The last price that was evaluated of its instrument; null where none was.
    market: Option<MarketView>,
    /// Where it stands, where that was asked for and the evaluator holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outlook: Option<OutlookView>,
    /// How often its search is asked; told by the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    polling: Option<PollingView>,
    /// From where it is in force; told by the request that armed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    armed_from: Option<ArmedFrom>,
}

impl<'a> AlertAnswer<'a> {
    pub(in crate::http) fn of(alert: &'a AlertView, positions: &Positions) -> Self {
        let market = alert.price().and_then(|(instrument, _)| MarketView::of(positions, instrument));
        Self { market, alert, outlook: None, polling: None, armed_from: None }
    }

    pub(super) fn with_outlook(self, outlook: Option<OutlookView>) -> Self {
        Self { outlook, ..self }
    }
}

/// Answers with one alert, its version in the `ETag`.
pub(super) fn answer(
    status: StatusCode,
    alert: Alert,
    api: &ApiState,
    armed_from: Option<ArmedFrom>,
) -> Response {
    let polling = polling(api, &alert, status == StatusCode::CREATED);
    let view = AlertView::from(alert);
    let version = HeaderValue::try_from(format!("\"{}\"", view.version)).expect("digits are a header value");
    let body = AlertAnswer { armed_from, polling, ..AlertAnswer::of(&view, api.positions()) };
    (status, [(ETAG, version)], Json(body)).into_response()
}

/// How often the search of an alert is asked; of a new one, how often it will be once all is planned with it.
fn polling(api: &ApiState, alert: &Alert, is_new: bool) -> Option<PollingView> {
    let search = alert.search?;
    let schedule = alert.spec.product()?.watch.schedule();
    let rhythms = &api.products()?.rhythms;
    let planned = rhythms.of(search).filter(|_| !is_new);
    let rhythm = planned.or_else(|| rhythms.with(search, schedule))?;
    Some(PollingView::new(rhythm.wanted.seconds(), rhythm.interval.seconds(), rhythm.has_calls))
}
