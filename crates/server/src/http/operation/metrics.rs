//! `GET /metrics` for Prometheus, on a listener of its own: it needs no login, so it is kept apart.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// Serves what this recorder counted.
pub fn metrics_router(recorder: PrometheusHandle) -> Router {
    let render = move || {
        let recorder = recorder.clone();
        async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()) }
    };
    Router::new().route("/metrics", get(render))
}
