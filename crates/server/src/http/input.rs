//! What handlers take from a request: its JSON body, an id in its path, an instrument in its path.
//!
//! Every refusal is an [`ApiError`]; nothing of the framework's own reaches a client.

use std::str::FromStr;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::product::ListingId;
use bellwether_model::{AlertId, ChannelId, DeliveryId, FireId, Instrument, KeyId, Node, ReportId, SearchId};
use sha2::{Digest as _, Sha256};

use super::ApiState;
use super::error::ApiError;
use crate::json::read_node;

/// A JSON body, numbers still as they were written.
pub(super) struct JsonBody {
    pub(super) node: Node,
    bytes: Bytes,
}

impl JsonBody {
    /// Reads the fields of a body that must be an object; fields that `read` does not ask for are
    /// refused.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&mut Fields<'_>, &mut Faults) -> Option<T>,
    ) -> Result<T, ApiError> {
        let mut faults = Faults::new();
        let value = faults.object(&self.node).and_then(|mut fields| {
            let value = read(&mut fields, &mut faults);
            fields.finish(&mut faults);
            value
        });
        faults.finish(value).map_err(ApiError::Input)
    }

    /// The bytes as they were sent.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes as they were sent.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

impl FromRequest<ApiState> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &ApiState) -> Result<Self, ApiError> {
        if !is_declared_json(request.headers()) {
            return Err(ApiError::NotDeclaredJson);
        }
        let bytes = read_body(request, api.limits().body).await?;
        let node = read_node(&bytes).map_err(ApiError::NotJson)?;
        Ok(Self { node, bytes })
    }
}

fn is_declared_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("application/"))
            && kind.to_ascii_lowercase().ends_with("+json")
}

/// The whole body, where it is not larger than allowed. One that says that it is larger is not read.
pub(super) async fn read_body(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    use axum::body::HttpBody as _;
    let declared = request.body().size_hint().lower();
    if usize::try_from(declared).map_or(true, |declared| declared > limit) {
        return Err(ApiError::TooLarge { limit });
    }
    to_bytes(request.into_body(), limit).await.map_err(|error| {
        let too_large = std::error::Error::source(&error)
            .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if too_large { ApiError::TooLarge { limit } } else { ApiError::BrokenBody }
    })
}

/// What an id names, for the answer where there is none.
pub(super) trait Named {
    const NAME: &'static str;
}

macro_rules! named {
    ($($id:ident = $name:literal;)*) => {$(
        impl Named for $id {
            const NAME: &'static str = $name;
        }
    )*};
}

named! {
    AlertId = "alert";
    FireId = "fire";
    DeliveryId = "delivery";
    ChannelId = "channel";
    KeyId = "key";
    Instrument = "instrument";
    ListingId = "listing";
    ReportId = "report";
    SearchId = "search";
}

/// The id in the path. What is no id names nothing, so it is answered like an unknown one.
pub(super) struct InPath<T>(pub(super) T);

impl<T: FromStr + Named> FromRequestParts<ApiState> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiError> {
        let not_found = || ApiError::NotFound(T::NAME);
        let Path(text) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}
