//! Connections to a listener: how many there are, how long one may take to say what it wants and to take what it is
//! told, and how they end.
//!
//! A request's head has a time of its own, and so has a connection that says nothing; a request's body has the time
//! of its request, which the API counts itself. An answer may be as long as it is, but who takes nothing of it for a
//! while has gone.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// What connections of one listener may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections that are open at once. Further ones wait until another ends.
    pub(super) connections: usize,
    /// How long a connection may take for the head of its next request.
    pub(super) head: Duration,
    /// How long a connection may take nothing of what is written to it.
    pub(super) stall: Duration,
}

/// How long a connection may take to end once it is asked to.
const END_MAX: Duration = Duration::from_secs(10);
/// How long it is waited where the system has no room for another connection.
const NO_ROOM_WAIT: Duration = Duration::from_millis(500);

/// Serves what comes in until cancelled; returns once every connection has ended.
pub(super) async fn serve(listener: TcpListener, routes: Router, bounds: Bounds, cancel: CancellationToken) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            // Nobody closes it.
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(NO_ROOM_WAIT).await;
                    continue;
                }
            };
            let (routes, cancel) = (routes.clone(), cancel.clone());
            connections.spawn(async move {
                answer(stream, peer, routes, bounds, cancel).await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
    };
    cancel.run_until_cancelled(accepting).await;
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers the requests of one connection until it ends, or is to end.
async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    bounds: Bounds,
    cancel: CancellationToken,
) {
    // Answers, and portions of long ones, are written whole, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(bounds.stall));
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(bounds.head).serve_connection(
            TokioIo::new(Box::pin(stream)),
            service_fn(|request| respond(request, peer, routes.clone())),
        );
    let mut connection = pin!(connection);
    tokio::select! {
        // What goes wrong on a connection is its client's doing, or the network's.
        _ = connection.as_mut() => return,
        () = cancel.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(END_MAX, connection).await;
}

fn respond(
    request: Request<Incoming>,
    peer: SocketAddr,
    routes: Router,
) -> impl Future<Output = Result<Response, Infallible>> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    routes.oneshot(request)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    struct Served {
        address: SocketAddr,
        cancel: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    async fn served(connections: usize, head: Duration) -> Served {
        let routes = Router::new().route("/", get(async |peer: ConnectInfo<SocketAddr>| peer.0.to_string()));
        serving(routes, Bounds { connections, head, stall: Duration::from_secs(60) }).await
    }

    async fn serving(routes: Router, bounds: Bounds) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, cancel) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(serve(listener, routes, bounds, cancel.clone()));
        Served { address, cancel, task }
    }

    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let (mut answer, mut buffer) = (String::new(), [0; 1_024]);
        let own = stream.local_addr().unwrap().to_string();
        while !answer.contains(&own) {
            let count = stream.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "it was closed after {answer:?}");
            answer.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        answer
    }

    #[tokio::test]
    async fn a_connection_that_dawdles_is_closed_and_others_are_answered() {
        let served = served(10, Duration::from_secs(2)).await;
        let mut dawdler = TcpStream::connect(served.address).await.unwrap();
        dawdler.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut silent = TcpStream::connect(served.address).await.unwrap();
        let mut other = TcpStream::connect(served.address).await.unwrap();
        assert!(ask(&mut other).await.starts_with("HTTP/1.1 200"));
        let mut rest = Vec::new();
        dawdler.read_to_end(&mut rest).await.unwrap();
        silent.read_to_end(&mut rest).await.unwrap();
        served.cancel.cancel();
        served.task.await.unwrap();
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_left() {
        let (alive, mut gone) = tokio::sync::mpsc::channel::<()>(1);
        let alive = Arc::new(std::sync::Mutex::new(Some(alive)));
        let endless = async move || {
            let alive = alive.lock().unwrap().take();
            let chunks = futures_util::stream::unfold(alive, async |alive| {
                Some((Ok::<_, Infallible>(bytes::Bytes::from_static(&[b'x'; 65_536])), alive))
            });
            Body::from_stream(chunks)
        };
        let bounds = Bounds { connections: 10, head: Duration::from_secs(60), stall: Duration::from_secs(1) };
        let served = serving(Router::new().route("/", get(endless)), bounds).await;
        let mut reader = TcpStream::connect(served.address).await.unwrap();
        reader.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert_eq!(gone.recv().await, None, "what the answer held is given back");
        served.cancel.cancel();
        served.task.await.unwrap();
    }

    #[tokio::test]
    async fn beyond_so_many_a_connection_waits_for_room() {
        let served = served(1, Duration::from_secs(60)).await;
        let mut first = TcpStream::connect(served.address).await.unwrap();
        ask(&mut first).await;
        let mut second = TcpStream::connect(served.address).await.unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(200), ask(&mut second)).await;
        assert!(waits.is_err(), "{waits:?}");
        ask(&mut first).await;
        drop(first);
        let mut buffer = [0; 1_024];
        assert_ne!(second.read(&mut buffer).await.unwrap(), 0, "its turn has come");
        served.cancel.cancel();
        served.task.await.unwrap();
    }

    #[tokio::test]
    async fn connections_that_wait_end_with_the_listener() {
        let served = served(10, Duration::from_secs(60)).await;
        let mut idle = TcpStream::connect(served.address).await.unwrap();
        ask(&mut idle).await;
        served.cancel.cancel();
        served.task.await.unwrap();
        let mut rest = Vec::new();
        assert_eq!(idle.read_to_end(&mut rest).await.unwrap(), 0);
        assert!(TcpStream::connect(served.address).await.is_err());
    }
}
