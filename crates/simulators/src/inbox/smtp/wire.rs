//! Lines in, replies out, encrypted or not.
//!
//! Replies gather until the client has nothing more under way; then they leave together. That is all that
//! PIPELINING asks for.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A command with all its extensions is far shorter (RFC 5321, section 4.5.3.1.4: 512).
const LONGEST_LINE: usize = 4_096;
const CHUNK: usize = 16 * 1_024;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// One client's connection.
pub(super) struct Wire {
    stream: Stream,
    input: Vec<u8>,
    /// How much of the input has been used.
    used: usize,
    output: Vec<u8>,
}

/// Why nothing more comes.
#[derive(Debug)]
pub(super) enum Silence {
    /// The client is gone.
    Gone,
    /// It has said nothing for too long.
    Idle,
    /// It has sent a line without an end.
    TooLong,
}

impl From<io::Error> for Silence {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// A mail's data.
pub(super) enum Data {
    /// Dots unstuffed, lines ended with CRLF.
    Whole(Vec<u8>),
    /// Larger than allowed; it was read to its end and thrown away.
    TooLarge,
}

impl Wire {
    pub(super) const fn plain(stream: TcpStream) -> Self {
        Self { stream: Stream::Plain(stream), input: Vec::new(), used: 0, output: Vec::new() }
    }

    /// The same connection under TLS. What came before the handshake is thrown away: it was not protected,
    /// and must not be taken for something that was.
    pub(super) async fn encrypt(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        match self.stream {
            Stream::Plain(stream) => {
                let stream = Stream::Tls(Box::new(acceptor.accept(stream).await?));
                Ok(Self { stream, input: Vec::new(), used: 0, output: Vec::new() })
            }
            Stream::Tls(_) => Err(io::Error::other("encrypted already")),
        }
    }

    pub(super) const fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// The next line, without its CRLF.
    pub(super) async fn line(&mut self, patience: Duration) -> Result<String, Silence> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if self.input.len() - self.used > LONGEST_LINE {
                return Err(Silence::TooLong);
            }
            self.read(patience).await?;
        }
    }

    /// Reads a mail up to the line that is a single dot, ended by CRLF: nothing less ends it, since servers
    /// that differ in this can be played off against each other.
    pub(super) async fn data(&mut self, most: usize, patience: Duration) -> Result<Data, Silence> {
        let mut mail = Vec::new();
        let mut too_large = false;
        loop {
            while let Some(line) = self.take_line() {
                if line == b"." {
                    return Ok(if too_large { Data::TooLarge } else { Data::Whole(mail) });
                }
                let line = line.strip_prefix(b".").unwrap_or(&line);
                too_large |= mail.len() + line.len() + 2 > most;
                if too_large {
                    mail = Vec::new();
                } else {
                    mail.extend_from_slice(line);
                    mail.extend_from_slice(b"\r\n");
                }
            }
            // A line without an end must not fill the memory.
            if self.input.len() - self.used > most.saturating_add(LONGEST_LINE) {
                return Err(Silence::TooLong);
            }
            self.read(patience).await?;
        }
    }

    /// Queues a reply of one line.
    pub(super) fn reply(&mut self, code: u16, text: &str) {
        self.output.extend_from_slice(format!("{code} {text}\r\n").as_bytes());
    }

    /// Queues a reply of several lines.
    pub(super) fn reply_lines(&mut self, code: u16, lines: &[String]) {
        for (place, line) in lines.iter().enumerate() {
            let mark = if place + 1 == lines.len() { ' ' } else { '-' };
            self.output.extend_from_slice(format!("{code}{mark}{line}\r\n").as_bytes());
        }
    }

    /// Sends the queued replies.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(&self.output).await?,
            Stream::Tls(stream) => {
                stream.write_all(&self.output).await?;
                stream.flush().await?;
            }
        }
        self.output.clear();
        Ok(())
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let fresh = &self.input[self.used..];
        let mut from = 0;
        loop {
            let end = from + fresh[from..].iter().position(|byte| *byte == b'\n')?;
            if end > 0 && fresh[end - 1] == b'\r' {
                let line = fresh[..end - 1].to_vec();
                self.used += end + 1;
                return Some(line);
            }
            from = end + 1;
        }
    }

    async fn read(&mut self, patience: Duration) -> Result<(), Silence> {
        if !self.output.is_empty() {
            self.flush().await?;
        }
        self.input.drain(..self.used);
        self.used = 0;
        self.input.reserve(CHUNK);
        let reading = async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.read_buf(&mut self.input).await,
                Stream::Tls(stream) => stream.read_buf(&mut self.input).await,
            }
        };
        match tokio::time::timeout(patience, reading).await {
            Err(_) => Err(Silence::Idle),
            Ok(Ok(0) | Err(_)) => Err(Silence::Gone),
            Ok(Ok(_)) => Ok(()),
        }
    }
}
