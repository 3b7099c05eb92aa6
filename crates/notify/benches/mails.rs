//! Mails per second to a sink on this machine, over four connections, rendering included.
//!
//! Target: at least the rate of Postfix's `smtp-source` with as many connections, which sends ready-made
//! bytes, to the same sink. Beside it stands a bare client of that kind written here, on the same
//! runtime as ours; the difference to it is the cost of rendering and composing, which should be at most
//! 150 µs of one core.
//!
//! `cargo bench -p bellwether-notify`; with `BELLWETHER_MAIL_SINK=PORT` to a sink that runs already, such
//! as `smtp-sink -c 127.0.0.1:PORT 100`, beside `smtp-source -d -s 4 -m 20000 -l 11000 127.0.0.1:PORT`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

#[path = "common/message.rs"]
mod message;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_model::Timestamp;
use bellwether_notify::mail::Patience;
use bellwether_notify::{MailSettings, Mailer, Message, Outcome, render};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::message::fire;

const CONNECTIONS: u32 = 4;
const MAILS: u32 = 20_000;
const RENDERINGS: u32 = 5_000;

#[tokio::main]
async fn main() {
    let message = Arc::new(fire());
    let rendering = measure_rendering(&message);
    println!("render one mail                     {:>8.1} µs", micros(rendering) / f64::from(RENDERINGS));

    if let Ok(port) = std::env::var("BELLWETHER_MAIL_SINK") {
        let ours = per_second(measure_mailer(port.parse().unwrap(), &message).await);
        println!("mails per second to that sink       {ours:>8.0}");
        return;
    }
    for pipelining in [true, false] {
        let port = sink(pipelining).await;
        let ours = per_second(measure_mailer(port, &message).await);
        let bare = per_second(measure_bare(port).await);
        let with = if pipelining { "with" } else { "without" };
        println!("mails per second {with:>7} pipelining {ours:>8.0}");
        println!("  yardstick, a bare client          {bare:>8.0}   ratio {:.2}", ours / bare);
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn per_second(time: Duration) -> f64 {
    f64::from(MAILS) / time.as_secs_f64()
}

fn measure_rendering(message: &Message) -> Duration {
    let started = Instant::now();
    for _ in 0..RENDERINGS {
        std::hint::black_box(render(std::hint::black_box(message), Timestamp::EPOCH));
    }
    started.elapsed()
}

async fn measure_mailer(port: u16, message: &Arc<Message>) -> Duration {
    let url = format!("smtp://127.0.0.1:{port}?tls=none&connections={CONNECTIONS}");
    let settings = MailSettings {
        url: url.parse().unwrap(),
        from: "alerts@example.net".into(),
        ca_file: None,
        patience: Patience::DEFAULT,
        dkim: None,
    };
    let mailer = Arc::new(Mailer::new(&settings).unwrap());
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (mailer, message) = (Arc::clone(&mailer), Arc::clone(message));
        senders.spawn(async move {
            for _ in 0..MAILS / CONNECTIONS {
                let outcome = mailer.send(&message, Timestamp::EPOCH).await;
                assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
            }
        });
    }
    senders.join_all().await;
    started.elapsed()
}

/// A client that does nothing but wait for each answer and write the next ready-made bytes.
async fn measure_bare(port: u16) -> Duration {
    let body = format!("Subject: x\r\n\r\n{}.\r\n", format!("{}\r\n", "x".repeat(76)).repeat(170));
    let steps: Arc<[String]> = Arc::new([
        "MAIL FROM:<alerts@example.net>\r\n".to_owned(),
        "RCPT TO:<ada@example.org>\r\n".to_owned(),
        "DATA\r\n".to_owned(),
        body,
    ]);
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let steps = Arc::clone(&steps);
        clients.spawn(async move {
            let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            socket.set_nodelay(true).unwrap();
            let mut answer = [0; 256];
            let _ = socket.read(&mut answer).await.unwrap();
            for _ in 0..MAILS / CONNECTIONS {
                for step in steps.iter() {
                    socket.write_all(step.as_bytes()).await.unwrap();
                    let _ = socket.read(&mut answer).await.unwrap();
                }
            }
        });
    }
    clients.join_all().await;
    started.elapsed()
}

/// Takes every mail and forgets it.
async fn sink(pipelining: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(swallow(socket, pipelining));
        }
    });
    port
}

async fn swallow(socket: TcpStream, pipelining: bool) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut socket = BufReader::new(socket);
    socket.write_all(b"220 sink\r\n").await?;
    let mut line = Vec::new();
    let mut in_mail = false;
    let mut answers = Vec::new();
    loop {
        line.clear();
        if socket.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.as_slice() {
            b".\r\n" if in_mail => {
                in_mail = false;
                b"250 taken\r\n"
            }
            _ if in_mail => continue,
            b"DATA\r\n" => {
                in_mail = true;
                b"354 go on\r\n"
            }
            hello if hello.starts_with(b"EHLO") && pipelining => b"250-sink\r\n250 PIPELINING\r\n",
            _ => b"250 ok\r\n",
        };
        answers.extend_from_slice(answer);
        // Commands that came together are answered together.
        if socket.buffer().is_empty() {
            socket.write_all(&answers).await?;
            answers.clear();
        }
    }
}
