//! From a name to its addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// The addresses that a name has right now.
pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks up names. Passed in, so that tests need no name server.
pub trait Resolve: Send + Sync + std::fmt::Debug {
    /// The addresses of `name`, in the order in which they should be tried.
    fn resolve<'a>(&'a self, name: &'a str) -> Addresses<'a>;
}

/// Look-ups at one time. The system's resolver blocks a thread for each, for many seconds where a name
/// server is silent, and must leave threads for others.
const LOOKUPS: usize = 64;

/// The resolver of the operating system.
#[derive(Debug)]
pub struct SystemResolver {
    free: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Addresses<'a> {
        let name = name.to_owned();
        Box::pin(async move {
            let place = Arc::clone(&self.free).acquire_owned().await.map_err(io::Error::other)?;
            // In a task of its own: where the caller gives up, the thread is still busy and its place taken.
            let lookup = tokio::spawn(async move {
                let _place = place;
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|address: SocketAddr| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}
