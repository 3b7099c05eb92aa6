//! The connection that everything shares.

use std::sync::Arc;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::Context;

use crate::error::BusError;
use crate::stream;

/// How long a request to the stream may take before it is tried again.
const REQUEST_MAX: Duration = Duration::from_secs(2);
/// How often the connection is looked after, where nothing else is said over it.
const PING_EVERY: Duration = Duration::from_secs(2);
/// The longest wait before a lost connection is tried again.
const RECONNECT_MOST: Duration = Duration::from_secs(1);

/// How to reach the bus, and how it is used.
#[derive(Clone)]
pub struct BusOptions {
    /// `nats://host:port` or `tls://host:port`, several with commas between; with `user:password@` or `token@`
    /// where the server asks for one.
    pub url: String,
    /// The word that all subjects begin with and the stream is named after, so that several installations can
    /// share one server. Letters, digits and hyphens.
    pub name: String,
    /// How long the tick log is kept.
    pub keep: Duration,
    /// On how many servers the tick log stands; nothing to have three where there are as many, or else one.
    pub replicas: Option<usize>,
}

/// The bus. Cheap to clone; all clones are one connection, which comes back by itself when it was lost.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    client: async_nats::Client,
    jetstream: Context,
    options: BusOptions,
    /// On how many servers the tick log stands.
    replicas: usize,
}

impl Bus {
    /// Connects, and makes sure that the tick log is there as it must be.
    ///
    /// # Errors
    /// Where no server answers, it has no JetStream, or the stream is there and is another.
    pub async fn connect(options: BusOptions) -> Result<Self, BusError> {
        let unreachable = |error: &dyn std::error::Error| BusError::Unreachable(without_address(error));
        let addresses: Result<Vec<async_nats::ServerAddr>, _> =
            options.url.split(',').map(|address| address.trim().parse()).collect();
        // The parser's message may repeat the address, which may hold a password.
        let addresses = addresses.map_err(|_| {
            BusError::Unreachable("the address is not of the form nats://host:port".to_owned())
        })?;
        let client = ConnectOptions::new()
            .name("bellwether")
            .ping_interval(PING_EVERY)
            .connection_timeout(REQUEST_MAX)
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                let doubled = 50u64.saturating_mul(1 << attempt.min(6));
                Duration::from_millis(doubled).min(RECONNECT_MOST).mul_f64(rand::random_range(0.5..1.0))
            })
            .event_callback(|event| async move {
                match event {
                    async_nats::Event::Connected => tracing::info!("connected to the bus"),
                    async_nats::Event::Disconnected => tracing::warn!("the connection to the bus was lost"),
                    other => tracing::debug!(event = %other, "the bus"),
                }
            })
            .connect(addresses)
            .await
            .map_err(|error| unreachable(&error))?;
        let jetstream = async_nats::jetstream::context::ContextBuilder::new()
            .timeout(REQUEST_MAX)
            .ack_timeout(REQUEST_MAX)
            .build(client.clone());
        let replicas = stream::ensure(&client, &jetstream, &options).await?;
        Ok(Self { inner: Arc::new(Inner { client, jetstream, options, replicas }) })
    }

    /// Whether the connection stands now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.inner.client.connection_state() == async_nats::connection::State::Connected
    }

    pub(crate) fn client(&self) -> &async_nats::Client {
        &self.inner.client
    }

    pub(crate) fn jetstream(&self) -> &Context {
        &self.inner.jetstream
    }

    pub(crate) fn replicas(&self) -> usize {
        self.inner.replicas
    }

    pub(crate) fn subject(&self, rest: &str) -> String {
        format!("{}.{rest}", self.inner.options.name)
    }

    pub(crate) fn stream_name(&self) -> String {
        stream::name(&self.inner.options)
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("name", &self.inner.options.name).finish_non_exhaustive()
    }
}

/// An error with what it came from, each once.
fn without_address(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !said.contains(&next) {
            said = format!("{said}: {next}");
        }
        cause = error.source();
    }
    said
}
