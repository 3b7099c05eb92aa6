//! `POST /api/keys`: a key, shown this once.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{KeyId, Node, Timestamp, limits};
use bellwether_store::alert::Idempotency;
use bellwether_store::key::{KeyCreation, NewKey, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::KeyView;
use crate::http::ApiState;
use crate::http::auth::LoggedIn;
use crate::http::auth::keys::{key_of, new_key};
use crate::http::error::{ApiError, Conflict};
use crate::http::idempotency;
use crate::http::input::JsonBody;
use crate::http::users::gone;

/// Keys that one user may have.
const KEYS_MAX: u64 = 100;
/// This call, among those whose requests may be sent again.
const CALL: &str = "POST /api/keys";

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
#[utoipa::path(post, path = "/api/keys", tag = "accounts", request_body = KeyWish,
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, body = MadeKey, description = "Made, or made before under the same key; keep the secret, it is \
            shown in these answers alone"),
        (status = 409, description = "You have as many keys as are allowed"),
        (status = 422, description = "The idempotency key was used for another body, or for a key that is deleted \
            since"),
    ))]
pub(in crate::http) async fn create_key(
    State(api): State<ApiState>,
    caller: LoggedIn,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<(StatusCode, HeaderMap, Json<MadeKey>), ApiError> {
    let Wish { name, scopes, expires_at } = body.read(read)?;
    let idempotency = idempotency::key_of_call(&headers, CALL, body.bytes())?;
    let now = api.now();
    if let Some(asked) = &idempotency
        && let Some(before) = api.store().key_made_before(caller.user, asked, now).await?
    {
        return answer(&api, before, String::new(), Some(asked));
    }
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(ApiError::field("expires_at", "past", "must lie in the future"));
    }
    let id = KeyId(Uuid::now_v7());
    let (secret, hash) = match &idempotency {
        // The first is under the signing key of now.
        Some(asked) => key_of(&api.tokens().secrets_of_key(id, &asked.key).swap_remove(0)),
        None => new_key(),
    };
    let asked = idempotency.clone();
    let new = NewKey { id, user: caller.user, name, hash, scopes, expires_at, idempotency };
    let made = api.store().create_key(new, KEYS_MAX, now).await?;
    answer(&api, made, secret, asked.as_ref())
}

/// What is told of a key that was made just now with this secret, or by the same request before.
fn answer(
    api: &ApiState,
    made: KeyCreation,
    secret: String,
    asked: Option<&Idempotency>,
) -> Result<(StatusCode, HeaderMap, Json<MadeKey>), ApiError> {
    let mut headers = HeaderMap::new();
    let (key, secret) = match made {
        KeyCreation::Created(key) => (key, secret),
        KeyCreation::Repeated(key, hash) => {
            idempotency::mark_replayed(&mut headers);
            let secrets = asked.map(|asked| api.tokens().secrets_of_key(key.id, &asked.key));
            let keys = secrets.into_iter().flatten().map(|secret| key_of(&secret));
            // Where the signing key was changed and its former one is named no longer, nobody knows it any more.
            let (secret, _) = keys.into_iter().find(|(_, of)| *of == hash).ok_or(ApiError::KeyReused)?;
            (key, secret)
        }
        KeyCreation::KeyConflict => return Err(ApiError::KeyReused),
        KeyCreation::LimitReached => return Err(ApiError::Conflict(Conflict::TooManyKeys)),
        KeyCreation::NoUser => return Err(gone()),
    };
    Ok((StatusCode::CREATED, headers, Json(MadeKey { key: key.into(), secret })))
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
