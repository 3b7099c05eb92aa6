//! `POST /api/alerts/preview`: what an alert that is not made yet would have done.

use axum::Json;
use axum::extract::State;
use bellwether_model::input::Faults;
use bellwether_model::{
    AlertSpec, Condition, Fault, Instrument, Interval, Node, PartTruth, Price, Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::checking::{check_malformed, check_price};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::fires::measured;
use crate::http::input::JsonBody;
use crate::http::schema;
use crate::preview::{Past, PastFire, Previewed, preview};

/// How far one may look back, and how far where nothing is said.
const DAYS_MAX: u64 = 365;
const DAYS: u64 = 7;
/// Up to here minutes are read, beyond it hours.
const DAYS_OF_MINUTES: u64 = 30;

/// An alert as it would be made, and how far to look back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct Previewing {
    #[schema(inline)]
    #[serde(flatten)]
    alert: schema::NewPriceAlert,
    /// Days to look back: 7 where absent, at most 365. Up to 30 are replayed by the minute, more by the hour.
    days: Option<u32>,
}

/// What an alert would have done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Preview {
    /// All of it in words.
    #[schema(example = "It would have fired 14 times in the last 7 days.")]
    sentence: String,
    /// Whether the condition holds on the newest price; null for a crossing or a channel that is entered or
    /// left, which happen at one tick, and where nothing is known.
    already_true: Option<bool>,
    /// The first price that is known of the stretch; null where none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// The candles that were replayed, four prices each: `1m` or `1h`.
    #[schema(example = "1m")]
    resolution: &'static str,
    /// Prices that were replayed.
    ticks: u64,
    /// How often it would have fired, as it is asked for.
    fires: u64,
    /// How often, did it fire again and again without a pause.
    fires_unlimited: u64,
    /// The newest fires, oldest first; at most 200.
    items: Vec<PreviewFire>,
}

/// A fire that would have been.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct PreviewFire {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    /// About when: candles do not tell to the second.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    #[schema(value_type = schema::Decimal)]
    price: Price,
    #[schema(value_type = Option<schema::Decimal>)]
    previous_price: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    threshold: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    reference: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::PartTruth>>)]
    parts: Option<Vec<PartTruth>>,
}

impl Preview {
    /// Of a silence nothing is said: where there is no candle there may have been no trade, or nobody who watched, and
    /// within one nobody knows when the trades were.
    fn of_silence(interval: Interval, now: Timestamp) -> Self {
        Self {
            sentence:
                "Candles do not tell when there was no trade, so nobody knows how often it would have fired."
                    .to_owned(),
            already_true: None,
            from: None,
            to: now,
            resolution: interval.name(),
            ticks: 0,
            fires: 0,
            fires_unlimited: 0,
            items: Vec::new(),
        }
    }
}

impl From<PastFire> for PreviewFire {
    fn from(fire: PastFire) -> Self {
        let (threshold, reference, parts) = measured(fire.measure);
        let PastFire { instrument, time, price, previous, .. } = fire;
        Self { instrument, time, price, previous_price: previous, threshold, reference, parts }
    }
}

/// What an alert would have done.
#[utoipa::path(post, path = "/api/alerts/preview", tag = "alerts", request_body = Previewing,
    responses((status = 200, body = Preview)))]
pub(in crate::http) async fn preview_alert(
    State(api): State<ApiState>,
    caller: Caller,
    body: JsonBody,
) -> Result<Json<Preview>, ApiError> {
    let now = api.now();
    let (mut spec, days) = match read(&body.node) {
        Ok(wish) => wish,
        Err(faults) => {
            let faults = check_malformed(&api, caller.user, &body.node, faults, now).await?;
            return Err(ApiError::Input(faults));
        }
    };
    let faults = check_price(&api, caller.user, &mut spec, now).await?;
    if !faults.is_empty() {
        return Err(ApiError::Input(faults));
    }
    let interval = if days <= DAYS_OF_MINUTES { Interval::Minute } else { Interval::Hour };
    if matches!(spec.condition, Condition::Silent { .. }) {
        return Ok(Json(Preview::of_silence(interval, now)));
    }
    let pasts = pasts(&api, &spec, interval, days, now).await?;
    let from = pasts[0].candles.first().map(|candle| candle.open_time);
    let Ok(_turn) = api.previews().acquire().await else {
        return Err(ApiError::Unavailable { detail: "The service is stopping.", cause: None });
    };
    // Some tenths of a second at most, but too long to hold up everything else.
    let replayed = tokio::task::spawn_blocking(move || preview(&spec, interval, &pasts, now)).await;
    let found = replayed.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
    Ok(Json(answer(found, interval, days, from, now)))
}

fn read(node: &Node) -> Result<(AlertSpec, u64), Vec<Fault>> {
    let mut faults = Faults::new();
    let wish = faults.object(node).and_then(|mut fields| {
        let days = fields.whole(&mut faults, "days", 1, DAYS_MAX).unwrap_or(DAYS);
        let spec = AlertSpec::from_fields(&mut fields, &mut faults);
        fields.finish(&mut faults);
        Some((spec?, days))
    });
    faults.finish(wish)
}

async fn pasts(
    api: &ApiState,
    spec: &AlertSpec,
    interval: Interval,
    days: u64,
    now: Timestamp,
) -> Result<Vec<Past>, ApiError> {
    let days_us = i64::try_from(days).unwrap_or(0) * Interval::Day.micros();
    let from = interval.open_of(Timestamp::from_micros(now.micros().saturating_sub(days_us)));
    let most = u32::try_from(days_us / interval.micros() + 1).unwrap_or(u32::MAX);
    let mut pasts = Vec::new();
    for instrument in spec.instruments() {
        let (mut candles, running) = api.store().history(instrument, interval, from, now, most).await?;
        candles.extend(running);
        let market = api.positions().get(instrument).filter(|market| market.in_force);
        let now = market.map(|market| (market.time, market.price));
        pasts.push(Past { instrument: instrument.clone(), candles, now });
    }
    Ok(pasts)
}

fn answer(
    found: Previewed,
    interval: Interval,
    days: u64,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Preview {
    Preview {
        sentence: sentence(&found, days, from, now),
        already_true: found.outlook.holds.filter(|_| found.outlook.market.is_some()),
        from,
        to: now,
        resolution: interval.name(),
        ticks: found.ticks,
        fires: found.fires,
        fires_unlimited: found.fires_unlimited,
        items: found.newest.into_iter().map(PreviewFire::from).collect(),
    }
}

fn sentence(found: &Previewed, days: u64, from: Option<Timestamp>, now: Timestamp) -> String {
    let Some(from) = from else { return "Nothing is known of its past yet.".to_owned() };
    let asked_us = Interval::Day.micros().saturating_mul(i64::try_from(days).unwrap_or(i64::MAX));
    let is_short = now.micros_since(from) < asked_us - Interval::Hour.micros();
    let known = if is_short { format!(" Its past is known since {from}.") } else { String::new() };
    told(found, days) + &known
}

fn told(found: &Previewed, days: u64) -> String {
    let period = if days == 1 { "the last day".to_owned() } else { format!("the last {days} days") };
    let times = |count: u64| match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", count),
    };
    match (found.fires, found.fires_unlimited) {
        (0, 0) => format!("It would not have fired in {period}."),
        (asked, unlimited) if asked == unlimited => {
            format!("It would have fired {} in {period}.", times(asked))
        }
        (asked, unlimited) => format!(
            "It would have fired {} in {period}; without its limits, {}.",
            times(asked),
            times(unlimited)
        ),
    }
}
