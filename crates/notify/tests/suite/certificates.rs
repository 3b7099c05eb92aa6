//! Certificates made on the spot, by an authority of our own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A server's side of TLS, and the file with the authority that vouches for it.
pub(super) struct Vouched {
    pub acceptor: TlsAcceptor,
    pub ca_file: NamedTempFile,
}

/// A certificate for a name, and the authority behind it.
pub(super) fn vouched_for(name: &str) -> Vouched {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();

    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();

    let ca_file = NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), authority.pem()).unwrap();
    Vouched { acceptor: TlsAcceptor::from(Arc::new(config)), ca_file }
}
