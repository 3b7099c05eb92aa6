//! `POST /api/keys`: a key, shown this once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{KeyId, Node, Timestamp, limits};
use bellwether_store::key::{KeyCreation, NewKey, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::KeyView;
use crate::http::ApiState;
use crate::http::auth::LoggedIn;
use crate::http::auth::keys::new_key;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::JsonBody;
use crate::http::users::gone;

/// Keys that one user may have.
const KEYS_MAX: u64 = 100;

/// A key as it is asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct KeyWish {
    /// What you call it; at most 200 characters.
    #[schema(example = "the shop's server")]
    name: String,
    /// What it may be used for: `read` everything of yours, `write` alerts and channels, hand in `ticks`.
    #[schema(example = json!(["read", "write"]))]
    scopes: Vec<String>,
    /// From when on it is of no use; never, where absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
}

struct Wish {
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
}

/// A key with its secret.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct MadeKey {
    #[serde(flatten)]
    key: KeyView,
    /// Shown as `Authorization: Bearer` with every request. It is told this once.
    #[schema(example = "bw_2tUO9bYhA…")]
    secret: String,
}

/// Make a key for a program. It takes a login.
#[utoipa::path(post, path = "/api/keys", tag = "accounts", request_body = KeyWish, responses(
    (status = 201, description = "Made; keep the secret, it is not shown again", body = MadeKey),
    (status = 409, description = "You have as many keys as are allowed"),
))]
pub(in crate::http) async fn create_key(
    State(api): State<ApiState>,
    caller: LoggedIn,
    body: JsonBody,
) -> Result<(StatusCode, Json<MadeKey>), ApiError> {
    let Wish { name, scopes, expires_at } = body.read(read)?;
    let now = api.now();
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(ApiError::field("expires_at", "past", "must lie in the future"));
    }
    let (secret, hash) = new_key();
    let new = NewKey { id: KeyId(Uuid::now_v7()), user: caller.user, name, hash, scopes, expires_at };
    match api.store().create_key(new, KEYS_MAX, now).await? {
        KeyCreation::Created(key) => Ok((StatusCode::CREATED, Json(MadeKey { key: key.into(), secret }))),
        KeyCreation::LimitReached => Err(ApiError::Conflict(Conflict::TooManyKeys)),
        KeyCreation::NoUser => Err(gone()),
    }
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Wish> {
    if !fields.has("name") {
        faults.add("name", "required", "is required");
    }
    let name = fields.bounded_text(faults, "name", limits::NAME_CHARS).map(str::trim);
    if name == Some("") {
        faults.add("name", "required", "must say something");
    }
    let scopes = match fields.given("scopes") {
        Some(Node::List(nodes)) if !nodes.is_empty() => faults.within("scopes", |faults| {
            let read = |(index, node)| faults.within_index(index, |faults| read_scope(node, faults));
            let scopes: Vec<Option<Scope>> = nodes.iter().enumerate().map(read).collect();
            scopes.into_iter().collect::<Option<Vec<Scope>>>()
        }),
        _ => {
            faults.add("scopes", "required", "must be a list of read, write and ticks, one of them at least");
            None
        }
    };
    let expires_at = fields.parsed(faults, "expires_at");
    let mut scopes = scopes?;
    scopes.sort_unstable();
    scopes.dedup();
    Some(Wish { name: name?.to_owned(), scopes, expires_at })
}

fn read_scope(node: &Node, faults: &mut Faults) -> Option<Scope> {
    let scope = match node {
        Node::Text(text) => text.parse().ok(),
        _ => None,
    };
    if scope.is_none() {
        faults.add("", "unknown_value", "must be one of read, write, ticks");
    }
    scope
}
