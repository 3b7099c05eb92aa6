//! Parameters of a query that nobody asks for, at the calls that take none: refused, as lists refuse those that they do
//! not know. A misspelt one would otherwise be passed over in silence.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bellwether_model::input::Faults;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use super::error::ApiError;

/// The calls that take no parameters, as the API's document has them.
#[derive(Debug, Clone)]
pub(super) struct Plain(Arc<HashSet<(Method, String)>>);

impl Plain {
    pub(super) fn of(document: &OpenApi) -> Self {
        let mut calls = HashSet::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in operations {
                if operation.as_ref().is_some_and(|operation| !takes_parameters(operation)) {
                    calls.insert((method, path.clone()));
                }
            }
        }
        Self(Arc::new(calls))
    }
}

fn takes_parameters(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    })
}

/// The layer.
pub(super) async fn refuse_unasked(State(plain): State<Plain>, request: Request, next: Next) -> Response {
    match unasked(&plain, &request) {
        None => next.run(request).await,
        Some(refused) => refused.into_response(),
    }
}

fn unasked(plain: &Plain, request: &Request) -> Option<ApiError> {
    let query = request.uri().query().filter(|query| !query.is_empty())?;
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    if !route.starts_with("/api/") || !plain.0.contains(&(request.method().clone(), route.to_owned())) {
        return None;
    }
    let mut faults = Faults::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        faults.add(&name, "unknown_parameter", "is not a parameter that is known here");
    }
    faults.finish(Some(())).map_err(ApiError::Input).err()
}
