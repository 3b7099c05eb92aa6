//! The yardstick of webhooks: a sink that answers every post and forgets it, and a client that does nothing but post.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How long a client needs that posts the same bytes so often, over so many connections.
pub(crate) async fn bare_client(sink: SocketAddr, bytes: Bytes, posts: u32, connections: u32) -> Duration {
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let bytes = bytes.clone();
        clients.spawn(async move {
            let socket = TcpStream::connect(sink).await.unwrap();
            socket.set_nodelay(true).unwrap();
            let (mut requests, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
            tokio::spawn(connection);
            for _ in 0..posts / connections {
                let request = Request::post("/hooks/a")
                    .header("host", "127.0.0.1")
                    .header("content-type", "application/json")
                    .header("webhook-id", "01940000-0000-7000-8000-00000000000d")
                    .header("webhook-timestamp", "1795255200")
                    .header("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                    .body(Full::new(bytes.clone()))
                    .unwrap();
                requests.ready().await.unwrap();
                let response = requests.send_request(request).await.unwrap();
                assert_eq!(response.status(), 200);
                response.into_body().collect().await.unwrap();
            }
        });
    }
    clients.join_all().await;
    started.elapsed()
}

/// Answers every request and forgets it.
pub(crate) async fn sink() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(swallow(socket));
        }
    });
    address
}

async fn swallow(socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut socket = BufReader::new(socket);
    let (mut line, mut body) = (String::new(), Vec::new());
    let mut length = 0;
    loop {
        line.clear();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            body.resize(length, 0);
            socket.read_exact(&mut body).await?;
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }
}
