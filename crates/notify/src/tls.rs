//! Whose certificates are believed: the public authorities, and those in a file of one's own.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read, or is not PEM.
    #[error("cannot be read as certificates in PEM: {0}")]
    Unreadable(String),
    /// The file has no certificate in it.
    #[error("holds no certificate; it must be in PEM, with lines of BEGIN CERTIFICATE")]
    Empty,
    /// A certificate in it cannot be used.
    #[error("holds a certificate that cannot be used: {0}")]
    Unusable(#[source] rustls::Error),
    /// The library refuses its own defaults.
    #[error("TLS is not available: {0}")]
    Unavailable(#[source] rustls::Error),
}

/// The configuration of a client that verifies certificates.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut authorities = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        add_from(path, &mut authorities)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unavailable)?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add_from(path: &Path, authorities: &mut RootCertStore) -> Result<(), TlsError> {
    let unreadable = |error: rustls::pki_types::pem::Error| TlsError::Unreadable(error.to_string());
    let before = authorities.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        authorities.add(certificate.map_err(unreadable)?).map_err(TlsError::Unusable)?;
    }
    if authorities.len() == before {
        return Err(TlsError::Empty);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_must_hold_some() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let check = |content: &str| {
            std::fs::write(file.path(), content).unwrap();
            config(Some(file.path()))
        };
        assert!(matches!(check("no PEM"), Err(TlsError::Empty)));
        let key = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(check(key), Err(TlsError::Unusable(_))));
        assert!(matches!(config(Some(Path::new("/nowhere/ca.pem"))), Err(TlsError::Unreadable(_))));
        assert!(config(None).is_ok());
    }
}
