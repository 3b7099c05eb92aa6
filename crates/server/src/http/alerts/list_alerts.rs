//! `GET /api/alerts`: a page of one's alerts, newest first, deleted ones only where asked for.
//!
//! Pages are cached (see [`crate::http::cache`]); the market price beside each alert is not, it is the
//! evaluator's last one at the moment of the answer.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bellwether_model::{Instrument, Status, UserId};
use bellwether_store::alert::{AlertFilter, Kind};
use bellwether_store::page::{Listed, Page};

use super::outlooks::outlooks;
use super::view::{AlertAnswer, AlertView};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::cache::{KeptPage, PageKey};
use crate::http::catalogue::canonical;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;
use crate::http::schema;

/// One's alerts, a page at a time.
#[utoipa::path(get, path = "/api/alerts", tag = "alerts",
    params(
        ("status" = Option<Vec<schema::Status>>, Query, description = "Any of these; every one but deleted where absent"),
        ("kind" = inline(Option<Vec<schema::choices::AlertKind>>), Query, description = "Any of these"),
        ("instrument" = Option<Vec<schema::Instrument>>, Query, description = "Any of these"),
        ("q" = Option<String>, Query, description = "A text that name, note, instrument or a tag contains"),
        ("include" = inline(Option<Vec<schema::choices::AlertExtra>>), Query, description = "`outlook`: how far each is from firing"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query, description = "10 where absent"),
    ),
    responses((status = 200, body = PageOf<AlertAnswer>)))]
pub(in crate::http) async fn list_alerts(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Response, ApiError> {
    let filter = AlertFilter {
        statuses: query.many::<Status>("status"),
        kinds: query.many::<Kind>("kind"),
        instruments: query
            .many::<Instrument>("instrument")
            .into_iter()
            .map(|instrument| canonical(&instrument).unwrap_or(instrument))
            .collect(),
        text: query.search("q"),
    };
    let with_outlook = query.many::<Include>("include").contains(&Include::Outlook);
    let page = query.page();
    let asked = query.finish()?;

    let listed = list(&api, caller.user, filter, page).await?;
    let mut outlooks = match with_outlook {
        true => outlooks(&api, caller.user, &listed.items).await?,
        false => HashMap::new(),
    };
    let items = listed
        .items
        .iter()
        .map(|alert| AlertAnswer::of(alert, api.positions()).with_outlook(outlooks.remove(&alert.id)));
    let body = PageOf {
        items: items.collect(),
        page: page.number,
        page_size: page.size,
        total: listed.total,
        next: asked.next_page(page, listed.total),
    };
    Ok(Json(body).into_response())
}

/// A page of a user's alerts, from the cache where it is still good.
pub(in crate::http) async fn list(
    api: &ApiState,
    user: UserId,
    filter: AlertFilter,
    page: Page,
) -> Result<KeptPage, ApiError> {
    // Before the query, or a change between the two would be kept out for good.
    let generation = api.generations().of(user);
    let key = PageKey { user, filter, page };
    if let Some(kept) = api.list_cache().get(&key, generation) {
        return Ok(kept);
    }
    let Listed { items, total } = api.store().list_alerts(user, &key.filter, page).await?;
    let items = items.into_iter().map(AlertView::from).collect();
    let listed = Arc::new(Listed { items, total });
    api.list_cache().keep(key, generation, &listed);
    Ok(listed)
}

/// What else is told of each alert.
#[derive(Debug, PartialEq, Eq)]
enum Include {
    Outlook,
}

impl FromStr for Include {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "outlook" { Ok(Include::Outlook) } else { Err("must be outlook") }
    }
}
