//! `POST /api/alerts/preview-message`: what an alert would say, on each kind of channel.
//!
//! The words are put together by what puts them together when a message is sent; only the figures are made up.

use axum::Json;
use axum::extract::State;
use bellwether_model::input::Faults;
use bellwether_model::{AlertId, Fault, Node, Spec};
use bellwether_notify::{Previews, Reader, Rendered, previews};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::checking::{check, check_changed, check_malformed};
use super::samples::Sample;
use crate::deliver::Charts;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;
use crate::http::schema;
use crate::http::users::gone;

/// An alert as it would be made; or the `id` of one that there is, with what would be changed of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
#[serde(untagged)]
pub(in crate::http) enum Speaking {
    /// An alert as it would be made.
    Draft(schema::NewAlert),
    /// One that there is.
    Saved(Box<Saved>),
}

/// An alert that there is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct Saved {
    /// Which.
    id: Uuid,
    #[schema(inline)]
    #[serde(flatten)]
    changes: schema::AlertChanges,
}

/// What an alert would say, with figures that are made up.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct MessagePreview {
    /// Every placeholder that `message` may have, and what it stands for here.
    placeholders: Vec<PlaceholderView>,
    email: MailPreview,
    /// The body, as it is posted.
    #[schema(value_type = Object)]
    webhook: Value,
    /// In Telegram's HTML, as it is sent.
    telegram: String,
    /// In Slack's `mrkdwn`, as it is sent.
    slack: String,
    /// In Discord's Markdown, as it is sent.
    discord: String,
    ntfy: PushPreview,
}

/// A placeholder, written in braces: `{price}`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceholderValue)]
pub(in crate::http) struct PlaceholderView {
    #[schema(value_type = schema::Placeholder)]
    name: &'static str,
    meaning: &'static str,
    /// What it stands for in this message.
    #[schema(example = "33,004.5")]
    value: String,
}

/// A mail.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct MailPreview {
    subject: String,
    text: String,
    /// With the pictures in it that a mail brings along.
    html: String,
}

/// A push.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct PushPreview {
    title: String,
    text: String,
}

/// What an alert would say, on each kind of channel.
#[utoipa::path(post, path = "/api/alerts/preview-message", tag = "alerts", request_body = Speaking,
    responses(
        (status = 200, body = MessagePreview),
        (status = 404, description = "No such alert, or somebody else's"),
    ))]
pub(in crate::http) async fn preview_message(
    State(api): State<ApiState>,
    caller: Caller,
    body: JsonBody,
) -> Result<Json<MessagePreview>, ApiError> {
    let now = api.now();
    let (id, rest) = split_id(&body.node).map_err(ApiError::Input)?;
    let saved = match id {
        Some(id) => Some(api.store().alert(caller.user, id).await?.ok_or(ApiError::NotFound("alert"))?),
        None => None,
    };
    let read = match &saved {
        Some(alert) => alert.spec.changed_by(&rest),
        None => Spec::from_input(&rest),
    };
    let mut spec = match read {
        Ok(spec) => spec,
        Err(faults) => {
            return Err(ApiError::Input(check_malformed(&api, caller.user, &rest, faults, now).await?));
        }
    };
    let faults = match &saved {
        Some(alert) => check_changed(&api, caller.user, &alert.spec, &mut spec, now).await?,
        None => check(&api, caller.user, &mut spec, now).await?,
    };
    if !faults.is_empty() {
        return Err(ApiError::Input(faults));
    }
    let user = api.store().user(caller.user).await?.ok_or_else(gone)?;
    let market = spec.price().and_then(|spec| api.positions().get(&spec.instrument));
    let sample = Sample {
        alert: saved.as_ref().map_or(AlertId(Uuid::nil()), |alert| alert.id),
        fires: saved.as_ref().map_or(0, |alert| alert.fires),
        reader: Reader { address: user.email, time_zone: user.time_zone },
        public_url: api.public_url(),
        market: market.map(|market| market.price),
        now,
    };
    let mut message = sample.message(&spec);
    Charts::default().illustrate_mail(api.store(), &mut message).await;
    answer(previews(&message, now)).map(Json)
}

/// The id that the body names, and the rest of it.
fn split_id(node: &Node) -> Result<(Option<AlertId>, Node), Vec<Fault>> {
    let Node::Object(entries) = node else { return Ok((None, node.clone())) };
    let (id, rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(name, _)| name == "id");
    let mut faults = Faults::new();
    let named = Node::Object(id);
    let id = faults.object(&named).and_then(|mut fields| {
        let text = fields.text(&mut faults, "id")?;
        let id = text.parse().ok();
        if id.is_none() {
            faults.add("id", "invalid", "must be the id of an alert");
        }
        id
    });
    faults.finish(Some(()))?;
    Ok((id, Node::Object(rest)))
}

fn answer(previews: Previews) -> Result<MessagePreview, ApiError> {
    let Previews { values, mail, webhook, telegram, slack, discord, ntfy } = previews;
    let placeholders = values.into_iter().map(|(one, value)| PlaceholderView {
        name: one.name(),
        meaning: one.meaning(),
        value,
    });
    Ok(MessagePreview {
        placeholders: placeholders.collect(),
        email: MailPreview { html: whole(&mail), subject: mail.subject, text: mail.text },
        webhook: serde_json::from_str(&webhook).map_err(ApiError::internal)?,
        telegram,
        slack,
        discord,
        ntfy: PushPreview { title: ntfy.title, text: ntfy.text },
    })
}

/// A mail's HTML with its pictures in it.
fn whole(mail: &Rendered) -> String {
    mail.pictures.iter().fold(mail.html.clone(), |html, picture| {
        let inline = format!("data:image/png;base64,{}", BASE64.encode(&picture.png));
        html.replace(&format!("cid:{}", picture.id), &inline)
    })
}
