//! The HTTP API: one file per handler with its request, its answer and its documentation together.
//!
//! [`router`] is the whole of it, for a listener or for a test. It reads and writes the store and the
//! evaluator's published positions; it evaluates nothing and sends nothing. Every refusal is an
//! [`error::ApiError`].

mod alerts;
mod aliases;
mod auth;
mod cache;
mod catalogue;
mod changes;
mod channels;
mod coverage;
mod deliveries;
mod document;
mod ebay;
mod envelope;
pub mod error;
mod export;
mod feeds;
mod fires;
mod here;
mod idempotency;
mod input;
mod instruments;
mod keys;
mod listings;
mod live;
mod operation;
mod pages;
mod paging;
mod passwords;
mod quarantine;
mod query;
mod rates;
mod reports;
mod schema;
mod searches;
mod sessions;
mod state;
mod throttle;
mod ticks;
mod tokens;
mod unasked;
mod users;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, RETRY_AFTER};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower::util::MapRequestLayer;
use tower::{Layer as _, ServiceBuilder};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::cache::Generations;
pub(crate) use self::catalogue::canonical;
use self::error::ApiError;
pub use self::operation::{Readiness, metrics_router};
pub use self::state::{Api, ApiParts, ApiState};
pub use self::ticks::read_tick;

/// Answers smaller than this are not worth compressing.
const COMPRESSED_FROM_BYTES: u64 = 1_024;

/// The whole API, its documentation and its pages.
pub fn router(api: ApiState) -> Router {
    let (documented, document) = documented().split_for_parts();
    let plain = unasked::Plain::of(&document);
    let compressible =
        SizeAbove::new(COMPRESSED_FROM_BYTES).and(NotForContentType::IMAGES).and(NotForContentType::SSE);
    let around = ServiceBuilder::new()
        .layer(CompressionLayer::new().compress_when(compressible))
        .option_layer(cors(&api.limits().allowed_origins))
        .layer(from_fn_with_state(api.clone(), envelope::envelope))
        .layer(from_fn_with_state(plain, unasked::refuse_unasked));
    let routes = documented
        .merge(pages())
        .fallback(|| async { ApiError::NoRoute })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(around)
        .with_state(api);
    // Outside of the routes, since it decides which of them is meant.
    let normalized = MapRequestLayer::new(without_slash_at_end).layer(routes);
    Router::new().fallback_service(normalized)
}

/// What a process answers that serves no API: whether it lives, and whether it is ready.
pub fn health_router(api: ApiState) -> Router {
    Router::new()
        .route("/healthz", get(operation::healthz::healthz))
        .route("/readyz", get(operation::readyz::readyz))
        .fallback(|| async { ApiError::NoRoute })
        .with_state(api)
}

/// The API's description, made from the handlers.
#[must_use]
pub fn openapi() -> OpenApi {
    let (_, mut document) = documented().split_for_parts();
    document::complete(&mut document);
    document
}

