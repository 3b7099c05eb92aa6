//! From nothing to a connection that is encrypted as it must be, and logged in.

use std::net::IpAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::failure::{Cause, Failure, Stage};
use super::greeting::{Abilities, Mechanism};
use super::patience::Patience;
use super::reply::{Class, Reply};
use super::session::{Session, expect};
use super::wire::{Wire, within};
use crate::mail::url::{Login, Security, SmtpTarget};
use crate::tls::{self, TlsError};

/// Knows the way to a mail server.
pub(super) struct Dialer {
    target: SmtpTarget,
    tls: TlsConnector,
    patience: Patience,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialer").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Dialer {
    pub(super) fn new(
        target: &SmtpTarget,
        ca_file: Option<&Path>,
        patience: Patience,
    ) -> Result<Self, TlsError> {
        Ok(Self { target: target.clone(), tls: TlsConnector::from(tls::config(ca_file)?), patience })
    }

    /// Makes a connection, all of it by one deadline.
    pub(super) async fn dial(&self) -> Result<Session, Failure> {
        let by = Instant::now() + self.patience.dial;
        let wire = Stage::Connect.of(self.connect(by).await)?;
        let (mut wire, abilities) = match self.target.security {
            Security::Tls => greet(self.encrypt(wire, by).await?, by).await?,
            Security::Plain => greet(wire, by).await?,
            Security::StartTls | Security::StartTlsIfOffered => self.greet_and_encrypt(wire, by).await?,
        };
        if let Some(login) = &self.target.login {
            Stage::Login.of(log_in(&mut wire, abilities, login, by).await)?;
        }
        tracing::debug!(protection = wire.protection(), "connected to the mail server");
        Ok(Session::new(wire, abilities, self.patience))
    }

    /// Where it leads, and how a session there is protected, for people to read.
    pub(super) fn describe(&self, session: &Session) -> String {
        let SmtpTarget { host, port, login, .. } = &self.target;
        let login = if login.is_some() { ", logged in" } else { "" };
        format!("the mail server {host}:{port} is ready ({}{login})", session.protection())
    }

    async fn connect(&self, by: Instant) -> Result<Wire, Cause> {
        let address = (self.target.host.as_str(), self.target.port);
        let socket = within(by, TcpStream::connect(address)).await?;
        Wire::new(socket).map_err(Cause::Broken)
    }

    /// The greeting in the clear, and encryption where it must or can be had.
    async fn greet_and_encrypt(&self, wire: Wire, by: Instant) -> Result<(Wire, Abilities), Failure> {
        let (mut wire, abilities) = greet(wire, by).await?;
        match (abilities.starttls, self.target.security) {
            (false, Security::StartTlsIfOffered) => return Ok((wire, abilities)),
            (false, _) => return Stage::StartTls.of(Err(Cause::Lacks("STARTTLS"))),
            (true, _) => {}
        }
        Stage::StartTls.of(ask(&mut wire, "STARTTLS", Class::Done, by).await)?;
        let mut wire = self.encrypt(wire, by).await?;
        // What the server said in the clear counts no longer (RFC 3207, 4.2).
        let abilities = hello(&mut wire, by).await?;
        Ok((wire, abilities))
    }

    async fn encrypt(&self, wire: Wire, by: Instant) -> Result<Wire, Failure> {
        let host = self.target.host.clone();
        let encrypted = match ServerName::try_from(host) {
            Ok(name) => wire.encrypted(&self.tls, name, by).await,
            Err(_) => Err(Cause::Lacks("name that a certificate could be for")),
        };
        Stage::Tls.of(encrypted)
    }
}

/// Waits for the server's greeting, and greets.
async fn greet(mut wire: Wire, by: Instant) -> Result<(Wire, Abilities), Failure> {
    Stage::Greeting.of(expect(wire.reply(by).await, Class::Done))?;
    let abilities = hello(&mut wire, by).await?;
    Ok((wire, abilities))
}

async fn hello(wire: &mut Wire, by: Instant) -> Result<Abilities, Failure> {
    let command = format!("EHLO {}", own_name(wire));
    let reply = Stage::Greeting.of(ask(wire, &command, Class::Done, by).await)?;
    Ok(Abilities::read(&reply))
}

async fn log_in(wire: &mut Wire, abilities: Abilities, login: &Login, by: Instant) -> Result<(), Cause> {
    let Login { user, password } = login;
    let mechanism = abilities.login.ok_or(Cause::Lacks("login that we know (PLAIN or LOGIN)"))?;
    match mechanism {
        Mechanism::Plain => {
            let both = BASE64.encode(format!("\0{user}\0{password}"));
            ask(wire, &format!("AUTH PLAIN {both}"), Class::Done, by).await?;
        }
        Mechanism::Login => {
            ask(wire, "AUTH LOGIN", Class::GoOn, by).await?;
            ask(wire, &BASE64.encode(user), Class::GoOn, by).await?;
            ask(wire, &BASE64.encode(password), Class::Done, by).await?;
        }
    }
    Ok(())
}

async fn ask(wire: &mut Wire, command: &str, wanted: Class, by: Instant) -> Result<Reply, Cause> {
    wire.write(format!("{command}\r\n").as_bytes(), by).await?;
    expect(wire.reply(by).await, wanted)
}

/// Our own address in brackets, as RFC 5321, 4.1.4 has it for a client without a public name.
fn own_name(wire: &Wire) -> String {
    match wire.local_address().map(|address| address.ip().to_canonical()) {
        Ok(IpAddr::V4(address)) => format!("[{address}]"),
        Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => "[127.0.0.1]".to_owned(),
    }
}
