//! `/stop` and `/unsubscribe`: where the links lead by which a reader stops one alert from a message.
//!
//! Opening either shows buttons and changes nothing, since mail scanners open links too. A button acts once:
//! a link that was used, and whose alert was resumed since, does not stop it again. `/unsubscribe` is what
//! mail programs post to at one click (RFC 8058), and may be posted to any number of times.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use form_urlencoded::parse;
use sha2::{Digest as _, Sha256};

use super::{framed, page};
use crate::http::ApiState;
use crate::http::alerts::by_link;
use crate::http::error::ApiError;
use crate::http::input::read_body;

/// Shows the buttons.
pub(in crate::http) async fn show(State(api): State<ApiState>, request: Request) -> Response {
    let token = field(request.uri().query().unwrap_or_default().as_bytes(), "token");
    match token.filter(|token| api.links().read(token, api.now()).is_some()) {
        Some(token) => page(buttons(&token)),
        None => of_no_use(),
    }
}

/// Stops or snoozes the alert, once.
///
/// # Errors
/// Where the store does not answer.
pub(in crate::http) async fn act(
    State(api): State<ApiState>,
    request: Request,
) -> Result<Response, ApiError> {
    let body = read_body(request, api.limits().body).await?;
    let (token, wish) = (field(&body, "token").unwrap_or_default(), field(&body, "do").unwrap_or_default());
    let now = api.now();
    let Some(link) = api.links().read(&token, now) else { return Ok(of_no_use()) };
    if !matches!(wish.as_str(), "stop" | "snooze") {
        return Ok(of_no_use());
    }
    // Looked up by the delivery that the link stood in: a token's text could be written in other ways.
    let mut used = Sha256::new();
    used.update(link.delivery.0.as_bytes());
    used.update(wish.as_bytes());
    if !api.store().use_link(used.finalize().into(), now).await? {
        return Ok(used_before());
    }
    if wish == "stop" {
        by_link::stop(&api, link.user, link.alert).await?;
        return Ok(done("Stopped", "The alert is paused. You can resume it in Bellwether."));
    }
    by_link::snooze(&api, link.user, link.alert).await?;
    Ok(done("Snoozed", "The alert is quiet for a day, and then watches on."))
}

/// Stops the alert at one click of a mail program.
///
/// # Errors
/// Where the store does not answer.
pub(in crate::http) async fn unsubscribe(
    State(api): State<ApiState>,
    request: Request,
) -> Result<Response, ApiError> {
    let token = field(request.uri().query().unwrap_or_default().as_bytes(), "token").unwrap_or_default();
    let Some(link) = api.links().read(&token, api.now()) else { return Ok(of_no_use()) };
    by_link::stop(&api, link.user, link.alert).await?;
    Ok(done("Unsubscribed", "The alert is paused, and sends nothing more."))
}

fn field(form: &[u8], wanted: &str) -> Option<String> {
    parse(form).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// A token that was checked has nothing in it that means anything in HTML.
fn buttons(token: &str) -> String {
    let form = |wish: &str, label: &str| {
        format!(
            "<form method=\"post\" action=\"/stop\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
             <input type=\"hidden\" name=\"do\" value=\"{wish}\"><button>{label}</button></form>"
        )
    };
    let main = format!(
        "<h1>Stop this alert?</h1>\n<p>Nothing happens until you press a button.</p>\n{}\n{}",
        form("stop", "Stop it"),
        form("snooze", "Keep it quiet for a day")
    );
    framed("Stop an alert", &main)
}

fn done(title: &str, text: &str) -> Response {
    page(framed(title, &format!("<h1>{title}.</h1>\n<p>{text} You can close this page.</p>")))
}

fn used_before() -> Response {
    let main = "<h1>This was done before.</h1>\n<p>A link works once. Log in to change the alert again.</p>";
    page(framed("Done before", main))
}

fn of_no_use() -> Response {
    let main = "<h1>This link is of no use.</h1>\n<p>It may be too old, or incomplete. Log in to change the \
                alert.</p>";
    (StatusCode::BAD_REQUEST, page(framed("Link of no use", main))).into_response()
}
