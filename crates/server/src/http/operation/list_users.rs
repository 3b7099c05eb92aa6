//! `GET /api/admin/users`: all accounts.

use axum::Json;
use axum::extract::State;
use bellwether_model::Timestamp;
use bellwether_store::user::Account;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::ApiState;
use crate::http::auth::Administrator;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// An account, as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(in crate::http) struct AccountView {
    id: Uuid,
    email: String,
    username: Option<String>,
    /// Whether the address was shown to be theirs.
    verified: bool,
    /// `user` or `administrator`.
    #[schema(example = "user")]
    role: &'static str,
    /// Alerts that are not deleted.
    alerts: u64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { user, alerts } = account;
        Self {
            id: user.id.0,
            email: user.email,
            username: user.username,
            verified: user.verified,
            role: user.role.name(),
            alerts,
            created_at: user.created_at,
        }
    }
}

/// All accounts, the newest first.
#[utoipa::path(get, path = "/api/admin/users", tag = "operation",
    params(
        ("q" = Option<String>, Query, description = "Part of an address or of a name to log in with"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query),
    ),
    responses(
        (status = 200, body = PageOf<AccountView>),
        (status = 403, description = "You are no administrator"),
    ))]
pub(in crate::http) async fn list_users(
    State(api): State<ApiState>,
    _: Administrator,
    mut query: Query,
) -> Result<Json<PageOf<AccountView>>, ApiError> {
    let (q, page) = (query.search("q"), query.page());
    let asked = query.finish()?;
    let listed = api.store().list_users(q, page).await?;
    Ok(Json(PageOf {
        items: listed.items.into_iter().map(AccountView::from).collect(),
        page: page.number,
        page_size: page.size,
        total: listed.total,
        next: asked.next_page(page, listed.total),
    }))
}
