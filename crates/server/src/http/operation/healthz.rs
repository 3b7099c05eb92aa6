//! `GET /healthz`: the process runs and answers. It asks nothing of any other part, so that a database
//! that is down does not get the service restarted.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Alive {
    /// Always `alive`.
    #[schema(example = "alive")]
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

/// Is it alive?
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = 200, body = Alive)))]
pub(in crate::http) async fn healthz() -> Json<Alive> {
    Json(Alive { status: "alive", version: env!("CARGO_PKG_VERSION") })
}
