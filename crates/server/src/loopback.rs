//! Names of this machine itself, as addresses and requests spell them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether an authority (`host` or `host:port`) names this machine itself: `localhost`, an address of `127.0.0.0/8`, or
/// `[::1]`. No other name does, wherever it leads at the moment: whoever owns a name can have it lead here.
pub(crate) fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            return address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback()) && is_port(port);
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_here = host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
    (is_here || host.eq_ignore_ascii_case("localhost")) && is_port(port)
}

/// Nothing, or a colon and a port.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        None => text.is_empty(),
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_own_names_alone() {
        for here in
            ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:8080", "127.8.9.1:1", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "",
            ":",
            "example.org",
            "example.org:8080",
            "localhost.example.org",
            "localhost.",
            "a.localhost",
            "127.0.0.1.nip.io",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "0.0.0.0:8080",
            "192.168.1.2:8080",
            "[::]",
            "[::ffff:127.0.0.1]",
            "::1",
            "user@localhost",
            "localhost:8080@example.org",
            "localhost:",
            "localhost:99999",
            "localhost:+80",
            "localhost:80:80",
            "localhost/",
            "[::1",
            "[::1]x",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
