//! `/docs/`: Swagger UI, from files inside the binary; and the document that it shows.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use crate::http::error::ApiError;
use crate::http::openapi;

/// Swagger UI draws with inline styles and images, and calls this server alone.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; \
     base-uri 'none'",
);

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").persist_authorization(true)));

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    Bytes::from(openapi().to_json().expect("the document is made of texts, numbers and lists"))
});

/// The OpenAPI document.
pub(in crate::http) async fn document() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, DOCUMENT.clone()).into_response()
}

/// Leads to the documentation; its files stand beside it, so the slash at the end matters.
pub(in crate::http) async fn to_docs() -> Redirect {
    Redirect::permanent("/docs/")
}

/// The documentation's page.
pub(in crate::http) async fn docs() -> Response {
    file("index.html")
}

/// A file of the documentation.
pub(in crate::http) async fn docs_file(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    match serve(name, Arc::clone(&CONFIG)) {
        Ok(Some(SwaggerFile { bytes, content_type, gzpipped, .. })) => {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_SECURITY_POLICY, DOCS_POLICY);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            if let Ok(kind) = HeaderValue::try_from(content_type) {
                headers.insert(CONTENT_TYPE, kind);
            }
            if gzpipped {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            (headers, bytes.into_owned()).into_response()
        }
        Ok(None) => ApiError::NoRoute.into_response(),
        Err(error) => ApiError::internal(std::io::Error::other(error.to_string())).into_response(),
    }
}
