//! What the same sinks take from clients that do nothing but send.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::{AT_ONCE, MESSAGES};

/// Bytes of a mail of ours, with both of its parts.
const MAIL_BYTES: u32 = 11_000;
/// Bytes of a webhook of ours.
const BODY_BYTES: usize = 900;

/// Mails a second that Postfix's own load generator gets rid of; `None`, and said so, where it is not installed.
pub(crate) async fn smtp_source(sink: SocketAddr) -> Option<f64> {
    let [sessions, mails, bytes] = [AT_ONCE, MESSAGES, MAIL_BYTES].map(|number| number.to_string());
    let sink = format!("{}:{}", sink.ip(), sink.port());
    let run = move || {
        let began = Instant::now();
        let status = Command::new("smtp-source")
            .args(["-d", "-s", &sessions, "-m", &mails, "-l", &bytes, &sink])
            .env("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .status();
        (status, began.elapsed())
    };
    match tokio::task::spawn_blocking(run).await.unwrap() {
        (Ok(status), took) if status.success() => Some(f64::from(MESSAGES) / took.as_secs_f64()),
        (Ok(status), _) => {
            println!("smtp-source ended with {status}: its yardstick is left out");
            None
        }
        (Err(error), _) => {
            println!("smtp-source is not here ({error}): its yardstick is left out; it is part of postfix");
            None
        }
    }
}

/// Posts a second of a client that sends the same bytes again and again.
pub(crate) async fn bare_hyper(sink: SocketAddr) -> f64 {
    let bytes = Bytes::from(vec![b'x'; BODY_BYTES]);
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let bytes = bytes.clone();
        clients.spawn(async move {
            let socket = TcpStream::connect(sink).await.unwrap();
            socket.set_nodelay(true).unwrap();
            let (mut requests, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
            tokio::spawn(connection);
            for _ in 0..MESSAGES / AT_ONCE {
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
    f64::from(MESSAGES / AT_ONCE * AT_ONCE) / began.elapsed().as_secs_f64()
}

/// Answers every post and forgets it.
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
