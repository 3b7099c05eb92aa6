//! The private key that mails are signed with.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

/// A private key: Ed25519, or RSA of 2048 bits and more. Clones share it; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct DkimKey(Arc<Pair>);

enum Pair {
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// Why a text is no key to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DkimKeyError {
    /// Not PEM, or no private key in it.
    #[error("holds no private key in PEM; make one with: openssl genpkey -algorithm ed25519")]
    NoKey,
    /// A key of another kind, too short, or broken.
    #[error("holds a key that mails cannot be signed with: it must be Ed25519, or RSA of 2048 to 4096 bits")]
    Unusable,
}

impl FromStr for DkimKey {
    type Err = DkimKeyError;

    fn from_str(pem: &str) -> Result<Self, DkimKeyError> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| DkimKeyError::NoKey)?;
        let pair = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Pair::Rsa),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                // Files of openssl do not repeat the public key, against which it could be checked.
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                    .map(Pair::Ed25519)
                    .or_else(|_| RsaKeyPair::from_pkcs8(der).map(Pair::Rsa))
            }
            _ => return Err(DkimKeyError::Unusable),
        };
        pair.map(|pair| Self(Arc::new(pair))).map_err(|_| DkimKeyError::Unusable)
    }
}

impl DkimKey {
    /// The algorithm's name in headers and records.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match *self.0 {
            Pair::Ed25519(_) => "ed25519",
            Pair::Rsa(_) => "rsa",
        }
    }

    /// The public key as a record publishes it: the bare key of Ed25519, and of RSA a `SubjectPublicKeyInfo` in
    /// DER.
    pub(super) fn public(&self) -> Vec<u8> {
        match &*self.0 {
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => subject_public_key_info(pair.public_key().as_ref()),
        }
    }

    /// The signature of what is to be signed.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match &*self.0 {
            // The hash is what is signed (RFC 8463, 3).
            Pair::Ed25519(pair) => pair.sign(&Sha256::digest(bytes)).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
                    .expect("the buffer has the modulus' length, and the system has random bytes");
                signature
            }
        }
    }
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({}, ***)", self.kind())
    }
}

/// An RSA key (PKCS #1) as X.509 has it: the algorithm, and the key as a string of bits.
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    // rsaEncryption, without parameters.
    const ALGORITHM: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    // No bit of the last byte is unused.
    let bits = der(0x03, &[&[0], key].concat());
    der(0x30, &[&ALGORITHM[..], &bits].concat())
}

/// A value with its tag and length (X.690).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | u8::try_from(length.len()).unwrap_or(u8::MAX));
    }
    value.extend(length);
    value.extend(content);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_told_apart_from_what_cannot_sign() {
        let check = |pem: &str, expected| assert_eq!(pem.parse::<DkimKey>().unwrap_err(), expected, "{pem}");
        check("", DkimKeyError::NoKey);
        check("s3cret", DkimKeyError::NoKey);
        check("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", DkimKeyError::Unusable);
        check("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", DkimKeyError::Unusable);
    }

    #[test]
    fn a_key_is_never_shown() {
        let pem = include_str!("../../../tests/suite/keys/dkim-ed25519.pem");
        let key: DkimKey = pem.parse().unwrap();
        assert_eq!(format!("{key:?}"), "DkimKey(ed25519, ***)");
        assert!(!DkimKeyError::Unusable.to_string().contains("MC4C"));
    }
}
