//! A mail server that does as it is told, and tells what it saw. It shares nothing with the client.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellwether_notify::mail::Patience;
use bellwether_notify::{MailSettings, Mailer, Message, Outcome};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::samples::{SENT, fired, time};

/// How a server behaves. Each answer is sent as it stands, with a line end behind it.
#[derive(Clone)]
pub(super) struct Manners {
    pub greeting: &'static [u8],
    pub abilities: &'static [&'static str],
    pub abilities_in_tls: &'static [&'static str],
    pub tls: Option<TlsAcceptor>,
    /// TLS from the first byte.
    pub implicit_tls: bool,
    pub auth: &'static str,
    pub mail: &'static str,
    pub rcpt: &'static str,
    pub data: &'static str,
    pub content: &'static [u8],
    /// What follows the go-ahead for STARTTLS in the same write.
    pub injected: &'static str,
    /// At this command (`content` for the end of a mail) the connection is closed.
    pub hangs_up_at: &'static str,
    /// At this command nothing is answered.
    pub is_silent_at: &'static str,
    /// After each mail the connection is closed, with this said before.
    pub leaves_after_mail: Option<&'static str>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            greeting: b"220 test.example ready",
            abilities: &["PIPELINING", "8BITMIME", "SMTPUTF8", "AUTH LOGIN PLAIN"],
            abilities_in_tls: &["PIPELINING", "SMTPUTF8", "AUTH PLAIN"],
            tls: None,
            implicit_tls: false,
            auth: "235 2.7.0 welcome",
            mail: "250 2.1.0 ok",
            rcpt: "250 2.1.5 ok",
            data: "354 go on",
            content: b"250 2.0.0 queued as 4711",
            injected: "",
            hangs_up_at: "",
            is_silent_at: "",
            leaves_after_mail: None,
        }
    }
}

/// A running server.
pub(super) struct MailServer {
    pub port: u16,
    seen: mpsc::Receiver<String>,
    /// Stops with it.
    _tasks: JoinSet<()>,
}

impl MailServer {
    pub(super) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // Far more than any test makes it see.
        let (tell, seen) = mpsc::channel(10_000);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::new(manners), tell));
        Self { port, seen, _tasks: tasks }
    }

    /// A mailer for this server, on the host and with the options of an address such as
    /// `smtp://localhost:PORT?tls=none`.
    pub(super) fn mailer(&self, url: &str, ca_file: Option<&Path>) -> Mailer {
        self.mailer_with(url, ca_file, Patience::DEFAULT)
    }

    pub(super) fn mailer_with(&self, url: &str, ca_file: Option<&Path>, patience: Patience) -> Mailer {
        let url = url.replace("PORT", &self.port.to_string());
        Mailer::new(&MailSettings {
            url: url.parse().unwrap(),
            from: "Bellwether <alerts@example.net>".into(),
            ca_file: ca_file.map(Into::into),
            patience,
            dkim: None,
        })
        .unwrap()
    }

    /// Everything seen from the last call on, up to and with the first that contains `last`.
    pub(super) async fn seen_until(&mut self, last: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let seen = tokio::time::timeout(Duration::from_secs(20), self.seen.recv()).await;
            let seen = seen.unwrap_or_else(|_| panic!("{last:?} was not seen, but {all:#?}"));
            all.push(seen.expect("the server runs"));
            if all.last().is_some_and(|seen| seen.contains(last)) {
                return all;
            }
        }
    }

    /// Everything seen that nobody asked for yet.
    pub(super) fn seen_so_far(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }
}

/// Sends a fire.
pub(super) async fn send(mailer: &Mailer) -> Outcome {
    mailer.send(&Message::AlertFired(Box::new(fired())), time(SENT)).await
}

async fn accept(listener: TcpListener, manners: Arc<Manners>, tell: mpsc::Sender<String>) {
    let count = AtomicUsize::new(0);
    let mut conversations = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let (manners, tell) = (Arc::clone(&manners), tell.clone());
        conversations.spawn(async move {
            let told = Told { number, tell };
            told.tell("connected").await;
            begin(socket, &manners, &told).await;
            told.tell("closed").await;
        });
    }
}

