//! TLS for sockets and HTTP alike.
//!
//! The roots are built in and the provider is named here, so that a bare container without
//! certificates works, and nothing has to be installed for the whole process.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// A client that trusts the web's certificate authorities.
pub(super) fn client_config() -> ClientConfig {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
