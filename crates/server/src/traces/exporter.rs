//! The exporter of OpenTelemetry's library, and the HTTP client that it posts with.

use std::error::Error;
use std::iter::successors;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use reqwest::{Client, redirect};
use uuid::Uuid;

use crate::config::Traces;

/// How long one post may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The exporter to the configured collector, and what the last post met with where it had no answer.
pub(super) fn new(config: &Traces) -> anyhow::Result<(SpanExporter, Trouble)> {
    // The headers are secrets: they go where they were told to go, and the exporter, which shows its own, has none.
    let client = Client::builder()
        .default_headers(config.headers())
        .redirect(redirect::Policy::none())
        .timeout(PATIENCE)
        .tls_backend_preconfigured(crate::tls::client_config())
        .build()?;
    let trouble = Trouble::default();
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Post { client, trouble: trouble.clone() })
        .with_endpoint(&config.endpoint)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(PATIENCE)
        // Its waits would hold up a thread of ours: what is tried again is ours to say.
        .with_retry_policy(RetryPolicy::disabled())
        .build()?;
    exporter.set_resource(&resource());
    Ok((exporter, trouble))
}

/// Who speaks. Clusters tell their processes apart by the instance.
fn resource() -> Resource {
    let instance = Uuid::new_v4().to_string();
    let about = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    // What stands in the environment has no say: the configuration is the only place where things are set.
    Resource::builder_empty().with_service_name("bellwether").with_attributes(about).build()
}

/// Why the last post had no answer. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// Takes it out.
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, error: Option<&(dyn Error + 'static)>) {
        let text = error.map(|error| {
            let causes = successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

/// Posts, and keeps why that failed: the exporter says no more than that it did.
#[derive(Debug)]
struct Post {
    client: Client,
    trouble: Trouble,
}

#[async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.client.send_bytes(request).await;
        self.trouble.note(answer.as_ref().err().map(|error| &**error as &(dyn Error + 'static)));
        answer
    }
}