struct Told {
    number: usize,
    tell: mpsc::Sender<String>,
}

impl Told {
    async fn tell(&self, what: &str) {
        // Nobody listens any more once a test is over.
        self.tell.send(format!("{} {what}", self.number)).await.ok();
    }
}

async fn begin(socket: TcpStream, manners: &Manners, told: &Told) {
    socket.set_nodelay(true).unwrap();
    match (&manners.tls, manners.implicit_tls) {
        (Some(tls), true) => {
            if let Ok(stream) = tls.accept(socket).await {
                converse(stream, manners, told, true).await;
            }
        }
        _ => {
            if let Some(socket) = converse(socket, manners, told, false).await {
                let tls = manners.tls.as_ref().expect("asked for TLS where there is none");
                if let Ok(stream) = tls.accept(socket).await {
                    converse(stream, manners, told, true).await;
                }
            }
        }
    }
}

/// Talks until one side hangs up, or until the client asks for TLS: then the stream is handed back.
async fn converse<S>(stream: S, manners: &Manners, told: &Told, in_tls: bool) -> Option<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    if !in_tls || manners.implicit_tls {
        say(&mut stream, manners.greeting).await?;
    }
    let mut login_lines = 0;
    loop {
        let line = read_line(&mut stream).await?;
        told.tell(&line).await;
        let command = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        if manners.hangs_up_at == command {
            return None;
        }
        if manners.is_silent_at == command {
            std::future::pending::<()>().await;
        }
        match command.as_str() {
            "EHLO" => {
                let abilities = if in_tls { manners.abilities_in_tls } else { manners.abilities };
                let lines = ["test.example"].iter().chain(abilities);
                let mut answer: Vec<_> = lines.map(|line| format!("250-{line}")).collect();
                *answer.last_mut().unwrap() = answer.last().unwrap().replacen('-', " ", 1);
                say(&mut stream, answer.join("\r\n").as_bytes()).await?;
            }
            "STARTTLS" => {
                say(&mut stream, format!("220 go{}", manners.injected).as_bytes()).await?;
                return Some(stream.into_inner());
            }
            "AUTH" if line == "AUTH LOGIN" => {
                login_lines = 2;
                say(&mut stream, b"334 VXNlcm5hbWU6").await?;
            }
            "AUTH" => say(&mut stream, manners.auth.as_bytes()).await?,
            _ if login_lines > 0 => {
                login_lines -= 1;
                let answer = if login_lines == 0 { manners.auth } else { "334 UGFzc3dvcmQ6" };
                say(&mut stream, answer.as_bytes()).await?;
            }
            "MAIL" => say(&mut stream, manners.mail.as_bytes()).await?,
            "RCPT" => say(&mut stream, manners.rcpt.as_bytes()).await?,
            "DATA" => {
                say(&mut stream, manners.data.as_bytes()).await?;
                if manners.data.starts_with("354") {
                    take_mail(&mut stream, manners, told).await?;
                }
            }
            "RSET" | "NOOP" => say(&mut stream, b"250 2.0.0 ok").await?,
            "QUIT" => {
                say(&mut stream, b"221 2.0.0 bye").await?;
                return None;
            }
            _ => say(&mut stream, b"500 5.5.1 what?").await?,
        }
    }
}

async fn take_mail<S>(stream: &mut BufReader<S>, manners: &Manners, told: &Told) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut mail = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            break;
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        mail.push_str("\r\n");
    }
    told.tell(&format!("content {mail}")).await;
    if manners.hangs_up_at == "content" {
        return None;
    }
    if manners.is_silent_at == "content" {
        std::future::pending::<()>().await;
    }
    say(stream, manners.content).await?;
    if let Some(words) = manners.leaves_after_mail {
        if !words.is_empty() {
            say(stream, words.as_bytes()).await?;
        }
        return None;
    }
    Some(())
}

async fn read_line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await {
        Ok(count) if count > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), words: &[u8]) -> Option<()> {
    let words = [words, b"\r\n"].concat();
    stream.write_all(&words).await.ok()?;
    stream.flush().await.ok()
}
