//! How an alert looks in the API.

use axum::Json;
use axum::http::header::ETAG;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bellwether_model::{AlertSpec, Channel, Condition, Instrument, Price, Repeat, Status, Timestamp, words};
use bellwether_store::alert::Alert;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::evaluate::{Market, Positions};
use crate::http::schema;

/// What a user asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertSpec)]
pub(in crate::http) struct SpecView {
    /// Always `price`.
    #[schema(example = "price")]
    kind: &'static str,
    name: String,
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    #[schema(value_type = schema::Condition)]
    condition: Condition,
    /// The condition in words, the instrument first.
    #[schema(example = "binance:BTCUSDT reaches 33,000")]
    sentence: String,
    #[schema(value_type = schema::Repeat)]
    repeat: Repeat,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    note: String,
    #[schema(value_type = Vec<schema::Channel>)]
    channels: Vec<Channel>,
    tags: Vec<String>,
}

impl From<AlertSpec> for SpecView {
    fn from(spec: AlertSpec) -> Self {
        Self {
            kind: "price",
            sentence: format!("{} {}", spec.instrument, words::condition(&spec.condition)),
            name: spec.name,
            instrument: spec.instrument,
            condition: spec.condition,
            repeat: spec.repeat,
            expires_at: spec.expires_at,
            note: spec.note,
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
    pub(in crate::http) fn instrument(&self) -> &Instrument {
        &self.spec.instrument
    }

    pub(in crate::http) fn condition(&self) -> &Condition {
        &self.spec.condition
    }
}

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id.0,
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
        let Market { price, time, position, in_force } = positions.get(instrument)?;
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
    /// From where it is in force; told by the request that armed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    armed_from: Option<ArmedFrom>,
}

impl<'a> AlertAnswer<'a> {
    pub(in crate::http) fn of(alert: &'a AlertView, positions: &Positions) -> Self {
        Self { market: MarketView::of(positions, alert.instrument()), alert, armed_from: None }
    }
}

/// Answers with one alert, its version in the `ETag`.
pub(super) fn answer(
    status: StatusCode,
    alert: Alert,
    positions: &Positions,
    armed_from: Option<ArmedFrom>,
) -> Response {
    let view = AlertView::from(alert);
    let version = HeaderValue::try_from(format!("\"{}\"", view.version)).expect("digits are a header value");
    let body = AlertAnswer { armed_from, ..AlertAnswer::of(&view, positions) };
    (status, [(ETAG, version)], Json(body)).into_response()
}
