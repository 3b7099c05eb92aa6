//! Mails to a mail server, over a few connections that are kept open.
//!
//! The client is our own, some five hundred lines, for what the alternatives lack and this needs: small
//! writes go out at once (`TCP_NODELAY`), MAIL, RCPT and DATA travel together where the server allows
//! it, each step has its time limit, the bytes of a refusal are read whatever their encoding, nothing
//! that came before encryption is believed after it, and it is known at every failure whether the
//! server may have the mail.
//!
//! | file | what it is |
//! |---|---|
//! | `dial` | from nothing to a connection that is encrypted and logged in |
//! | `failure` | what went wrong at which stage, and what that means for the mail |
//! | `greeting` | what the server can do |
//! | `pool` | the connections, how many there may be, when idle ones are closed |
//! | `reply` | what the server said |
//! | `session` | one connection: one mail at a time |
//! | `wire` | bytes, with time limits |

mod dial;
mod failure;
mod greeting;
mod patience;
mod pool;
mod reply;
mod session;
mod wire;

use std::path::Path;

use self::dial::Dialer;
use self::failure::{Failure, outcome};
pub use self::patience::Patience;
use self::pool::Pool;
use self::reply::Reply;
use super::check::CheckError;
use super::letter::Letter;
use super::url::SmtpTarget;
use crate::Outcome;
pub use crate::tls::TlsError;

/// A mail server and the connections to it.
#[derive(Debug)]
pub(super) struct Smtp {
    pool: Pool,
}

impl Smtp {
    pub(super) fn new(
        target: &SmtpTarget,
        ca_file: Option<&Path>,
        patience: Patience,
    ) -> Result<Self, TlsError> {
        let dialer = Dialer::new(target, ca_file, patience)?;
        Ok(Self { pool: Pool::new(dialer, target.connections, patience.idle) })
    }

    /// Sends a mail, once; but where a connection that was idle turns out to be dead before the mail
    /// itself was sent, over a fresh one.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let _place = self.pool.place().await;
        if let Some(mut idle) = self.pool.idle() {
            let sent = idle.send(letter).await;
            self.pool.keep(idle);
            match sent {
                Err(failure) if failure.connection_was_dead() => {
                    tracing::debug!(%failure, "an idle connection to the mail server was dead");
                }
                sent => return outcome(sent),
            }
        }
        outcome(self.send_afresh(letter).await)
    }

    async fn send_afresh(&self, letter: &Letter) -> Result<Reply, Failure> {
        let mut fresh = self.pool.dial().await?;
        let sent = fresh.send(letter).await;
        self.pool.keep(fresh);
        sent
    }

    /// Connects, encrypts and logs in.
    pub(super) async fn check(&self) -> Result<String, CheckError> {
        match self.pool.dial().await {
            Ok(session) => {
                let found = self.pool.describe(&session);
                session.quit().await;
                Ok(found)
            }
            Err(failure) => Err(CheckError { reason: failure.to_string(), advice: failure.advice() }),
        }
    }

    /// Connections at most.
    pub(super) fn connections(&self) -> usize {
        self.pool.size()
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
