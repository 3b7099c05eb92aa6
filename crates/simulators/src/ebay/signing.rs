//! The key that events are signed with: ECDSA on P-256 over SHA-1, as eBay's own client verifies it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

/// What a P-256 key in DER begins with, before the 65 bytes of its point (RFC 5480).
const KEY_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The secret is no secret: what it signs is simulated.
const SECRET: [u8; 32] = *b"a key of a simulated marketplace";

/// A key and its name.
#[derive(Debug)]
pub(super) struct Signer {
    key: SigningKey,
}

impl Signer {
    /// The name of the key.
    pub(super) const KID: &str = "0f0b7c3e-5a52-4a43-9d0e-51a7e5a90b11";

    pub(super) fn new() -> Self {
        let key = SigningKey::from_slice(&SECRET).expect("the text is a number below the curve's order");
        Self { key }
    }

    /// The value of `X-EBAY-SIGNATURE` for a body, said to be signed with the key of that name.
    pub(super) fn header(&self, kid: &str, body: &[u8]) -> String {
        let digest = Sha1::digest(body);
        let signature: Signature = self.key.sign_prehash(&digest).expect("a digest is long enough");
        let signature = BASE64_STANDARD.encode(signature.to_der().as_bytes());
        let header = json!({"alg": "ecdsa", "kid": kid, "signature": signature, "digest": "SHA1"});
        BASE64_STANDARD.encode(header.to_string())
    }

    /// The key as eBay tells it: on one line, without breaks within.
    pub(super) fn public_key(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let key = BASE64_STANDARD.encode([&KEY_HEAD[..], point.as_bytes()].concat());
        let pem = format!("-----BEGIN PUBLIC KEY-----{key}-----END PUBLIC KEY-----");
        json!({"key": pem, "algorithm": "ECDSA", "digest": "SHA1"})
    }
}
