//! `/verify`: where the link of the verification mail leads.
//!
//! Opening the link shows a button and changes nothing, since mail scanners open links too; pressing it
//! verifies the address, the account's own or that of a channel. Doing so again is fine.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bellwether_model::{ChannelId, Timestamp, UserId};
use bellwether_store::channel::{ChannelChange, ChannelChanged, ChannelStatus};
use form_urlencoded::parse;

use super::{framed, page};
use crate::http::ApiState;
use crate::http::error::ApiError;
use crate::http::input::read_body;

/// Shows the button.
pub(in crate::http) async fn show(State(api): State<ApiState>, request: Request) -> Response {
    let token = token_in(request.uri().query().unwrap_or_default().as_bytes());
    let now = api.now();
    match token.filter(|token| Asked::of(&api, token, now).is_some()) {
        Some(token) => page(button(&token)),
        None => of_no_use(),
    }
}

/// Verifies the address.
///
/// # Errors
/// Where the store does not answer.
pub(in crate::http) async fn act(
    State(api): State<ApiState>,
    request: Request,
) -> Result<Response, ApiError> {
    let body = read_body(request, api.limits().body).await?;
    let now = api.now();
    let verified = match token_in(&body).and_then(|token| Asked::of(&api, &token, now)) {
        Some(Asked::Account(user, email)) => api.store().verify_user(user, &email, now).await?,
        Some(Asked::Channel(user, channel, mailbox)) => verify(&api, user, channel, &mailbox, now).await?,
        None => false,
    };
    Ok(if verified { done() } else { of_no_use() })
}

/// What a token verifies.
enum Asked {
    Account(UserId, String),
    Channel(UserId, ChannelId, String),
}

impl Asked {
    fn of(api: &ApiState, token: &str, now: Timestamp) -> Option<Self> {
        let account =
            api.tokens().read_verification(token, now).map(|(user, email)| Asked::Account(user, email));
        account.ok().or_else(|| {
            let (user, channel, mailbox) = api.tokens().read_channel_verification(token, now).ok()?;
            Some(Asked::Channel(user, channel, mailbox))
        })
    }
}

/// Verifies a channel, if it still leads to the mailbox that was asked. Whether it is verified now.
async fn verify(
    api: &ApiState,
    user: UserId,
    id: ChannelId,
    mailbox: &str,
    now: Timestamp,
) -> Result<bool, ApiError> {
    let Some(channel) = api.store().channel(user, id).await? else { return Ok(false) };
    let address = api.sealer().open(id, &channel.target).ok();
    if address.as_ref().and_then(|address| address.mailbox()) != Some(mailbox) {
        return Ok(false);
    }
    if channel.status == ChannelStatus::Active {
        return Ok(true);
    }
    let change = ChannelChange {
        status: Some(ChannelStatus::Active),
        from_version: channel.version,
        ..ChannelChange::default()
    };
    let changed = api.store().change_channel(user, id, change, now).await?;
    Ok(matches!(changed, ChannelChanged::Done(_)))
}

fn token_in(form: &[u8]) -> Option<String> {
    parse(form).find(|(name, _)| name == "token").map(|(_, value)| value.into_owned())
}

/// A token that was checked has nothing in it that means anything in HTML.
fn button(token: &str) -> String {
    let main = format!(
        "<h1>Is this address yours?</h1>\n<p>Press the button, and alerts will be sent to it.</p>\n\
         <form method=\"post\" action=\"/verify\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <button>Yes, it is mine</button></form>"
    );
    framed("Verify your address", &main)
}

fn done() -> Response {
    let main = "<h1>Thank you, the address is verified.</h1>\n<p>Messages that waited for this are on their \
                way. You can close this page.</p>";
    page(framed("Verified", main))
}

fn of_no_use() -> Response {
    let main = "<h1>This link is of no more use.</h1>\n<p>It may have expired, or be incomplete. Log in and \
                ask for a new one.</p>";
    (StatusCode::BAD_REQUEST, page(framed("Link expired", main))).into_response()
}
