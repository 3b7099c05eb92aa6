//! Starts and stops a simulated eBay.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::config::Config;
use super::control::Control;
use super::counters::Tally;
use super::events::Events;
use super::goods::{Goods, GoodsError};
use super::serving::Desk;
use super::{control_http, driver, page, serving};
use crate::door::{Door, Gate};
use crate::tasks::Tasks;

/// Starts simulated eBays.
#[derive(Debug)]
pub enum EbaySimulator {}

/// Why one does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken.
    #[error("cannot listen")]
    Listen(#[from] io::Error),
    /// The recording cannot be played.
    #[error(transparent)]
    Goods(#[from] GoodsError),
}

/// One that runs. Dropped, it ends; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    control: Control,
    gate: Gate,
    tasks: Tasks,
}

impl EbaySimulator {
    /// Listens, and lets the catalogue live. eBay's own address is `https://api.ebay.com`.
    ///
    /// # Errors
    /// [`StartError`] where the address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let gate = Gate::default();
        let tasks = Tasks::new();
        let door = Door::open(config.address, gate.clone()).await?;
        let address = door.address()?;
        let goods = Goods::load(&config.catalogue, config.clock.now_us())?;
        let tally = Arc::new(Tally::default());
        let events = Events::start(config.event_again, Arc::clone(&tally), &tasks);
        let desk = Arc::new(Desk::new(config, format!("http://{address}"), goods, events, tally));
        let control = Control { desk: Arc::clone(&desk) };
        let routes = serving::routes(Arc::clone(&desk))
            .merge(page::routes(control.clone()))
            .merge(control_http::routes(control.clone()));
        tasks.serve(door, routes);
        driver::start(desk, &tasks);
        Ok(Running { address, control, gate, tasks })
    }
}

impl Running {
    /// The base of all addresses, without a slash at its end; with one, the page for people.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it can be made to do.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
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
