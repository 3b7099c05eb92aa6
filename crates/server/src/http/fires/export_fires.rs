//! `GET /api/fires/export`: one's fires as a file.

use axum::extract::State;
use axum::response::Response;
use bellwether_model::product::ListingEvent;
use bellwether_model::{FireId, Instrument, Measure, UserId};
use bellwether_store::fire::{Cause, Fire, FireFilter};
use serde::Serialize;

use super::list_fires::read_filter;
use super::view::FireView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::export::{Format, PORTION, Portions, Row, file};
use crate::http::query::Query;

/// One's fires as a file.
///
/// All that the filters leave, the newest first; `format` is `csv` (where absent) or `jsonl`, whose lines are what
/// `GET /api/fires` lists. In the table an apostrophe stands before what people wrote that begins like a formula. The
/// file is read and sent a portion at a time; one that breaks off is not whole.
#[utoipa::path(get, path = "/api/fires/export", tag = "fires",
    params(
        ("format" = Option<String>, Query, example = "csv", description = "`csv` (where absent) or `jsonl`"),
        ("alert" = Option<uuid::Uuid>, Query),
        ("instrument" = Option<String>, Query),
        ("from" = Option<String>, Query, format = DateTime, description = "Fired by a tick at or after this instant"),
        ("to" = Option<String>, Query, format = DateTime, description = "Fired by a tick before this instant"),
    ),
    responses((status = 200, description = "The file", body = String, content_type = "text/csv")))]
pub(in crate::http) async fn export_fires(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Response, ApiError> {
    let format = query.one("format").unwrap_or(Format::Csv);
    let filter = FireFilter { alert: query.one("alert"), ..read_filter(&mut query) };
    query.finish()?;
    let place = api.exports().take(caller.user)?;
    let fires = Fires { user: caller.user, filter, after: None, api };
    file(fires, format, "fires", place).await
}

/// A user's fires, a portion at a time.
struct Fires {
    api: ApiState,
    user: UserId,
    filter: FireFilter,
    after: Option<FireId>,
}

impl Portions for Fires {
    type Item = Fire;

    async fn next(&mut self) -> Result<Vec<Fire>, ApiError> {
        let fires = self.api.store().fires_before(self.user, &self.filter, self.after, PORTION).await?;
        self.after = fires.last().map(|fire| fire.id).or(self.after);
        Ok(fires)
    }

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "alert_id",
        "alert",
        "fire",
        "kind",
        "time",
        "instrument",
        "price",
        "previous_price",
        "threshold",
        "reference",
        "listing",
        "title",
        "event",
        "currency",
        "late",
        "ends_alert",
        "evaluated_at",
        "committed_at",
    ];

    fn row(fire: &Fire, row: &mut Row) {
        row.plain(fire.id);
        row.plain(fire.alert);
        row.text(
            if fire.spec.name().is_empty() { fire.spec.words() } else { fire.spec.name().to_owned() }
                .as_str(),
        );
        row.plain(fire.number);
        row.plain(fire.spec.kind());
        row.plain(fire.cause.time());
        match &fire.cause {
            Cause::Tick { evidence, .. } => {
                let (threshold, reference) = match evidence.measure {
                    Measure::Threshold(price) => (Some(price), None),
                    Measure::Reference(price) => (None, Some(price)),
                    Measure::Parts(_) | Measure::SilentSince(_) => (None, None),
                };
                instrument(&evidence.instrument, row);
                row.plain(evidence.price);
                row.maybe(evidence.previous_price);
                row.maybe(threshold);
                row.maybe(reference);
                (0..4).for_each(|_| row.plain(""));
            }
            Cause::Listing(evidence) => {
                row.plain("");
                row.maybe(evidence.price.map(|price| price.value));
                row.maybe(evidence.previous_price.map(|price| price.value));
                row.maybe(evidence.threshold);
                row.maybe(evidence.reference);
                row.text(evidence.listing.id.as_str());
                row.text(&evidence.listing.title);
                row.plain(event(evidence.event));
                row.maybe(evidence.price.map(|price| price.currency));
            }
        }
        row.plain(fire.late);
        row.plain(fire.ends);
        row.plain(fire.evaluated_at);
        row.plain(fire.committed_at);
    }

    fn json(fire: Fire) -> impl Serialize {
        FireView::from(fire)
    }
}

/// What happened to a listing, as the list has it.
const fn event(event: ListingEvent) -> &'static str {
    match event {
        ListingEvent::Listed => "listed",
        ListingEvent::PriceDrop => "price_drop",
        ListingEvent::Below => "below",
        ListingEvent::Restocked => "restocked",
        ListingEvent::Ended => "ended",
    }
}

/// Symbols of pushed instruments are people's words.
fn instrument(instrument: &Instrument, row: &mut Row) {
    row.text(&instrument.to_string());
}
