//! What single-user mode asks of the rest of the configuration: that nobody but this machine reaches the service.

use std::net::SocketAddr;

use super::bus::Bus;
use super::reader::Reader;
use super::server::Server;
use crate::loopback::is_loopback;

const LISTEN: &str = "single-user mode has no login, so it listens on this machine alone: say 127.0.0.1:8080 or \
                      [::1]:8080, or turn accounts.single_user off";

/// Notes every setting by which others could reach a service without a login.
pub(super) fn check(r: &mut Reader, server: &Server, bus: &Bus) {
    let is_here = |address: SocketAddr| address.ip().is_loopback();
    if !is_here(server.listen) {
        r.refuse::<()>("server.listen", LISTEN);
    }
    if !server.metrics_listen.is_none_or(is_here) {
        r.refuse::<()>("server.metrics_listen", LISTEN);
    }
    let host = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split('/').next().is_some_and(is_loopback)
    };
    if let Some(url) = &server.public_url
        && !host(url.as_str())
    {
        let message = "single-user mode is reached from this machine alone: leave it empty";
        r.refuse::<()>("server.public_url", message);
    }
    if !server.allowed_origins.is_empty() {
        let message = "single-user mode has no login: other sites' pages would act as the owner";
        r.refuse::<()>("server.allowed_origins", message);
    }
    if server.behind_proxy {
        let message = "single-user mode has no login: a proxy would open it to whoever reaches the proxy";
        r.refuse::<()>("server.behind_proxy", message);
    }
    if bus.is_used() {
        r.refuse::<()>("bus.url", "single-user mode is one process on one machine: leave it empty");
    }
}
