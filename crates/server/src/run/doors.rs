//! The sockets that the service listens on.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::Stage;
use super::connections::{Bounds, serve};
use crate::config::Server;
use crate::http::{ApiState, health_router, metrics_router, router};
use crate::meters;

/// How often the recorder lets go of what histograms no longer need.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How long a client may take nothing of an answer.
const STALL_MAX: Duration = Duration::from_secs(30);

/// The bound sockets, not yet served.
pub(super) struct Doors {
    pub(super) api_address: SocketAddr,
    pub(super) metrics_address: Option<SocketAddr>,
    api: TcpListener,
    bounds: Bounds,
    metrics: Option<(TcpListener, PrometheusHandle)>,
}

impl Doors {
    pub(super) async fn open(server: &Server) -> anyhow::Result<Self> {
        let api = bind(server.listen, "server.listen").await?;
        let metrics = match server.metrics_listen {
            Some(address) => Some(bind(address, "server.metrics_listen").await?),
            None => None,
        };
        Ok(Self {
            api_address: api.local_addr()?,
            metrics_address: metrics.as_ref().map(TcpListener::local_addr).transpose()?,
            api,
            bounds: Bounds {
                connections: usize::try_from(server.connections).unwrap_or(usize::MAX),
                head: Duration::from_secs(server.head_timeout.seconds()),
                stall: STALL_MAX,
            },
            // Before any part starts: what counts to nobody when it is made counts to nobody for ever.
            metrics: metrics.zip(meters::recorder()),
        })
    }

    /// Serves the API, or its health alone, and the metrics where they are asked for.
    pub(super) fn serve(self, api: ApiState, all_of_it: bool) -> Stage {
        let mut stage = Stage { cancel: api.closing().clone(), ..Stage::new("api") };
        let routes = if all_of_it { router(api) } else { health_router(api) };
        stage.tasks.push(tokio::spawn(serve(self.api, routes, self.bounds, stage.cancel.clone())));
        if let Some((listener, recorder)) = self.metrics {
            let upkeep = recorder.clone();
            let cancel = stage.cancel.clone();
            let serving = serve(listener, metrics_router(recorder), self.bounds, stage.cancel.clone());
            stage.tasks.push(tokio::spawn(serving));
            stage.tasks.push(tokio::spawn(async move {
                while !cancel.is_cancelled() {
                    upkeep.run_upkeep();
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        () = tokio::time::sleep(UPKEEP_EVERY) => {}
                    }
                }
            }));
        }
        stage
    }
}

async fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on; choose another address with {key}, or stop what uses it")
    })
}
