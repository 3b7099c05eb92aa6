//! `/` and `/app/`: what runs here. Every address under `/app/` answers, since messages link there.

use axum::response::{Redirect, Response};

use super::{framed, page};

/// Leads to the interface.
pub(in crate::http) async fn root() -> Redirect {
    Redirect::temporary("/app/")
}

/// What runs here.
pub(in crate::http) async fn app() -> Response {
    page(framed("Running", include_str!("app.html")))
}
