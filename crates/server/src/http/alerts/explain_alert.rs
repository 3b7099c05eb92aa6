//! `GET /api/alerts/{id}/explain`: why an alert has not fired, and what it would take.

use axum::Json;
use axum::extract::State;
use bellwether_engine::{Hindrance, Nearest, Outlook, Target};
use bellwether_feeds::Coverage;
use bellwether_model::{AlertId, Channel, PartTruth, Price, Side, Status, Timestamp, UserId, figures};
use bellwether_store::evaluation::Watched;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::checking::deleted_channels;
use super::view::MarketView;
use super::{explained, explained_products};
use crate::evaluate::Watching;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::coverage::{self, StretchView};
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::schema;

/// Why an alert has not fired.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Explanation {
    pub(super) alert_id: Uuid,
    #[schema(value_type = schema::Status)]
    pub(super) status: Status,
    /// The instant of this answer.
    #[schema(value_type = String, format = DateTime)]
    pub(super) as_of: Timestamp,
    /// All of it in words.
    #[schema(example = "It stands at 32,100 and fires at 33,000, 2.8 % away.")]
    pub(super) sentence: String,
    /// The last price that was evaluated of its instrument; null where none was.
    pub(super) market: Option<MarketView>,
    /// How its instrument is watched; null where nobody watches it.
    pub(super) watching: Option<WatchingView>,
    /// When nobody knows what the price of its instrument did since the alert was armed, and so whether it
    /// should have fired.
    pub(super) blind: Vec<StretchView>,
    /// Whether the condition holds on the last price; null for a crossing or a channel that is entered or
    /// left, which happen at one tick, and for a silence.
    pub(super) holds: Option<bool>,
    /// What the price is measured against, where the condition measures.
    #[schema(value_type = Option<schema::Decimal>)]
    pub(super) reference: Option<Price>,
    /// What keeps it from firing, whatever the next price is.
    pub(super) hindrances: Vec<HindranceView>,
    /// Prices that would fire it, were nothing else in the way.
    pub(super) targets: Vec<TargetView>,
    /// The parts of a composite condition.
    #[schema(value_type = Vec<schema::PartTruth>)]
    pub(super) parts: Vec<PartTruth>,
}

/// How an instrument is watched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Watching)]
pub(in crate::http) struct WatchingView {
    /// `watched` (every trade is evaluated as it happens), `catching_up` (missed trades are being fetched),
    /// `dark` (no connection; what is missed will be fetched), `refused` (the venue does not let it be
    /// watched) or `disabled` (an administrator has switched it off).
    #[schema(example = "watched")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// What the venue says, where it refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Something that keeps an alert from firing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hindrance)]
pub(in crate::http) struct HindranceView {
    /// `channel_deleted` (it fires, but a channel that it names was deleted, over which nothing goes), `paused`, `ended`, `expired`, `deleted`, `not_yet_armed`, `catching_up`, `no_reference`, `snoozed`,
    /// `cooling_down`, `holding` (for not long enough yet), `listening` (for a silence; `until` is when it fires if
    /// no trade comes) or `not_ready`.
    #[schema(example = "cooling_down")]
    pub(super) code: &'static str,
    /// When it is over, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) until: Option<Timestamp>,
    /// Prices that end it, where that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) at: Vec<TargetView>,
}

/// A price to be reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceTarget)]
pub(in crate::http) struct TargetView {
    /// `up` or `down`, from the last price.
    #[schema(example = "up")]
    side: &'static str,
    #[schema(value_type = schema::Decimal)]
    price: Price,
    /// Whether the price itself counts, or only what lies beyond it.
    inclusive: bool,
    /// How far the last price is from it; null where it is not away.
    #[schema(value_type = Option<schema::Decimal>)]
    distance: Option<Price>,
    /// The same in percent of the last price, rounded.
    #[schema(example = "2.8 %")]
    distance_percent: Option<String>,
    /// How near the price came, in the time in which it counted: since the alert was armed or last fired,
    /// at most seven days back.
    nearest: Option<NearestView>,
}

/// The price that came nearest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Nearest)]
pub(in crate::http) struct NearestView {
    #[schema(value_type = schema::Decimal)]
    price: Price,
    /// The venue's time of it.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// How far it was from the target; null where it was not short of it.
    #[schema(value_type = Option<schema::Decimal>)]
    short_by: Option<Price>,
    /// The same in percent of it, rounded.
    #[schema(example = "0.15 %")]
    short_by_percent: Option<String>,
}

/// Why an alert has not fired.
#[utoipa::path(get, path = "/api/alerts/{id}/explain", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = Explanation),
    (status = 404, description = "No such alert, or somebody else's"),
))]
pub(in crate::http) async fn explain_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
) -> Result<Json<Explanation>, ApiError> {
    let row = api.store().watched_alert(id).await?.filter(|row| row.user == caller.user);
    let now = api.now();
    let Some(row) = row else {
        return Ok(Json(explained_products::explanation(&api, caller.user, id, now).await?));
    };
    let outlook = match row.status {
        Status::Active => api.inquiries().outlook(row.clone(), now).await,
        Status::Triggered | Status::Paused | Status::Expired | Status::Deleted => None,
    };
    // Where the evaluator answered, of the same moment as its answer.
    let market = match outlook.as_ref() {
        Some(outlook) => outlook.market.as_ref().map(MarketView::from),
        None => MarketView::of(api.positions(), &row.spec.instrument),
    };
    let watching = api.positions().watching(&row.spec.instrument);
    let mut explanation = explanation(&row, outlook, market, watching, now);
    tell_of_channels(&api, caller.user, &row.spec.channels, &mut explanation).await?;
    explanation.blind = blind(&api, &row, now).await?;
    if let Some(words) = coverage::in_words(&explanation.blind) {
        explanation.sentence = format!("{} {words}", explanation.sentence);
    }
    Ok(Json(explanation))
}

