//! A certificate for `localhost`, made at the start, and the authority that signed it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server shows, and what a client trusts to believe it.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) server: Arc<ServerConfig>,
    /// The authority's certificate in PEM.
    pub(super) authority_pem: String,
}

/// The certificate could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Making keys or signing failed.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// The TLS library does not take what was made.
    #[error("cannot use the certificate")]
    Use(#[from] rustls::Error),
}

impl Certificate {
    /// Makes a new authority and a certificate for the loopback addresses.
    pub(super) fn make() -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Bellwether inbox authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let names = ["localhost", "inbox.localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &authority)?;

        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // The provider is named, so that nothing depends on what the process has installed.
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Self { server: Arc::new(server), authority_pem: authority.pem() })
    }
}
