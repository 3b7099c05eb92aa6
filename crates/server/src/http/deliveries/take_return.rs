//! `POST /api/bounces`: what the mail server, or whoever reads its mailbox, tells of mails that came back.
//!
//! An address that cannot be reached, or whose reader complained, gets nothing more until it is verified again:
//! a mailbox that was made as a channel is switched off, and an account's own address is not verified any more.
//! Its owner is told over another way.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use bellwether_model::DeliveryId;
use bellwether_model::input::{Faults, Fields};
use bellwether_notify::mail::{Fate, Returned};
use bellwether_store::delivery::{Mailed, Suppression};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::ApiState;
use crate::http::error::{ApiError, Unauthenticated};
use crate::http::input::read_body;
use crate::json::read_node;

/// Bytes of a request: a mail comes back whole, with its picture.
const BYTES_MAX: usize = 1 << 20;
/// Characters of a reason.
const REASON_CHARS: usize = 300;

/// A mail that came back, in the words of whoever reads the mailbox. The whole message (`message/rfc822`) does as
/// well.
#[derive(ToSchema)]
#[schema(as = Bounce)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct BounceView {
    /// The delivery: the mail's header `X-Bellwether-Delivery`, or what stands before the `@` of its `Message-ID`.
    #[schema(value_type = String, format = Uuid)]
    delivery_id: String,
    /// `bounce`, `delay` or `complaint`.
    #[schema(example = "bounce")]
    kind: String,
    /// The address that it went to. Where that is no longer where the channel leads, nothing happens.
    address: Option<String>,
    /// What the receiving server said.
    #[schema(example = "550 5.1.1 no such user")]
    reason: Option<String>,
}

/// What became of a mail that came back.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct BounceTaken {
    /// `suppressed`: the address gets nothing more until it is verified again; `noted`: it got nothing anyway, leads
    /// elsewhere by now, or is tried on; `unknown`: no such delivery.
    #[schema(example = "suppressed")]
    outcome: &'static str,
}

/// Tell that a mail came back.
///
/// Either JSON, or the message itself as the mail server wrote it: a delivery-status message (RFC 3464) or a feedback
/// report (RFC 5965) with the headers of the mail that it is about.
#[utoipa::path(post, path = "/api/bounces", tag = "delivery",
    request_body(content((BounceView = "application/json"), (String = "message/rfc822"))),
    params(("Authorization" = String, Header, description = "`Bearer` and `mail.bounces_secret`")),
    responses(
        (status = 200, body = BounceTaken),
        (status = 401, description = "Not with the secret, or none is configured"),
    ))]
pub(in crate::http) async fn take_return(
    State(api): State<ApiState>,
    request: Request,
) -> Result<Json<BounceTaken>, ApiError> {
    if !knows_secret(request.headers(), api.bounces_secret()) {
        return Err(ApiError::Unauthenticated(Unauthenticated::InvalidKey));
    }
    let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
    let body = read_body(request, BYTES_MAX).await?;
    let returned = if is_json { read(&body)? } else { read_mail(&body)? };
    let outcome = take(&api, returned).await?;
    metrics::counter!("bellwether_mails_returned_total", "outcome" => outcome).increment(1);
    Ok(Json(BounceTaken { outcome }))
}

/// Whether the request shows the secret. Hashes are compared, so that how long it takes says nothing of it.
fn knows_secret(headers: &HeaderMap, secret: &str) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    !secret.is_empty() && Sha256::digest(shown) == Sha256::digest(secret)
}

fn read_mail(body: &[u8]) -> Result<Returned, ApiError> {
    Returned::read(&String::from_utf8_lossy(body))
        .map_err(|error| ApiError::field("", "invalid", error.to_string()))
}

fn read(body: &[u8]) -> Result<Returned, ApiError> {
    let node = read_node(body).map_err(ApiError::NotJson)?;
    let mut faults = Faults::new();
    let returned = faults.object(&node).and_then(|mut fields| {
        let returned = read_fields(&mut fields, &mut faults);
        fields.finish(&mut faults);
        returned
    });
    faults.finish(returned).map_err(ApiError::Input)
}

fn read_fields(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Returned> {
    for name in ["delivery_id", "kind"] {
        if !fields.has(name) {
            faults.add(name, "required", "is required");
        }
    }
    let delivery = fields.parsed::<DeliveryId>(faults, "delivery_id");
    let fate = fields.word(faults, "kind", &["bounce", "delay", "complaint"]).map(|kind| match kind {
        "bounce" => Fate::Bounced,
        "delay" => Fate::Delayed,
        _ => Fate::Complained,
    });
    let address = fields.bounded_text(faults, "address", REASON_CHARS).map(str::to_owned);
    let reason = fields.bounded_text(faults, "reason", REASON_CHARS).unwrap_or_default().to_owned();
    Some(Returned { delivery: delivery?, address, fate: fate?, reason })
}

async fn take(api: &ApiState, returned: Returned) -> Result<&'static str, ApiError> {
    let Some(mailed) = api.store().mailed(returned.delivery).await? else { return Ok("unknown") };
    let said = if returned.reason.is_empty() { "no reason was given" } else { &returned.reason };
    let reason = match returned.fate {
        Fate::Delayed => return Ok("noted"),
        Fate::Bounced => format!("mail came back: {said}"),
        Fate::Complained => format!("mail was reported as spam: {said}"),
    };
    let now = api.now();
    if returned.fate == Fate::Bounced {
        api.store().note_returned(returned.delivery, reason.clone(), now).await?;
    }
    let notice = DeliveryId(Uuid::now_v7());
    let suppressed = match mailed.channel {
        None => {
            let Mailed { user, email, .. } = mailed;
            // What came back from a former address says nothing of this one.
            let email = returned.address.unwrap_or(email);
            api.store().suppress_address(Suppression { user, email, reason, notice }, now).await?
        }
        Some(id) => match api.store().channel(mailed.user, id).await? {
            Some(channel) if leads_to(api, &channel, returned.address.as_deref()) => {
                api.store().disable_channel(id, channel.target, reason, notice, now).await?
            }
            Some(_) | None => false,
        },
    };
    Ok(if suppressed { "suppressed" } else { "noted" })
}

/// Whether a channel is a mailbox, of this address where one is said.
fn leads_to(api: &ApiState, channel: &bellwether_store::channel::UserChannel, address: Option<&str>) -> bool {
    let opened = api.sealer().open(channel.id, &channel.target).ok();
    let mailbox = opened.as_ref().and_then(|opened| opened.mailbox());
    mailbox.is_some_and(|mailbox| address.is_none_or(|address| address.eq_ignore_ascii_case(mailbox)))
}
