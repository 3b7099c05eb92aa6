//! Starts and stops an inbox.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::certificate::{Certificate, CertificateError};
use super::config::InboxConfig;
use super::fault::{Fault, FaultError, FaultList};
use super::mail::Mail;
use super::mailbox::{InVain, Mailbox};
use super::{smtp, web};
use crate::door::{Door, Gate};
use crate::tasks::Tasks;

/// Starts inboxes.
#[derive(Debug)]
pub enum Inbox {}

/// Why one did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen")]
    Listen(#[from] io::Error),
    /// The certificate cannot be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// One that runs. Dropped, it ends; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    smtp_address: SocketAddr,
    smtps_address: Option<SocketAddr>,
    http_address: SocketAddr,
    authority_pem: String,
    mailbox: Mailbox,
    faults: Faults,
    tasks: Tasks,
}

/// A handle to the faults of one inbox; clones are the same.
#[derive(Clone, Debug)]
pub struct Faults(pub(super) Arc<FaultList>);

impl Faults {
    /// Puts a fault in force.
    ///
    /// # Errors
    /// [`FaultError`] where it makes no sense.
    pub fn add(&self, fault: Fault) -> Result<(), FaultError> {
        self.0.add(fault)
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Those that will strike again.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.0.list()
    }

    /// Connects that were refused.
    #[must_use]
    pub fn refused_connects(&self) -> u64 {
        self.0.gate.refused()
    }
}

impl Inbox {
    /// Makes a certificate, listens, and takes mail.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken.
    pub async fn start(config: InboxConfig) -> Result<Running, StartError> {
        let certificate = Certificate::make()?;
        let faults = Arc::new(FaultList::default());
        let mailbox = Mailbox::new(config.keep);
        let tasks = Tasks::new();

        let smtp_door = Door::open(config.smtp_address, faults.gate.clone()).await?;
        let smtp_address = smtp_door.address()?;
        let smtps_door = match config.smtps_address {
            Some(address) => Some(Door::open(address, faults.gate.clone()).await?),
            None => None,
        };
        let smtps_address = smtps_door.as_ref().map(Door::address).transpose()?;
        let http_door = Door::open(config.http_address, Gate::default()).await?;
        let http_address = http_door.address()?;

        let office =
            smtp::Office::new(config, mailbox.clone(), Arc::clone(&faults), Arc::clone(&certificate.server));
        smtp::listen(smtp_door, smtp::Start::Plain, Arc::clone(&office), &tasks);
        if let Some(door) = smtps_door {
            smtp::listen(door, smtp::Start::Tls, office, &tasks);
        }
        let faults = Faults(faults);
        let site = web::Site {
            mailbox: mailbox.clone(),
            faults: faults.clone(),
            authority_pem: certificate.authority_pem.clone(),
            cancelled: tasks.cancelled(),
        };
        tasks.serve(http_door, web::routes(site));
        let authority_pem = certificate.authority_pem;
        Ok(Running { smtp_address, smtps_address, http_address, authority_pem, mailbox, faults, tasks })
    }
}

impl Running {
    /// Where SMTP is spoken, with STARTTLS on offer.
    #[must_use]
    pub const fn smtp_addr(&self) -> SocketAddr {
        self.smtp_address
    }

    /// Where SMTP is spoken over TLS from the first byte.
    #[must_use]
    pub const fn smtps_addr(&self) -> Option<SocketAddr> {
        self.smtps_address
    }

    /// The page, and the base of the JSON interface.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http_address)
    }

    /// The authority that a client must trust to verify `localhost` and `127.0.0.1`.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.authority_pem
    }

    /// The mails and their counts, and ways to wait for them.
    #[must_use]
    pub const fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// The kept mails, newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Arc<Mail>> {
        self.mailbox.mails()
    }

    /// Waits until `count` mails have come.
    ///
    /// # Errors
    /// [`InVain`] after `patience`.
    pub async fn wait_for(&self, count: u64, patience: Duration) -> Result<(), InVain> {
        self.mailbox.wait_for(count, patience).await
    }

    /// What is to go wrong.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Ends every session and waits until all is over.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}
