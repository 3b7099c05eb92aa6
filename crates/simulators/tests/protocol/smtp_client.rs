//! An SMTP client that says what it is told to say, line by line.

use std::sync::Arc;

use bellwether_simulators::inbox::{Inbox, InboxConfig, Running};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::client::{NOW_US, PATIENCE};

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open conversation.
pub(crate) struct Talk(BufReader<Box<dyn Stream>>);

pub(crate) fn config() -> InboxConfig {
    InboxConfig::new(|| NOW_US)
}

pub(crate) async fn inbox() -> Running {
    Inbox::start(config()).await.unwrap()
}

impl Talk {
    /// Connects, without waiting for the greeting.
    pub(crate) async fn connect(inbox: &Running) -> Self {
        let stream = TcpStream::connect(inbox.smtp_addr()).await.unwrap();
        Self(BufReader::new(Box::new(stream)))
    }

    /// Connects, and goes on to the answer to `EHLO`.
    pub(crate) async fn begin(inbox: &Running) -> Self {
        let mut talk = Self::connect(inbox).await;
        assert_eq!(talk.reply().await.unwrap().0, 220);
        assert_eq!(talk.say("EHLO test").await, 250);
        talk
    }

    /// The same over TLS from the first byte.
    pub(crate) async fn connect_tls(inbox: &Running) -> Self {
        let stream = TcpStream::connect(inbox.smtps_addr().unwrap()).await.unwrap();
        Self(BufReader::new(Box::new(shake_hands(inbox, stream).await)))
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// The next reply, all its lines; `None` where the server is gone.
    pub(crate) async fn reply(&mut self) -> Option<(u16, Vec<String>)> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(PATIENCE, self.0.read_line(&mut line)).await.unwrap();
            if !matches!(read, Ok(length) if length > 0) {
                return None;
            }
            let (code, rest) = line.trim_end_matches(['\r', '\n']).split_at(3);
            lines.push(rest[1..].to_owned());
            if rest.starts_with(' ') {
                return Some((code.parse().unwrap(), lines));
            }
        }
    }

    /// Says a line and returns the code of the reply; 0 where the server is gone.
    pub(crate) async fn say(&mut self, line: &str) -> u16 {
        self.write(&format!("{line}\r\n")).await;
        self.reply().await.map_or(0, |(code, _)| code)
    }

    /// A whole mail; the code of the last reply.
    pub(crate) async fn send(&mut self, to: &str, mail: &str) -> u16 {
        for line in ["MAIL FROM:<alerts@bellwether.test>".to_owned(), format!("RCPT TO:<{to}>")] {
            let code = self.say(&line).await;
            if code != 250 {
                return code;
            }
        }
        match self.say("DATA").await {
            354 => self.say(&format!("{mail}\r\n.")).await,
            code => code,
        }
    }
}

/// Speaks TLS over `stream`, and believes only the inbox's own authority.
pub(crate) async fn shake_hands<S: Stream + 'static>(inbox: &Running, stream: S) -> impl Stream + use<S> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(inbox.ca_pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// STARTTLS on an open conversation.
pub(crate) async fn encrypt(inbox: &Running, mut talk: Talk) -> Talk {
    assert_eq!(talk.say("STARTTLS").await, 220);
    let stream = talk.0.into_inner();
    Talk(BufReader::new(Box::new(shake_hands(inbox, stream).await)))
}
