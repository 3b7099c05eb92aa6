//! Where messages over HTTP may go.

use std::path::PathBuf;

use bellwether_notify::{AllowedNetworks, Endpoint, HttpClient, HttpSettings};
use serde::Serialize;

use super::reader::Reader;

/// Where messages over HTTP may go.
#[derive(Debug, Clone, Serialize)]
pub struct Outgoing {
    /// Networks that may be called although they are not public.
    #[serde(skip)]
    pub allow: AllowedNetworks,
    /// A file of certificate authorities that are believed besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Where Telegram's Bot API is.
    #[serde(skip)]
    pub telegram: Endpoint,
}

impl Outgoing {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let allow = r.list("outgoing.allow").and_then(|networks| {
            match AllowedNetworks::parse(networks.iter().map(String::as_str)) {
                Ok(allow) => Some(allow),
                Err(error) => r.refuse("outgoing.allow", &error.to_string()),
            }
        });
        let ca_file = r.optional::<PathBuf>("outgoing.ca_file").and_then(|ca_file| {
            let settings = HttpSettings { ca_file: ca_file.clone(), ..HttpSettings::default() };
            match ca_file.as_ref().map(|_| HttpClient::new(&settings)) {
                Some(Err(error)) => r.refuse("outgoing.ca_file", &error.to_string()),
                Some(Ok(_)) | None => Some(ca_file),
            }
        });
        let telegram = r.parsed::<Endpoint>("outgoing.telegram_url");
        Some(Self { allow: allow?, ca_file: ca_file?, telegram: telegram? })
    }
}
