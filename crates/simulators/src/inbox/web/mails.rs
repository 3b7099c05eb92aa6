//! Mails as JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Site;
use crate::inbox::counts::Counts;
use crate::inbox::mail::Mail;

/// Mails in one list, unless asked otherwise, and at most.
const LISTED: usize = 100;
const MOST_LISTED: usize = 1_000;
/// The longest that a request may wait.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Part of a recipient's address.
    to: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Summary {
    id: u64,
    received_us: i64,
    envelope_from: String,
    envelope_to: Vec<String>,
    subject: String,
    from: String,
    to: String,
    message_id: String,
    size: usize,
    encrypted: bool,
}

impl Summary {
    fn of(mail: &Mail) -> Self {
        let letter = mail.letter();
        Self {
            id: mail.id,
            received_us: mail.received_us,
            envelope_from: mail.envelope_from.clone(),
            envelope_to: mail.envelope_to.clone(),
            subject: letter.subject.clone(),
            from: letter.from.clone(),
            to: letter.to.clone(),
            message_id: letter.message_id.clone(),
            size: mail.raw.len(),
            encrypted: mail.encrypted,
        }
    }
}

/// Newest first.
pub(super) async fn list_mails(State(site): State<Site>, Query(filter): Query<Filter>) -> Json<Value> {
    Json(listing(&site, &filter))
}

fn listing(site: &Site, filter: &Filter) -> Value {
    let mails: Vec<Arc<Mail>> = match &filter.to {
        Some(part) => site.mailbox.mails_for(part),
        None => site.mailbox.mails(),
    };
    let limit = filter.limit.unwrap_or(LISTED).min(MOST_LISTED);
    let items: Vec<_> = mails.iter().take(limit).map(|mail| Summary::of(mail)).collect();
    json!({"total": site.mailbox.total(), "kept": mails.len(), "items": items})
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    summary: Summary,
    headers: Vec<(String, String)>,
    text: Option<String>,
    html: Option<String>,
    attachments: Vec<String>,
}

pub(super) async fn get_mail(State(site): State<Site>, Path(id): Path<u64>) -> Result<Response, StatusCode> {
    let mail = site.mailbox.mail(id).ok_or(StatusCode::NOT_FOUND)?;
    let letter = mail.letter();
    let whole = Whole {
        summary: Summary::of(&mail),
        headers: letter.headers.clone(),
        text: letter.text.clone(),
        html: letter.html.clone(),
        attachments: letter.attachments.clone(),
    };
    Ok(Json(whole).into_response())
}

/// The mail as it came. It is text whatever it says it is.
pub(super) async fn get_raw(State(site): State<Site>, Path(id): Path<u64>) -> Result<Response, StatusCode> {
    let mail = site.mailbox.mail(id).ok_or(StatusCode::NOT_FOUND)?;
    let headers = super::headers("text/plain; charset=utf-8", "default-src 'none'; sandbox");
    Ok((headers, mail.raw.clone()).into_response())
}

pub(super) async fn clear_mails(State(site): State<Site>) -> StatusCode {
    site.mailbox.clear();
    StatusCode::NO_CONTENT
}

/// All counts: what a load test compares with what it sent.
pub(super) async fn get_counts(State(site): State<Site>) -> Json<Counts> {
    Json(site.mailbox.counts())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Patience {
    /// Mails that must have come, of those for `to` where it is given.
    count: u64,
    to: Option<String>,
    timeout_ms: Option<u64>,
}

/// Answers when so many mails have come, with the list; 408 when the time is over.
pub(super) async fn wait_for_mails(State(site): State<Site>, Query(patience): Query<Patience>) -> Response {
    let timeout = Duration::from_millis(patience.timeout_ms.unwrap_or(10_000)).min(LONGEST_WAIT);
    let filter = Filter { to: patience.to, limit: None };
    let enough = async {
        let mut total = site.mailbox.watch();
        while came(&site, &filter) < patience.count {
            if total.changed().await.is_err() {
                return;
            }
        }
    };
    let waiting = site.cancelled.run_until_cancelled(enough);
    let status = match tokio::time::timeout(timeout, waiting).await {
        Ok(Some(())) => StatusCode::OK,
        Ok(None) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::REQUEST_TIMEOUT,
    };
    (status, Json(listing(&site, &filter))).into_response()
}

fn came(site: &Site, filter: &Filter) -> u64 {
    match &filter.to {
        None => site.mailbox.total(),
        Some(part) => site.mailbox.total_for(part),
    }
}
