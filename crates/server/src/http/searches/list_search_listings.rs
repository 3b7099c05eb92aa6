//! `GET /api/searches/{id}/listings`: what a search finds now.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use bellwether_model::SearchId;
use bellwether_store::listing::ListingOrder;
use bellwether_store::page::Listed;

use super::find;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::listings::FoundView;
use crate::http::paging::PageOf;
use crate::http::query::Query;
use crate::http::schema::choices;

/// In which order listings are wanted.
struct Order(ListingOrder);

impl FromStr for Order {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "price" => Ok(Order(ListingOrder::Price)),
            "newest" => Ok(Order(ListingOrder::Newest)),
            _ => Err("must be price or newest"),
        }
    }
}

/// What a search finds now.
#[utoipa::path(get, path = "/api/searches/{id}/listings", tag = "products",
    params(
        ("id" = uuid::Uuid, Path),
        ("order" = inline(Option<choices::ListingOrder>), Query, description = "`price` (where absent), the cheapest first, or `newest`"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query, description = "10 where absent"),
    ),
    responses(
        (status = 200, body = PageOf<FoundView>),
        (status = 404, description = "No such search, or one that none of your alerts watches"),
    ))]
pub(in crate::http) async fn list_search_listings(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<SearchId>,
    mut query: Query,
) -> Result<Json<PageOf<FoundView>>, ApiError> {
    let order = query.one::<Order>("order").map_or_else(ListingOrder::default, |order| order.0);
    let page = query.page();
    let asked = query.finish()?;
    find(&api, caller.user, id).await?;
    let Listed { items, total } = api.store().search_listings(id, order, page).await?;
    Ok(Json(PageOf {
        items: items.into_iter().map(FoundView::from).collect(),
        page: page.number,
        page_size: page.size,
        total,
        next: asked.next_page(page, total),
    }))
}
