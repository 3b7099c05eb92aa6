//! Requests to the API that are part of somebody's trace, as their `traceparent` header says (W3C Trace Context).

use std::time::Duration;

use axum::http::HeaderMap;
use bellwether_model::Timestamp;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, SpanId};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SpanData;

use super::spans::span;

/// A request that is part of a trace.
#[derive(Debug)]
pub(crate) struct Requested {
    parent: SpanContext,
    at: Timestamp,
}

impl Requested {
    /// The request with these headers, where whoever made it samples its trace.
    pub(super) fn of(headers: &HeaderMap, at: impl FnOnce() -> Timestamp) -> Option<Self> {
        let headers = HeaderExtractor(headers);
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
        let parent = context.span().span_context().clone();
        parent.is_sampled().then(|| Self { parent, at: at() })
    }

    /// Its span: by route, never by address, which may hold a token.
    pub(super) fn span(&self, method: &str, route: &str, status: u16, took: Duration) -> SpanData {
        let about = vec![
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        let took_us = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        let ended = Timestamp::from_micros(self.at.micros().saturating_add(took_us));
        let id = SpanId::from_bytes(rand::random());
        let span = span(self.parent.trace_id(), id, self.parent.span_id(), (self.at, ended), about);
        SpanData {
            name: format!("{method} {route}").into(),
            span_kind: SpanKind::Server,
            parent_span_is_remote: true,
            status: if status >= 500 { Status::error("") } else { Status::Unset },
            ..span
        }
    }
}
