//! The stream that holds the tick log: made where it is missing, checked where it is there.

use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use crate::connection::BusOptions;
use crate::error::BusError;

/// How long a cluster may take until it answers.
const PATIENCE: Duration = Duration::from_secs(15);
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
/// what they do not know.
pub(crate) async fn ensure(
    client: &async_nats::Client,
    jetstream: &Context,
    options: &BusOptions,
) -> Result<usize, BusError> {
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
    let began = Instant::now();
    let mut stream = loop {
        match jetstream.get_or_create_stream(wanted.clone()).await {
            Ok(stream) => break stream,
            // A cluster that has just begun, or has lost a server, has nobody to answer for a while.
            Err(error) if is_passing(&error) && began.elapsed() < PATIENCE => {
                tracing::info!(%error, "the bus is not ready yet; it is asked again");
                tokio::time::sleep(RETRY).await;
            }
            Err(error) if matches!(error.kind(), CreateStreamErrorKind::JetStreamUnavailable) => {
                return Err(BusError::NoJetStream(error.to_string()));
            }
            Err(error) => return Err(refused(format!("it cannot be made: {error}"))),
        }
    };
    let found = stream.info().await.map_err(|error| refused(error.to_string()))?.config.clone();
    if found.storage != wanted.storage || found.retention != wanted.retention {
        return Err(refused(
            "it is there with another storage or retention; remove it, or set `bus.name` to another word"
                .to_owned(),
        ));
    }
    let is_as_asked = |found: &Config| {
        found.subjects == wanted.subjects
            && found.max_age == wanted.max_age
            && options.replicas.is_none_or(|replicas| found.num_replicas == replicas)
    };
    let mut found_replicas = found.num_replicas;
    if !is_as_asked(&found) {
        // What an operator has set besides, such as a size, stays.
        let amended = Config {
            subjects: wanted.subjects.clone(),
            max_age: wanted.max_age,
            num_replicas: options.replicas.unwrap_or(found.num_replicas),
            ..found
        };
        let now = jetstream
            .update_stream(amended)
            .await
            .map_err(|error| refused(format!("it cannot be changed: {error}")))?;
        found_replicas = now.config.num_replicas;
        if !is_as_asked(&now.config) {
            return Err(refused(
                "the server did not take what was asked for; is it older than 2.9?".to_owned(),
            ));
        }
    }
    Ok(found_replicas)
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
