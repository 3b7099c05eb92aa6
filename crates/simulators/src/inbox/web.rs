//! The page and the JSON interface over HTTP, for this machine only.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::mailbox::Mailbox;
use super::running::Faults;

mod events;
mod faults;
mod html;
mod mails;

/// The page takes everything from here and nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the handlers share.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) mailbox: Mailbox,
    pub(super) faults: Faults,
    pub(super) authority_pem: String,
    pub(super) cancelled: CancellationToken,
}

/// The routes.
pub(super) fn routes(site: Site) -> Router {
    let authority = site.authority_pem.clone();
    Router::new()
        .route("/", get(async || page("text/html; charset=utf-8", include_str!("page/inbox.html"))))
        .route("/inbox.css", get(async || page("text/css; charset=utf-8", include_str!("page/inbox.css"))))
        .route(
            "/inbox.js",
            get(async || page("text/javascript; charset=utf-8", include_str!("page/inbox.js"))),
        )
        .route("/ca.pem", get(async || page("application/x-pem-file", authority)))
        .route("/mails/{id}/body.html", get(html::show_html))
        .route("/api/mails", get(mails::list_mails).delete(mails::clear_mails))
        .route("/api/mails/{id}", get(mails::get_mail))
        .route("/api/mails/{id}/raw", get(mails::get_raw))
        .route("/api/counts", get(mails::get_counts))
        .route("/api/wait", get(mails::wait_for_mails))
        .route("/api/events", get(events::stream_events))
        .route("/api/faults", get(faults::list_faults).post(faults::add_fault).delete(faults::clear_faults))
        .with_state(site)
}

fn page(content_type: &'static str, body: impl IntoResponse) -> impl IntoResponse {
    (headers(content_type, PAGE_POLICY), body)
}

/// Type, policy, and that the type is not to be guessed.
fn headers(content_type: &'static str, policy: &'static str) -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ]
}
