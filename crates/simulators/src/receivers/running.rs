//! Starts and stops receivers.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use super::config::ReceiversConfig;
use super::fault::{Fault, FaultError};
use super::postbox::Postbox;
use super::serving::Office;
use super::{serving, web};
use crate::door::{Door, Gate};
use crate::tasks::Tasks;

/// Starts receivers.
#[derive(Debug)]
pub enum Receivers {}

/// Receivers that run. Dropped, they end; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    http_address: SocketAddr,
    office: Arc<Office>,
    gate: Gate,
    tasks: Tasks,
}

impl Receivers {
    /// Listens and takes posts.
    ///
    /// # Errors
    /// Where an address is taken.
    pub async fn start(config: ReceiversConfig) -> io::Result<Running> {
        let gate = Gate::default();
        let tasks = Tasks::new();
        let door = Door::open(config.address, gate.clone()).await?;
        let http_door = Door::open(config.http_address, Gate::default()).await?;
        let (address, http_address) = (door.address()?, http_door.address()?);
        let office = Arc::new(Office::new(config));
        serving::listen(door, Arc::clone(&office), &tasks);
        tasks.serve(http_door, web::routes(Arc::clone(&office), tasks.cancelled()));
        Ok(Running { address, http_address, office, gate, tasks })
    }
}

impl Running {
    /// Where the services answer.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The base of the services' addresses, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base of the JSON interface.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http_address)
    }

    /// What came.
    #[must_use]
    pub fn postbox(&self) -> &Postbox {
        &self.office.postbox
    }

    /// From now on webhooks to this path may be signed with this secret (`whsec_…`) too, and what is signed
    /// with none that is known is refused there.
    pub fn add_webhook_secret(&self, path: &str, secret: &str) {
        let secrets = &self.office.webhook_secrets;
        let secret = (path.to_owned(), secret.to_owned());
        secrets.lock().unwrap_or_else(PoisonError::into_inner).push(secret);
    }

    /// Puts a fault in force.
    ///
    /// # Errors
    /// [`FaultError`] where it makes no sense.
    pub fn add_fault(&self, fault: Fault) -> Result<(), FaultError> {
        self.office.faults.add(fault)
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.office.faults.clear();
    }

    /// From now on connects are reset, or let in again.
    pub fn set_shut(&self, shut: bool) {
        self.gate.set_shut(shut);
    }

    /// Ends every connection and waits until all is over.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}
