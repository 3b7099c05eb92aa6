//! The real dialer and the real HTTP client, against servers on this machine's loopback.
#![expect(clippy::unwrap_used, reason = "a test's support fails loudly")]

use std::time::Duration;

use bellwether_feeds::world::{
    DialError, Dialer, Frame, Http, HttpClient, HttpError, HttpRequest, Socket, WebSocketDialer,
};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A connected pair: the feed's socket, and the server's end.
async fn pair() -> (Box<dyn Socket>, WebSocketStream<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/stream?timeUnit=MICROSECOND", listener.local_addr().unwrap());
    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    };
    let dialer = WebSocketDialer::default();
    let (dialled, accepted) = tokio::join!(dialer.dial(&url), accepting);
    (dialled.unwrap(), accepted)
}

/// Anything that should come soon fails the test loudly instead of hanging it.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.unwrap()
}

#[tokio::test]
async fn texts_pass_both_ways_and_pings_are_answered_and_reported() {
    let (mut socket, mut server) = soon(pair()).await;
    soon(socket.send("ask".to_owned())).await.unwrap();
    assert_eq!(soon(server.next()).await.unwrap().unwrap(), Message::text("ask"));
    for message in [Message::Ping("1795".into()), Message::text("tick"), Message::binary("tock")] {
        server.send(message).await.unwrap();
    }
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Frame::Ping);
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Frame::Message("tick".into()));
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Frame::Message("tock".into()));
    assert_eq!(soon(server.next()).await.unwrap().unwrap(), Message::Pong("1795".into()));
}

#[tokio::test]
async fn a_close_and_a_break_end_the_socket() {
    let (mut socket, mut server) = soon(pair()).await;
    server.close(None).await.unwrap();
    assert!(soon(socket.next()).await.is_none());

    let (mut socket, server) = soon(pair()).await;
    drop(server);
    assert!(soon(socket.next()).await.is_none_or(|frame| frame.is_err()));
}

#[tokio::test]
async fn a_message_beyond_the_bound_ends_the_socket() {
    let (mut socket, mut server) = soon(pair()).await;
    let sending = tokio::spawn(async move {
        // The receiver hangs up in the middle.
        let _ = server.send(Message::text("x".repeat(3 << 20))).await;
    });
    assert!(soon(socket.next()).await.unwrap().is_err());
    drop(socket);
    soon(sending).await.unwrap();
}

/// Answers one connection with these bytes, and hands back what it asked.
async fn answer_once(listener: TcpListener, answer: String) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(stream.read_u8().await.unwrap());
    }
    // A client that has read enough may hang up.
    let _ = stream.write_all(answer.as_bytes()).await;
    String::from_utf8(asked).unwrap()
}

#[tokio::test]
async fn a_refused_upgrade_and_a_dead_address_are_told_apart() {
    let dialer = WebSocketDialer::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/stream", listener.local_addr().unwrap());
    let answer = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (dialled, _) = soon(async { tokio::join!(dialer.dial(&url), answer_once(listener, answer)) }).await;
    assert!(matches!(dialled.err(), Some(DialError::Refused { status: 429 })));
    let dialled = soon(dialer.dial(&url)).await;
    assert!(matches!(dialled.err(), Some(DialError::Unreachable(_))));
    let dialled = soon(dialer.dial("http//nonsense")).await;
    assert!(matches!(dialled.err(), Some(DialError::Address(_) | DialError::Unreachable(_))));
}

#[tokio::test]
async fn an_answer_is_read_whole_with_its_headers_and_up_to_its_bound() {
    let client = HttpClient::new("bellwether-test").unwrap();
    for (body_limit, fits) in [(5, true), (4, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let request = HttpRequest {
            url: format!("http://{}/api/v3/ping?x=1", listener.local_addr().unwrap()),
            headers: vec![("X-MBX-TIME-UNIT", "MICROSECOND".into())],
            form: None,
            body_limit,
        };
        let answer = "HTTP/1.1 418 Teapot\r\nRetry-After: 7\r\ncontent-length: 5\r\n\r\nhello".to_owned();
        let (reply, asked) =
            soon(async { tokio::join!(client.send(request), answer_once(listener, answer)) }).await;
        assert!(asked.starts_with("GET /api/v3/ping?x=1 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_lowercase().contains("x-mbx-time-unit: microsecond\r\n"), "{asked}");
        if fits {
            let reply = reply.unwrap();
            assert_eq!((reply.status, &reply.body[..]), (418, &b"hello"[..]));
            assert_eq!(reply.header("retry-after"), Some("7"));
        } else {
            assert!(matches!(reply, Err(HttpError::TooLong { limit: 4 })));
        }
    }
}

#[tokio::test]
async fn a_form_is_posted_and_secrets_are_not_printed() {
    let client = HttpClient::new("bellwether-test").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = HttpRequest {
        url: format!("http://{}/token", listener.local_addr().unwrap()),
        headers: vec![("authorization", "Basic c2VjcmV0".into())],
        form: Some("grant_type=client_credentials&secret=hunter2".to_owned()),
        body_limit: 100,
    };
    let printed = format!("{request:?}");
    assert!(!printed.contains("c2VjcmV0") && !printed.contains("hunter2"), "{printed}");
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned();
    let (reply, asked) =
        soon(async { tokio::join!(client.send(request), answer_once(listener, answer)) }).await;
    assert_eq!(&reply.unwrap().body[..], b"ok");
    let asked = asked.to_lowercase();
    assert!(asked.starts_with("post /token http/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: basic c2vjcmv0\r\n"), "{asked}");
    assert!(asked.contains("content-type: application/x-www-form-urlencoded\r\n"), "{asked}");
    assert!(asked.contains("content-length: 44\r\n"), "{asked}");
}
