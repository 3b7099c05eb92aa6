//! Routes for compatibility: other names of some calls, in shapes of their own.
//!
//! They speak of one coin reaching one target price: `binance:` and the symbol, `crossing`, `once`. Their
//! `created` is our `active`. Everything else (who may, what is refused, what is stored) is the new API's.
//! `POST /api/token/` and `POST /api/token/refresh/` need no alias: slashes at the end are taken
//! everywhere.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{
    AlertId, AlertSpec, Channel, Condition, Event, Fault, Instrument, Price, Repeat, State as Held, Status,
    Venue,
};
use bellwether_store::alert::{AlertFilter, Kind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ApiState;
use super::alerts::delete_alert::delete;
use super::alerts::list_alerts::list;
use super::alerts::{AlertView, Wish, create};
use super::auth::Caller;
use super::error::ApiError;
use super::idempotency;
use super::input::{InPath, JsonBody};
use super::query::Query;
use super::schema;

/// What is watched where a request names no coin.
const DEFAULT_COIN: &str = "btcusdt";

/// A target price, as the compatibility routes take it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read_target` reads")]
pub(super) struct NewTarget {
    target_price: schema::Decimal,
    /// A Binance symbol; `btcusdt` where absent.
    coin: Option<String>,
}

/// An alert, as the compatibility routes show it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Target {
    id: Uuid,
    #[schema(example = "btcusdt")]
    coin: String,
    /// Null where the alert is of a kind that these routes do not know.
    #[schema(value_type = Option<schema::Decimal>)]
    target_price: Option<Price>,
    /// `created`, `triggered`, `paused`, `expired` or `deleted`.
    #[schema(example = "created")]
    status: &'static str,
}

/// A page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Targets {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Target>,
}

/// Make an alert at a target price.
#[utoipa::path(post, path = "/alerts/create", tag = "compatibility", request_body = NewTarget,
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses((status = 201, body = Target)))]
pub(super) async fn create_target(
    State(api): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<(StatusCode, HeaderMap, Json<Target>), ApiError> {
    let spec = body.read(read_target)?;
    let idempotency = idempotency::key_of_call(&headers, "POST /alerts/create", body.bytes())?;
    let wish = Wish { user: caller.user, spec: spec.into(), idempotency };
    let made = create(&api, wish).await.map_err(in_older_words)?;
    let mut headers = HeaderMap::new();
    if made.repeated {
        idempotency::mark_replayed(&mut headers);
    }
    Ok((StatusCode::CREATED, headers, Json(Target::of(&made.alert.into()))))
}

/// One's alerts, a page at a time.
#[utoipa::path(get, path = "/alerts", tag = "compatibility",
    params(
        ("status" = Option<String>, Query, example = "created"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query),
    ),
    responses((status = 200, body = Targets)))]
pub(super) async fn list_targets(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<Targets>, ApiError> {
    let statuses = query.many::<Wanted>("status");
    let page = query.page();
    let asked = query.finish()?;
    let statuses = statuses.into_iter().filter_map(|wanted| wanted.0).collect();
    // They knew of prices only.
    let filter = AlertFilter { statuses, kinds: vec![Kind::Price], ..AlertFilter::default() };
    let listed = list(&api, caller.user, filter, page).await?;
    Ok(Json(Targets {
        count: listed.total,
        next: asked.next_page(page, listed.total),
        previous: asked.previous_page(page),
        results: listed.items.iter().map(Target::of).collect(),
    }))
}

/// Delete an alert.
#[utoipa::path(delete, path = "/alerts/delete/{id}", tag = "compatibility", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is deleted, now or before"),
        (status = 404, description = "No such alert, or somebody else's"),
    ))]
pub(super) async fn delete_target(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
) -> Result<StatusCode, ApiError> {
    delete(&api, caller.user, id).await
}

fn read_target(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<AlertSpec> {
    if !fields.has("target_price") {
        faults.add("target_price", "required", "is required");
    }
    let price = fields.price(faults, "target_price");
    let coin = fields.text(faults, "coin").unwrap_or(DEFAULT_COIN);
    let instrument = Instrument::new(Venue::Binance, coin)
        .map_err(|error| faults.add("coin", "invalid", format!("{error}")))
        .ok();
    Some(AlertSpec {
        name: String::new(),
        instrument: instrument?,
        condition: Condition::Event(Event::Crossing { price: price? }),
        repeat: Repeat::Once,
        expires_at: None,
        note: String::new(),
        message: String::new(),
        channels: vec![Channel::Email],
        tags: Vec::new(),
    })
}

/// Faults name the field that was sent.
fn in_older_words(error: ApiError) -> ApiError {
    let renamed = |fault: Fault| match fault.field.as_str() {
        "instrument" => Fault { field: "coin".to_owned(), ..fault },
        _ => fault,
    };
    match error {
        ApiError::Input(faults) => ApiError::Input(faults.into_iter().map(renamed).collect()),
        other => other,
    }
}

impl Target {
    fn of(alert: &AlertView) -> Self {
        let watched = alert.price();
        let target_price = watched.and_then(|(_, condition)| match condition {
            Condition::Event(
                Event::Crossing { price } | Event::CrossingUp { price } | Event::CrossingDown { price },
            )
            | Condition::State { state: Held::Above { price, .. } | Held::Below { price, .. }, .. } => {
                Some(*price)
            }
            Condition::Event(_) | Condition::State { .. } | Condition::Silent { .. } => None,
        });
        Self {
            id: alert.id,
            coin: watched.map_or_else(String::new, |(instrument, _)| instrument.symbol().to_lowercase()),
            target_price,
            status: match alert.status {
                Status::Active => "created",
                other => other.name(),
            },
        }
    }
}

/// A status in the words of these routes; an empty one filters nothing.
#[derive(PartialEq, Eq)]
struct Wanted(Option<Status>);

/// None of their words, nor of ours.
struct UnknownStatus;

impl FromStr for Wanted {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(Wanted(None)),
            "created" => Ok(Wanted(Some(Status::Active))),
            other => other.parse().map(|status| Wanted(Some(status))).map_err(|_| UnknownStatus),
        }
    }
}

impl fmt::Display for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be one of created, triggered, paused, expired, deleted")
    }
}
