//! The stream that holds the tick log: made where it is missing, checked where it is there.

use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use crate::connection::BusOptions;
use crate::error::BusError;

/// How long a cluster may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(300);

/// Servers that a stream stands on where there are as many.
const REPLICAS_WANTED: usize = 3;

/// The name of the stream.
pub(crate) fn name(options: &BusOptions) -> String {
    format!("{}_TICKS", options.name.to_uppercase().replace('-', "_"))
}

fn subject(options: &BusOptions) -> String {
    format!("{}.ticks.*", options.name)
}

/// Makes the stream, or brings it to what is asked for; then reads back what it has become, since servers drop
/// what they do not know. A cluster that has just begun, or has lost a server, has nobody to answer for a while: it
/// is asked again.
pub(crate) async fn ensure(
    client: &async_nats::Client,
    jetstream: &Context,
    options: &BusOptions,
) -> Result<usize, BusError> {
    let began = Instant::now();
    loop {
        match make(client, jetstream, options).await {
            Ok(replicas) => return Ok(replicas),
            Err(Failure { passing: true, error }) if began.elapsed() < PATIENCE => {
                tracing::info!(%error, "the bus is not ready yet; it is asked again");
                tokio::time::sleep(RETRY).await;
            }
            Err(Failure { error, .. }) => return Err(error),
        }
    }
}

/// Why the stream is not as it must be.
struct Failure {
    /// Whether that may be over by itself.
    passing: bool,
    error: BusError,
}

async fn make(
    client: &async_nats::Client,
    jetstream: &Context,
    options: &BusOptions,
) -> Result<usize, Failure> {
    let name = name(options);
    let wanted = Config {
        name: name.clone(),
        description: Some("What Bellwether's feeds saw, in order".to_owned()),
        subjects: vec![subject(options)],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        max_age: options.keep,
        duplicate_window: options.keep.min(Duration::from_secs(120)),
        num_replicas: options.replicas.unwrap_or_else(|| replicas(client)),
        ..Config::default()
    };
    let refused = |why: String| BusError::Stream { stream: name.clone(), why };
    let lasting = |why: &str| Failure { passing: false, error: refused(why.to_owned()) };
    let failed = |what: &str, error: &CreateStreamError| {
        let is_unavailable = matches!(error.kind(), CreateStreamErrorKind::JetStreamUnavailable);
        let told = error.to_string();
        Failure {
            // A server that has JetStream is only waiting for the others.
            passing: is_passing(error) || (is_unavailable && client.server_info().jetstream),
            error: if is_unavailable {
                BusError::NoJetStream(told)
            } else {
                refused(format!("{what}: {told}"))
            },
        }
    };
    let stream = jetstream.get_or_create_stream(wanted.clone()).await;
    let stream = stream.map_err(|error| failed("it cannot be made", &error))?;
    let found = stream.cached_info().config.clone();
    if found.storage != wanted.storage || found.retention != wanted.retention {
        return Err(lasting(
            "it is there with another storage or retention; remove it, or set `bus.name` to another word",
        ));
    }
    let is_as_asked = |found: &Config| {
        found.subjects == wanted.subjects
            && found.max_age == wanted.max_age
            && options.replicas.is_none_or(|replicas| found.num_replicas == replicas)
    };
    if is_as_asked(&found) {
        return Ok(found.num_replicas);
    }
    // What an operator has set besides, such as a size, stays.
    let amended = Config {
        subjects: wanted.subjects.clone(),
        max_age: wanted.max_age,
        num_replicas: options.replicas.unwrap_or(found.num_replicas),
        ..found
    };
    let now = jetstream.update_stream(amended).await;
    let now = now.map_err(|error| failed("it cannot be changed", &error))?;
    if is_as_asked(&now.config) {
        Ok(now.config.num_replicas)
    } else {
        Err(lasting("the server did not take what was asked for; is it older than 2.9?"))
    }
}

/// Whether it may be over by itself.
fn is_passing(error: &CreateStreamError) -> bool {
    match error.kind() {
        CreateStreamErrorKind::TimedOut => true,
        CreateStreamErrorKind::JetStream(error) => {
            let code = error.error_code();
            code == ErrorCode::CLUSTER_NOT_AVAILABLE || code == ErrorCode::CLUSTER_NO_PEERS
        }
        _ => false,
    }
}

/// As many as are wanted where the cluster has as many, or else one.
fn replicas(client: &async_nats::Client) -> usize {
    let known = client.server_info().connect_urls.len();
    if known >= REPLICAS_WANTED { REPLICAS_WANTED } else { 1 }
}
