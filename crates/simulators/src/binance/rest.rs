//! The REST interface: one table of endpoints, and what every request goes through before and after.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::endpoint::Endpoint;
use self::error::ApiError;
use self::params::Params;
use super::unit::TimeUnit;
use super::world::World;
use crate::venue;

mod depth;
mod endpoint;
mod error;
mod exchange_info;
mod general;
mod klines;
mod params;
mod rolling;
mod tickers;
mod trades;
pub(super) mod weight;

pub(super) use self::klines::time_zone;

/// What a socket is answered that was opened too soon after too many others.
pub(super) fn too_many_connects(limit: usize) -> impl IntoResponse {
    ApiError::too_many_connects(limit)
}

/// The routes under `/api/v3`.
pub(super) fn routes(world: Arc<World>) -> Router {
    let mut router = Router::new();
    for endpoint in endpoint::ALL {
        let answer = move |State(world): State<Arc<World>>, headers: HeaderMap, RawQuery(query): RawQuery| async move {
            answer(world, endpoint, headers, query.unwrap_or_default()).await
        };
        router = router.route(&format!("/api/v3/{}", endpoint.name), get(answer));
    }
    router.with_state(world)
}

async fn answer(
    world: Arc<World>,
    endpoint: &'static Endpoint,
    headers: HeaderMap,
    query: String,
) -> Response {
    if let Some(refusal) = venue::rest::receive(&world.stage, &format!("/api/v3/{}", endpoint.name)).await {
        return ApiError::ordered(refusal, world.stage.now_us()).into_response();
    }
    let params = Params::parse(&query);
    let weight = params.as_ref().map_or(1, |params| (endpoint.weight)(params));
    let used = match world.scale.weigh(weight, world.stage.now_us()) {
        Ok(used) => used,
        Err(error) => {
            world.stage.tally.note(|counters| counters.rest_refused += 1);
            return error.into_response();
        }
    };
    let answer = tokio::task::spawn_blocking(move || compute(&world, endpoint, &headers, params)).await;
    let mut response = answer.unwrap_or_else(|_| ApiError::internal().into_response());
    let used = HeaderValue::from(used);
    response.headers_mut().insert("x-mbx-used-weight", used.clone());
    response.headers_mut().insert("x-mbx-used-weight-1m", used);
    response
}

/// Long klines are made from a year of trades: a matter of milliseconds that the sockets need not wait for.
fn compute(
    world: &World,
    endpoint: &Endpoint,
    headers: &HeaderMap,
    params: Result<Params, ApiError>,
) -> Response {
    let body = params.and_then(|params| {
        let unit = time_unit(headers)?;
        params.only(endpoint.parameters)?;
        (endpoint.answer)(world, &params, unit)
    });
    match body {
        Ok(body) => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn time_unit(headers: &HeaderMap) -> Result<TimeUnit, ApiError> {
    let Some(value) = headers.get("x-mbx-time-unit") else { return Ok(TimeUnit::default()) };
    value.to_str().ok().and_then(TimeUnit::parse).ok_or_else(ApiError::bad_time_unit)
}
