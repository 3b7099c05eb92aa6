//! The address that a request comes from, for limits per client.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::http::ApiState;
use crate::http::throttle::client_key;

/// The client behind a request: its address, or its network where one household has many.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Client(pub(in crate::http) IpAddr);

impl Client {
    /// The client that sent a request with these extensions and headers.
    pub(in crate::http) fn of(extensions: &Extensions, headers: &HeaderMap, api: &ApiState) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = if api.limits().behind_proxy { forwarded_for(headers) } else { None };
        let address = forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Self(client_key(address))
    }
}

impl FromRequestParts<ApiState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers, api))
    }
}

/// The last address of `X-Forwarded-For`: the one that our own proxy appended. Those before it are what
/// the client says of itself.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}
