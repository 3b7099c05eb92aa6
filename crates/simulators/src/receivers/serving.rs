//! One connection after the other, one request after the other: faults first, then the service.
//!
//! It stands on hyper itself, since with axum a request cannot be left without an answer.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::config::ReceiversConfig;
use super::fault::{Action, FaultList};
use super::flow::Flow;
use super::post::{Answer, Post, Request, Service};
use super::postbox::Postbox;
use super::{discord, ntfy, slack, telegram, webhook};
use crate::door::Door;
use crate::tasks::Tasks;

/// The largest body that is read.
const LARGEST_BODY: usize = 1_024 * 1_024;

/// What the connections share.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) config: ReceiversConfig,
    pub(super) postbox: Postbox,
    pub(super) faults: FaultList,
    pub(super) flow: Flow,
    /// What webhooks may be signed with: (path, secret). Locked for one look or one change, never across a
    /// wait.
    pub(super) webhook_secrets: Mutex<Vec<(String, String)>>,
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("closed on command")]
    Closed,
    #[error("the body cannot be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Answers whoever comes in, until the tasks are told to end.
pub(super) fn listen(door: Door, office: Arc<Office>, tasks: &Tasks) {
    let (cancelled, tracker) = (tasks.cancelled(), tasks.tracker());
    let members = tasks.tracker();
    tracker.spawn(async move {
        while let Some((stream, _)) = cancelled.run_until_cancelled(door.next()).await {
            let (office, ending) = (Arc::clone(&office), cancelled.clone());
            members.spawn(async move {
                let service = service_fn(|request| answer(&office, request));
                let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                if let Some(Err(error)) = ending.run_until_cancelled(serving).await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
    });
}

async fn answer(
    office: &Office,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(NoAnswer::Body)?.to_bytes();
    let path = head.uri.path();
    let Some(service) = Service::at(path) else { return response(&Answer::text(404, "not found")) };
    if head.method != Method::POST {
        return response(&Answer::text(405, "method not allowed"));
    }
    let headers: Vec<_> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let request = Request {
        path,
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        now_us: office.config.clock.now_us(),
    };
    let action = office.faults.judge(service);
    let answer = match &action {
        None | Some(Action::HugeBody { .. } | Action::TakeThenClose) => office.serve(service, &request),
        Some(action) => instead(action, &request),
    };
    let answer = match action {
        Some(Action::HugeBody { bytes }) => {
            Answer { body: format!("{}{}", answer.body, " ".repeat(bytes)), ..answer }
        }
        _ => answer,
    };
    let silent = matches!(action, Some(Action::Hang | Action::Close | Action::TakeThenClose));
    office.postbox.keep(Post {
        id: 0,
        received_us: request.now_us,
        service,
        path: head.uri.path_and_query().map_or(path, |both| both.as_str()).to_owned(),
        headers: headers.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: if silent { 0 } else { answer.status },
        taken: answer.taken,
        shown: answer.shown.clone(),
        remarks: answer.remarks.clone(),
    });
    match action {
        Some(Action::Hang) => std::future::pending().await,
        Some(Action::Close | Action::TakeThenClose) => Err(NoAnswer::Closed),
        _ => response(&answer),
    }
}

/// What a fault answers in the service's place.
fn instead(action: &Action, request: &Request<'_>) -> Answer {
    match action {
        Action::Status { code, retry_after, body } => {
            let answer = Answer::text(*code, body);
            match retry_after {
                Some(wait) => answer.with_header("retry-after", wait),
                None => answer,
            }
        }
        Action::Redirect { to } => Answer::text(307, "see there").with_header("location", to),
        Action::Echo { code } => {
            let headers: String =
                request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            let body = String::from_utf8_lossy(request.body);
            Answer::text(*code, &format!("cannot {}?{}\n{headers}\n{body}", request.path, request.query))
        }
        Action::Hang | Action::Close | Action::TakeThenClose | Action::HugeBody { .. } => Answer::default(),
    }
}

impl Office {
    pub(super) fn new(config: ReceiversConfig) -> Self {
        let postbox = Postbox::new(config.kept);
        Self {
            config,
            postbox,
            faults: FaultList::default(),
            flow: Flow::default(),
            webhook_secrets: Mutex::default(),
        }
    }

    fn serve(&self, service: Service, request: &Request<'_>) -> Answer {
        match service {
            Service::Webhook => webhook::answer(self, request),
            Service::Telegram => telegram::answer(self, request),
            Service::Slack => slack::answer(self, request),
            Service::Discord => discord::answer(self, request),
            Service::Ntfy => ntfy::answer(self, request),
        }
    }

    /// Whether one more may pass, or the microseconds until then.
    pub(super) fn pass(&self, key: String, rate: super::flow::Rate, now_us: i64) -> Result<(), i64> {
        if self.config.rates { self.flow.pass(key, rate, now_us) } else { Ok(()) }
    }
}

fn response(answer: &Answer) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let mut response = Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    response
        .body(Full::from(answer.body.clone()))
        .map_err(|error| NoAnswer::Body(io::Error::other(error).into()))
}
