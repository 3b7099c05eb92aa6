//! Bytes to and from a mail server, each step by its deadline and within its size.

use std::future::Future;
use std::io;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Cause;
use super::reply::{Line, Reply};

/// Bytes of one line of a reply. RFC 5321, 4.5.3.1.5 allows 512; servers exceed it.
const LINE_BYTES: usize = 4_096;
/// Lines of one reply.
const REPLY_LINES: usize = 128;
/// Bytes read at once.
const CHUNK_BYTES: usize = 4_096;

const _: () = assert!(CHUNK_BYTES >= LINE_BYTES, "a line is found in few reads");

/// A connection to a mail server.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
    /// Read and not yet consumed.
    unread: Vec<u8>,
}

#[derive(Debug)]
enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// A connection that nothing was read from yet.
    pub(super) fn new(socket: TcpStream) -> io::Result<Self> {
        // Commands are small and each waits for its answer: without this the kernel holds the second
        // small write back until the first is acknowledged, 40 ms later.
        socket.set_nodelay(true)?;
        Ok(Self { socket: Socket::Plain(socket), unread: Vec::new() })
    }

    /// The same connection, encrypted, the server's certificate verified.
    ///
    /// # Errors
    /// Where TLS cannot be agreed upon; and where the server already sent what belongs behind the
    /// encryption, since anyone on the way could have put it there.
    pub(super) async fn encrypted(
        self,
        tls: &TlsConnector,
        name: ServerName<'static>,
        by: Instant,
    ) -> Result<Self, Cause> {
        let Socket::Plain(socket) = self.socket else {
            return Err(Cause::Nonsense("encrypted already"));
        };
        if !self.unread.is_empty() {
            return Err(Cause::Nonsense("followed by bytes that were not encrypted"));
        }
        let stream = within(by, tls.connect(name, socket)).await?;
        Ok(Self { socket: Socket::Tls(Box::new(stream)), unread: Vec::new() })
    }

    /// The version of TLS, for people to read.
    pub(super) fn protection(&self) -> String {
        match &self.socket {
            Socket::Plain(_) => "not encrypted".to_owned(),
            Socket::Tls(stream) => match stream.get_ref().1.protocol_version() {
                Some(version) => format!("{version:?}"),
                None => "TLS".to_owned(),
            },
        }
    }

    /// Our own address on this connection.
    pub(super) fn local_address(&self) -> io::Result<std::net::SocketAddr> {
        match &self.socket {
            Socket::Plain(socket) => socket.local_addr(),
            Socket::Tls(stream) => stream.get_ref().0.local_addr(),
        }
    }

    /// Writes all of it.
    pub(super) async fn write(&mut self, bytes: &[u8], by: Instant) -> Result<(), Cause> {
        within(by, async {
            match &mut self.socket {
                Socket::Plain(socket) => socket.write_all(bytes).await,
                Socket::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
            }
        })
        .await
    }

    /// Reads one reply, all of its lines.
    pub(super) async fn reply(&mut self, by: Instant) -> Result<Reply, Cause> {
        match timeout_at(by, self.read_reply()).await {
            Ok(reply) => reply,
            Err(_) => Err(Cause::Slow),
        }
    }

    async fn read_reply(&mut self) -> Result<Reply, Cause> {
        let mut texts = Vec::new();
        let mut code = None;
        while texts.len() < REPLY_LINES {
            let line = self.read_line().await?;
            let line = Line::read(&line).ok_or(Cause::Nonsense("not a reply of a mail server"))?;
            if *code.get_or_insert(line.code) != line.code {
                return Err(Cause::Nonsense("of two codes"));
            }
            texts.push(line.text);
            if line.is_last {
                return Reply::new(line.code, texts).ok_or(Cause::Nonsense("of an unknown class"));
            }
        }
        Err(Cause::Nonsense("too long"))
    }

    /// A line without its end, which is LF with or without CR before it.
    async fn read_line(&mut self) -> Result<Vec<u8>, Cause> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                line.pop_if(|last| *last == b'\r');
                return Ok(line);
            }
            if self.unread.len() > LINE_BYTES {
                return Err(Cause::Nonsense("too long"));
            }
            let mut chunk = [0; CHUNK_BYTES];
            let count = match &mut self.socket {
                Socket::Plain(socket) => socket.read(&mut chunk).await,
                Socket::Tls(stream) => stream.read(&mut chunk).await,
            };
            match count.map_err(Cause::Broken)? {
                0 => return Err(Cause::Broken(io::ErrorKind::UnexpectedEof.into())),
                count => self.unread.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

/// A step of input or output by its deadline.
pub(super) async fn within<T>(by: Instant, step: impl Future<Output = io::Result<T>>) -> Result<T, Cause> {
    match timeout_at(by, step).await {
        Ok(done) => done.map_err(Cause::Broken),
        Err(_) => Err(Cause::Slow),
    }
}
