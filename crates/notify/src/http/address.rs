//! Which addresses of the internet a message may be sent to: public ones, and those that the operator
//! allows.
//!
//! People name the targets of webhooks, so without this a target such as `http://10.0.0.1/` or a name
//! that resolves to it would let them reach into the operator's own network (server-side request
//! forgery). Everything that the registries below do not call globally reachable is refused; of IPv6
//! only the space that is given out, `2000::/3`, is accepted, so what is not known is refused too.
//!
//! Sources: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its updates),
//! checked on 2026-11-21.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// Networks that may be sent to although they are not public (`outgoing.allow`), for those who host
/// the receiver themselves.
///
/// An address is looked up as it stands: `127.0.0.0/8` does not allow `::ffff:127.0.0.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedNetworks(Vec<IpNet>);

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write it as 10.0.0.0/8, fd00::/8, or as a single address")]
pub struct NetworkError(String);

impl AllowedNetworks {
    /// Reads networks, each as `10.0.0.0/8` or as a single address.
    ///
    /// # Errors
    /// At the first text that is neither.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        texts.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Why this address may not be sent to; `None` where it may.
    #[must_use]
    pub fn refusal(&self, address: IpAddr) -> Option<Special> {
        let special = Special::of(address)?;
        let allowed = self.0.iter().any(|network| network.contains(&address));
        (!allowed).then_some(special)
    }
}

fn network(text: &str) -> Result<IpNet, NetworkError> {
    let text = text.trim();
    IpNet::from_str(text)
        .or_else(|_| IpAddr::from_str(text).map(IpNet::from))
        .map_err(|_| NetworkError(text.to_owned()))
}

/// What an address is that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// `0.0.0.0/8` and `::`: this host.
    Unspecified,
    /// `127.0.0.0/8` and `::1`.
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, and `fc00::/7`, `fec0::/10` of IPv6.
    Private,
    /// `100.64.0.0/10`: behind a carrier's address translation (RFC 6598).
    Shared,
    /// `169.254.0.0/16` and `fe80::/10`; clouds answer there with the machine's credentials.
    LinkLocal,
    /// `224.0.0.0/4` and `ff00::/8`.
    Multicast,
    /// Addresses for examples in texts (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// `198.18.0.0/15`: measurements (RFC 2544).
    Benchmarking,
    /// IPv6 with an IPv4 address within: mapped, compatible, NAT64, 6to4, Teredo. It would lead around
    /// the rules for IPv4.
    Translated,
    /// Set aside for something else, or not given out.
    Reserved,
}

impl Special {
    /// What is special about an address; `None` for a public one.
    #[must_use]
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Special::Unspecified => "an unspecified address",
            Special::Loopback => "a loopback address",
            Special::Private => "a private address",
            Special::Shared => "a shared address of a carrier",
            Special::LinkLocal => "a link-local address",
            Special::Multicast => "a multicast address",
            Special::Documentation => "an address for documentation",
            Special::Benchmarking => "an address for benchmarks",
            Special::Translated => "an IPv4 address within IPv6",
            Special::Reserved => "a reserved address",
        })
    }
}

fn v4(address: Ipv4Addr) -> Option<Special> {
    match address.octets() {
        [0, ..] => Some(Special::Unspecified),
        [127, ..] => Some(Special::Loopback),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Some(Special::Private),
        [100, 64..=127, ..] => Some(Special::Shared),
        [169, 254, ..] => Some(Special::LinkLocal),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Special::Documentation),
        [198, 18..=19, ..] => Some(Special::Benchmarking),
        // Protocol assignments, among them NAT64 discovery; and the former relays of 6to4.
        [192, 0, 0, _] | [192, 88, 99, _] => Some(Special::Reserved),
        [224..=239, ..] => Some(Special::Multicast),
        [240..=255, ..] => Some(Special::Reserved),
        _ => None,
    }
}

fn v6(address: Ipv6Addr) -> Option<Special> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Special::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Special::Loopback),
        // Compatible (obsolete), mapped, and translated by RFC 2765.
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => {
            Some(Special::Translated)
        }
        // NAT64: the well-known prefix and the one for local use; 6to4; Teredo.
        [0x64, 0xff9b, ..] | [0x2002, ..] | [0x2001, 0, ..] => Some(Special::Translated),
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(Special::Private),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Special::Documentation),
        [0x2001, 2, 0, ..] => Some(Special::Benchmarking),
        // Protocol assignments: 2001::/23.
        [0x2001, 0..=0x1ff, ..] => Some(Special::Reserved),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Special::Reserved),
    }
}

#[cfg(test)]
mod tests;
