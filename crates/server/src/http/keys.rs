//! Keys of programs: made with a login, shown once, deleted at any time.

pub(super) mod create_key;
pub(super) mod delete_key;
pub(super) mod list_keys;

use bellwether_model::Timestamp;
use bellwether_store::key::Key;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key, without the secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(super) struct KeyView {
    id: Uuid,
    name: String,
    /// What it may be used for: `read`, `write`, `ticks`.
    #[schema(example = json!(["read"]))]
    scopes: Vec<&'static str>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, to the minute; null before.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl From<Key> for KeyView {
    fn from(key: Key) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            scopes: key.scopes.into_iter().map(|scope| scope.name()).collect(),
            expires_at: key.expires_at,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}
