//! What the same sinks take from clients that do nothing but send.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::{CONNECTIONS, MESSAGES, posts};

/// Bytes of a mail of ours, with both of its parts.
const MAIL_BYTES: u32 = 11_000;
/// Bytes of a webhook of ours.
const BODY_BYTES: usize = 900;

/// Mails a second that Postfix's own load generator gets rid of; `None`, and said so, where it is not installed.
pub(crate) async fn smtp_source(sink: SocketAddr) -> Option<f64> {
    let [sessions, mails, bytes] = [CONNECTIONS, MESSAGES, MAIL_BYTES].map(|number| number.to_string());
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
    let took = posts::bare_client(sink, vec![b'x'; BODY_BYTES].into(), MESSAGES, CONNECTIONS).await;
    f64::from(MESSAGES) / took.as_secs_f64()
}
