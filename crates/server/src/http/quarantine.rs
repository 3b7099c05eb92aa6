//! Prices that were too far from the one before to be believed at once, and what became of each.

pub(super) mod list_all;
pub(super) mod list_quarantine;

use bellwether_model::{Instrument, Price, Timestamp};
use bellwether_store::quarantine::{QuarantineFilter, Quarantined};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::paging::PageOf;
use super::query::Query;
use super::{ApiState, schema};

/// A price that waited for its confirmation, or waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuarantinedTick)]
pub(super) struct QuarantinedView {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    #[schema(value_type = schema::Decimal, example = "5000.25")]
    price: Price,
    /// The price that was in force when it came, from which it is far.
    #[schema(value_type = schema::Decimal, example = "50.01")]
    in_force: Price,
    /// When the venue says that it was; of a polled venue, when it was asked.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The venue's number of it; null where it gives none.
    id: Option<u64>,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    came_at: Timestamp,
    /// `waiting` for the price after it; `confirmed` by it, and counted in its own place; `contradicted` by it, and
    /// left out; `unanswered` where no price came right after it: there is a gap, nobody watches it any more, or its
    /// feed began anew.
    #[schema(example = "contradicted")]
    outcome: &'static str,
    /// When that was decided; null while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Timestamp>,
}

impl From<Quarantined> for QuarantinedView {
    fn from(tick: Quarantined) -> Self {
        let Quarantined { instrument, price, in_force, time, id, came_at, outcome, settled_at } = tick;
        Self { instrument, price, in_force, time, id, came_at, outcome: outcome.name(), settled_at }
    }
}

/// A page of what a filter finds, with the outcomes and the page that a request asks for.
async fn list(
    api: &ApiState,
    filter: QuarantineFilter,
    mut query: Query,
) -> Result<PageOf<QuarantinedView>, ApiError> {
    let filter = QuarantineFilter { outcomes: query.many("outcome"), ..filter };
    let page = query.page();
    let asked = query.finish()?;
    let listed = api.store().quarantine(&filter, page).await?;
    Ok(PageOf {
        items: listed.items.into_iter().map(QuarantinedView::from).collect(),
        page: page.number,
        page_size: page.size,
        total: listed.total,
        next: asked.next_page(page, listed.total),
    })
}