fn documented() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(document::start())
        .routes(routes!(users::create_user::create_user))
        .routes(routes!(users::get_me::get_me, users::change_me::change_me, users::delete_me::delete_me))
        .routes(routes!(users::resend_verification::resend_verification))
        .routes(routes!(tokens::create_token::create_token))
        .routes(routes!(tokens::refresh_token::refresh_token))
        .routes(routes!(tokens::revoke_token::revoke_token))
        .routes(routes!(sessions::create_session::create_session, sessions::end_session::end_session))
        .routes(routes!(sessions::refresh_session::refresh_session))
        .routes(routes!(passwords::ask_for_link::ask_for_link))
        .routes(routes!(passwords::replace_password::replace_password))
        .routes(routes!(keys::list_keys::list_keys, keys::create_key::create_key))
        .routes(routes!(keys::delete_key::delete_key))
        .routes(routes!(alerts::list_alerts::list_alerts, alerts::create_alert::create_alert))
        .routes(routes!(
            alerts::get_alert::get_alert,
            alerts::change_alert::change_alert,
            alerts::delete_alert::delete_alert
        ))
        .routes(routes!(alerts::pause_alert::pause_alert))
        .routes(routes!(alerts::resume_alert::resume_alert))
        .routes(routes!(alerts::rearm_alert::rearm_alert))
        .routes(routes!(alerts::snooze_alert::snooze_alert))
        .routes(routes!(alerts::list_history::list_history))
        .routes(routes!(alerts::explain_alert::explain_alert))
        .routes(routes!(alerts::advise_alert::advise_alert))
        .routes(routes!(alerts::preview_alert::preview_alert))
        .routes(routes!(alerts::preview_message::preview_message))
        .routes(routes!(alerts::change_alerts::change_alerts))
        .routes(routes!(alerts::export_alerts::export_alerts))
        .routes(routes!(alerts::import_alerts::import_alerts))
        .routes(routes!(fires::list_alert_fires::list_alert_fires))
        .routes(routes!(fires::list_fires::list_fires))
        .routes(routes!(fires::count_fires::count_fires))
        .routes(routes!(fires::export_fires::export_fires))
        .routes(routes!(fires::get_fire::get_fire))
        .routes(routes!(instruments::list_instruments::list_instruments))
        .routes(routes!(instruments::get_instrument::get_instrument))
        .routes(routes!(instruments::list_candles::list_candles))
        .routes(routes!(instruments::export_candles::export_candles))
        .routes(routes!(instruments::get_figures::get_figures))
        .routes(routes!(instruments::list_movers::list_movers))
        .routes(routes!(instruments::get_coverage::get_coverage))
        .routes(routes!(quarantine::list_quarantine::list_quarantine))
        .routes(routes!(searches::list_searches::list_searches))
        .routes(routes!(searches::get_search::get_search))
        .routes(routes!(searches::list_search_listings::list_search_listings))
        .routes(routes!(searches::list_days::list_days))
        .routes(routes!(listings::get_listing::get_listing))
        .routes(routes!(listings::get_picture::get_picture))
        .routes(routes!(listings::list_prices::list_prices))
        .routes(routes!(listings::push_events::push_events))
        .routes(routes!(ebay::answer_challenge::answer_challenge, ebay::take_notice::take_notice))
        .routes(routes!(reports::list_reports::list_reports))
        .routes(routes!(reports::get_report::get_report))
        .routes(routes!(ticks::push_ticks::push_ticks))
        .routes(routes!(feeds::list_feeds::list_feeds))
        .routes(routes!(feeds::change_feed::change_feed))
        .routes(routes!(channels::list_channels::list_channels, channels::create_channel::create_channel))
        .routes(routes!(
            channels::get_channel::get_channel,
            channels::change_channel::change_channel,
            channels::delete_channel::delete_channel
        ))
        .routes(routes!(channels::verify_channel::verify_channel))
        .routes(routes!(channels::test_channel::test_channel))
        .routes(routes!(channels::rotate_secret::rotate_secret))
        .routes(routes!(deliveries::list_deliveries::list_deliveries))
        .routes(routes!(deliveries::get_delivery::get_delivery))
        .routes(routes!(deliveries::retry_delivery::retry_delivery))
        .routes(routes!(deliveries::retry_failed::retry_failed))
        .routes(routes!(deliveries::take_return::take_return))
        .routes(routes!(live::stream::stream))
        .routes(routes!(changes::list_changes::list_changes))
        .routes(routes!(operation::healthz::healthz))
        .routes(routes!(operation::readyz::readyz))
        .routes(routes!(operation::list_feeds::list_feed_states))
        .routes(routes!(quarantine::list_all::list_all_quarantine))
        .routes(routes!(operation::list_users::list_users))
        .routes(routes!(operation::list_queues::list_queues))
        .routes(routes!(
            instruments::list_switches::list_switches,
            instruments::add_instrument::add_instrument,
            instruments::switch_instrument::switch_instrument
        ))
        .routes(routes!(aliases::create_target))
        .routes(routes!(aliases::list_targets))
        .routes(routes!(aliases::delete_target))
}

fn pages() -> Router<ApiState> {
    Router::new()
        .route("/", get(pages::app::root))
        .route("/app", get(pages::app::root))
        .route("/app/", get(pages::app::app))
        .route("/app/{*path}", get(pages::app::app_file))
        .route("/openapi.json", get(pages::docs::document))
        .route("/docs", get(pages::docs::to_docs))
        .route("/docs/", get(pages::docs::docs))
        .route("/docs/swagger", get(pages::docs::to_docs))
        .route("/docs/{*file}", get(pages::docs::docs_file))
        .route("/swagger", get(pages::docs::to_docs))
        .route("/verify", get(pages::verify::show).post(pages::verify::act))
        .route("/stop", get(pages::stop::show).post(pages::stop::act))
        .route("/unsubscribe", get(pages::stop::show).post(pages::stop::unsubscribe))
}

/// Whether a browser may call from pages of other sites. Without origins there is no layer, and so no
/// header that allows anything.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IDEMPOTENCY_KEY, REQUEST_ID])
            .expose_headers(
                [ETAG, RETRY_AFTER, REQUEST_ID].into_iter().chain(rates::HEADERS).collect::<Vec<_>>(),
            )
    })
}

/// `/api/alerts/` is `/api/alerts`. Pages keep their slash: their files stand beside them.
fn without_slash_at_end<B>(mut request: Request<B>) -> Request<B> {
    let uri = request.uri();
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    let is_page = ["/docs", "/app"].iter().any(|page| path.starts_with(page)) && trimmed != "/docs/swagger";
    if trimmed.len() == path.len() || trimmed.is_empty() || is_page {
        return request;
    }
    let text = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    if let Ok(path_and_query) = PathAndQuery::try_from(text) {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