/// Tells that an alert names channels that were deleted: it fires, and nobody hears of it there.
pub(super) async fn tell_of_channels(
    api: &ApiState,
    user: UserId,
    channels: &[Channel],
    explanation: &mut Explanation,
) -> Result<(), ApiError> {
    let deleted = deleted_channels(api, user, channels).await?;
    let Some(words) = explained::deleted_channels(deleted.len(), channels.len()) else { return Ok(()) };
    explanation.hindrances.push(HindranceView { code: "channel_deleted", until: None, at: Vec::new() });
    explanation.sentence = format!("{} {words}", explanation.sentence);
    Ok(())
}

/// When an alert that watches was blind since it was armed; nothing before anything is known.
async fn blind(api: &ApiState, row: &Watched, now: Timestamp) -> Result<Vec<StretchView>, ApiError> {
    let Some(armed_at) = row.state.accepted_at.filter(|_| row.status == Status::Active) else {
        return Ok(Vec::new());
    };
    let coverage = coverage::Coverage::read(api, &row.spec.instrument, armed_at, now).await?;
    Ok(if coverage.is_known() { coverage.blind() } else { Vec::new() })
}

fn explanation(
    row: &Watched,
    outlook: Option<Outlook>,
    market: Option<MarketView>,
    watching: Option<Watching>,
    now: Timestamp,
) -> Explanation {
    let sentence = explained::sentence(row, outlook.as_ref(), watching.as_ref(), now);
    let stopped = stopped(row.status, outlook.is_some());
    let outlook = outlook.unwrap_or_default();
    let last = outlook.market.as_ref().map(|market| market.price);
    let hindrances = outlook.hindrances.iter().map(|hindrance| HindranceView::of(hindrance, last));
    Explanation {
        alert_id: row.id.0,
        status: row.status,
        as_of: now,
        sentence,
        market,
        watching: watching.map(WatchingView::from),
        blind: Vec::new(),
        holds: outlook.holds,
        reference: outlook.reference,
        hindrances: stopped.into_iter().chain(hindrances).collect(),
        targets: TargetView::all(&outlook.targets, last),
        parts: outlook.parts,
    }
}

/// What keeps an alert from firing that the evaluator does not hold.
pub(super) fn stopped(status: Status, is_held: bool) -> Option<HindranceView> {
    let code = match status {
        Status::Active if is_held => return None,
        Status::Active => "not_yet_armed",
        Status::Triggered => "ended",
        Status::Paused => "paused",
        Status::Expired => "expired",
        Status::Deleted => "deleted",
    };
    Some(HindranceView { code, until: None, at: Vec::new() })
}

impl From<Watching> for WatchingView {
    fn from(watching: Watching) -> Self {
        let state = watching.state();
        let reason = match watching.coverage {
            Coverage::Refused { reason } => Some(reason),
            _ => None,
        };
        Self { state, since: watching.since, reason }
    }
}

impl HindranceView {
    fn of(hindrance: &Hindrance, last: Option<Price>) -> Self {
        let at = match hindrance {
            Hindrance::NotReady { at } => TargetView::all(at, last),
            _ => Vec::new(),
        };
        Self { code: hindrance.code(), until: hindrance.until(), at }
    }
}

impl TargetView {
    fn all(targets: &[Target], last: Option<Price>) -> Vec<Self> {
        targets.iter().map(|target| Self::of(target, last)).collect()
    }

    /// Which way a target lies, as a word.
    pub(super) fn side_of(target: &Target) -> &'static str {
        match target.side {
            Side::Up => "up",
            Side::Down => "down",
        }
    }

    fn of(target: &Target, last: Option<Price>) -> Self {
        let short = last.filter(|&last| is_short(target, last));
        Self {
            side: Self::side_of(target),
            price: target.price,
            inclusive: target.inclusive,
            distance: short.and_then(|last| figures::difference(last, target.price)),
            distance_percent: short.and_then(|last| figures::size(last, target.price)),
            nearest: target.nearest.map(|nearest| NearestView::of(nearest, target)),
        }
    }
}

impl NearestView {
    fn of(nearest: Nearest, target: &Target) -> Self {
        let short = is_short(target, nearest.price).then_some(nearest.price);
        Self {
            price: nearest.price,
            time: nearest.time,
            short_by: short.and_then(|price| figures::difference(price, target.price)),
            short_by_percent: short.and_then(|price| figures::size(price, target.price)),
        }
    }
}

/// Whether a price lies before a target, seen from where it is to come from.
pub(super) fn is_short(target: &Target, price: Price) -> bool {
    match target.side {
        Side::Up => price < target.price,
        Side::Down => price > target.price,
    }
}
