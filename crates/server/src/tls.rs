//! TLS for what this program asks of services that its operator names.

use std::sync::Arc;

/// A client that trusts the web's certificate authorities, whatever the machine has.
pub(crate) fn client_config() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
