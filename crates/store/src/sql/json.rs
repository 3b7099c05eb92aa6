//! The model's own JSON forms, as the store keeps them.

use serde::{Serialize, de::DeserializeOwned};

use crate::error::StoreError;

/// The JSON text of a value.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Refused { source: source.into() })
}

/// The value that a JSON text of the store holds.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        // The position in the text, without the text.
        what: format!("{what} (line {}, column {})", error.line(), error.column()),
    })
}
