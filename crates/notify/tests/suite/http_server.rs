//! A web server that answers with the bytes that it is told, and tells what it saw. It shares nothing
//! with the client.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What the server does with each request.
#[derive(Clone)]
pub(super) enum Manner {
    /// Writes these bytes, and waits for the next request.
    Answers(Vec<u8>),
    /// Writes these bytes, and closes.
    AnswersAndCloses(Vec<u8>),
    /// Never answers.
    IsSilent,
}

impl Manner {
    /// A whole answer with a status, further headers (each with its line end), and a body.
    pub(super) fn status(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\n\r\n");
        Manner::Answers(format!("{head}{body}").into_bytes())
    }
}

/// A running server.
pub(super) struct HttpServer {
    pub address: SocketAddr,
    seen: mpsc::Receiver<String>,
    /// Stops with it.
    _tasks: JoinSet<()>,
}

impl HttpServer {
    pub(super) async fn start(manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0", manner, None).await
    }

    pub(super) async fn start_at(address: &str, manner: Manner, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        // Far more than any test makes it see.
        let (tell, seen) = mpsc::channel(10_000);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::new(manner), tls, tell));
        Self { address, seen, _tasks: tasks }
    }

    /// What was seen so far: `connected`, and the whole text of each request.
    pub(super) fn seen_so_far(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }
}

async fn accept(
    listener: TcpListener,
    manner: Arc<Manner>,
    tls: Option<TlsAcceptor>,
    tell: mpsc::Sender<String>,
) {
    let mut sessions = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let (manner, tls, tell) = (Arc::clone(&manner), tls.clone(), tell.clone());
        sessions.spawn(async move {
            tell.send("connected".to_owned()).await.unwrap();
            match tls {
                None => serve(socket, &manner, &tell).await,
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        serve(socket, &manner, &tell).await;
                    }
                }
            }
        });
    }
}

async fn serve(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    manner: &Manner,
    tell: &mpsc::Sender<String>,
) {
    while let Some(request) = request(&mut socket).await {
        tell.send(request).await.unwrap();
        match manner {
            Manner::Answers(bytes) => {
                if socket.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Manner::AnswersAndCloses(bytes) => {
                let _ = socket.write_all(bytes).await;
                let _ = socket.shutdown().await;
                return;
            }
            Manner::IsSilent => std::future::pending().await,
        }
    }
}

/// One request with its body.
async fn request(socket: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(text.into_owned());
        }
    }
}
