//! Signed tokens (JSON Web Tokens, RFC 7519, HS256 alone) and refresh tokens.
//!
//! One algorithm and one header: a token whose header is not, byte for byte, the one that is written
//! here is refused before anything in it is read, so nobody can choose another algorithm, `none` among
//! them. What a token is for stands in its claims, so a link from a mail is no login. A library would
//! bring RSA and elliptic curves to the build to do these few lines of work.
//!
//! Refresh tokens are 256 random bits, of which the store keeps a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bellwether_model::{ChannelId, KeyId, SessionId, Span, Timestamp, UserId};
use bellwether_store::session::TokenHash;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::SigningKey;

/// `{"alg":"HS256","typ":"JWT"}` in base64url.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Access,
    VerifyAddress,
    VerifyChannel,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    purpose: Purpose,
    sub: UserId,
    /// The login, of an access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// The address, of a verification token: it verifies no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The channel, of a token that verifies one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cid: Option<ChannelId>,
    /// Seconds since the epoch.
    iat: i64,
    exp: i64,
}

/// Why a token is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::http) enum TokenError {
    /// Not one of ours, or for something else.
    #[error("the token is not valid")]
    Invalid,
    /// Once was.
    #[error("the token has expired")]
    Expired,
}

/// Who shows an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Access {
    pub(in crate::http) user: UserId,
    pub(in crate::http) session: SessionId,
}

/// Signs tokens and checks them.
#[derive(Clone)]
pub(in crate::http) struct Tokens {
    // Keyed once: a clone starts from the two hashed blocks of the key.
    mac: Hmac<Sha256>,
    /// Of the key that was in force before.
    former: Option<Hmac<Sha256>>,
}

impl Tokens {
    pub(in crate::http) fn new(key: &SigningKey) -> Self {
        let keyed = |key: &[u8]| Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Self { mac: keyed(key.reveal()), former: key.reveal_former().map(keyed) }
    }

    /// An access token of a login.
    pub(in crate::http) fn access(&self, access: Access, now: Timestamp, lasts: Span) -> String {
        let claims = Claims {
            purpose: Purpose::Access,
            sub: access.user,
            sid: Some(access.session),
            email: None,
            cid: None,
            iat: seconds(now),
            exp: seconds(now.saturating_add(lasts)),
        };
        self.sign(&claims)
    }

    /// Who shows this access token.
    pub(in crate::http) fn read_access(&self, token: &str, now: Timestamp) -> Result<Access, TokenError> {
        let claims = self.read(token, Purpose::Access, now)?;
        let session = claims.sid.ok_or(TokenError::Invalid)?;
        Ok(Access { user: claims.sub, session })
    }

    /// A token that shows that mail to this address is read.
    pub(in crate::http) fn verification(
        &self,
        user: UserId,
        email: &str,
        now: Timestamp,
        lasts: Span,
    ) -> String {
        let claims = Claims {
            purpose: Purpose::VerifyAddress,
            sub: user,
            sid: None,
            email: Some(email.to_owned()),
            cid: None,
            iat: seconds(now),
            exp: seconds(now.saturating_add(lasts)),
        };
        self.sign(&claims)
    }

    /// Whose which address is verified by this token.
    pub(in crate::http) fn read_verification(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(UserId, String), TokenError> {
        let claims = self.read(token, Purpose::VerifyAddress, now)?;
        Ok((claims.sub, claims.email.ok_or(TokenError::Invalid)?))
    }

    /// A token that shows that mail to a channel's mailbox is read.
    pub(in crate::http) fn channel_verification(
        &self,
        user: UserId,
        channel: ChannelId,
        mailbox: &str,
        now: Timestamp,
        lasts: Span,
    ) -> String {
        let claims = Claims {
            purpose: Purpose::VerifyChannel,
            sub: user,
            sid: None,
            email: Some(mailbox.to_owned()),
            cid: Some(channel),
            iat: seconds(now),
            exp: seconds(now.saturating_add(lasts)),
        };
        self.sign(&claims)
    }

    /// Whose which channel is verified by this token, while it leads to this mailbox.
    pub(in crate::http) fn read_channel_verification(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(UserId, ChannelId, String), TokenError> {
        let claims = self.read(token, Purpose::VerifyChannel, now)?;
        let channel = claims.cid.ok_or(TokenError::Invalid)?;
        Ok((claims.sub, channel, claims.email.ok_or(TokenError::Invalid)?))
    }

    /// The secret of a key that was asked for under a key of its request: the same each time, so that it can be told
    /// again while the request is remembered, and kept nowhere. With the one that it was under the former signing key.
    pub(in crate::http) fn secrets_of_key(&self, key: KeyId, request: &str) -> Vec<String> {
        let secret = |mac: &Hmac<Sha256>| {
            let mac = mac.clone().chain_update(b"key of a program\n").chain_update(key.0.as_bytes());
            BASE64.encode(mac.chain_update(request.as_bytes()).finalize().into_bytes())
        };
        [Some(&self.mac), self.former.as_ref()].into_iter().flatten().map(secret).collect()
    }

    /// What tells a body from another one, and nothing about it to whoever does not have the signing key.
    pub(in crate::http) fn fingerprint(&self, body: &[u8]) -> [u8; 32] {
        self.mac
            .clone()
            .chain_update(b"body of a request\n")
            .chain_update(body)
            .finalize()
            .into_bytes()
            .into()
    }

    fn sign(&self, claims: &Claims) -> String {
        let json = serde_json::to_vec(claims).expect("claims are plain text and numbers");
        let mut token = format!("{HEADER}.");
        BASE64.encode_string(json, &mut token);
        let mut mac = self.mac.clone();
        mac.update(token.as_bytes());
        token.push('.');
        BASE64.encode_string(mac.finalize().into_bytes(), &mut token);
        token
    }

    fn read(&self, token: &str, purpose: Purpose, now: Timestamp) -> Result<Claims, TokenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Invalid)?;
        if header != HEADER {
            return Err(TokenError::Invalid);
        }
        let signature = BASE64.decode(signature).map_err(|_| TokenError::Invalid)?;
        let is_by =
            |mac: &Hmac<Sha256>| mac.clone().chain_update(signed.as_bytes()).verify_slice(&signature).is_ok();
        if !is_by(&self.mac) && !self.former.as_ref().is_some_and(is_by) {
            return Err(TokenError::Invalid);
        }
        let json = BASE64.decode(payload).map_err(|_| TokenError::Invalid)?;
        let claims: Claims = serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)?;
        if claims.purpose != purpose {
            Err(TokenError::Invalid)
        } else if seconds(now) >= claims.exp {
            Err(TokenError::Expired)
        } else {
            Ok(claims)
        }
    }
}

fn seconds(instant: Timestamp) -> i64 {
    instant.micros().div_euclid(1_000_000)
}

/// A new refresh token, and the hash that the store keeps of it.
pub(in crate::http) fn new_refresh_token() -> (String, TokenHash) {
    let token = new_secret();
    let hash = hash_of_refresh_token(&token);
    (token, hash)
}

/// 256 random bits as text.
pub(super) fn new_secret() -> String {
    let bits: [u8; 32] = rand::random();
    BASE64.encode(bits)
}

/// The hash of a refresh token that was shown.
pub(in crate::http) fn hash_of_refresh_token(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn tokens(key: &str) -> Tokens {
        Tokens::new(&SigningKey::new(key.repeat(32)).unwrap())
    }

    fn access() -> Access {
        Access { user: UserId(Uuid::now_v7()), session: SessionId(Uuid::now_v7()) }
    }

    fn span(text: &str) -> Span {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_names_its_login_until_it_expires() {
        let (tokens, access) = (tokens("k"), access());
        let token = tokens.access(access, NOW, span("15m"));
        assert_eq!(tokens.read_access(&token, NOW), Ok(access));
        let last = NOW.saturating_add(span("899s"));
        assert_eq!(tokens.read_access(&token, last), Ok(access));
        let over = NOW.saturating_add(span("15m"));
        assert_eq!(tokens.read_access(&token, over), Err(TokenError::Expired));
    }

    #[test]
    fn a_login_outlives_a_change_of_the_key() {
        let (old, new) = (SigningKey::new("a".repeat(32)).unwrap(), SigningKey::new("b".repeat(32)).unwrap());
        let access = access();
        let token = Tokens::new(&old).access(access, NOW, span("15m"));
        assert_eq!(Tokens::new(&new).read_access(&token, NOW), Err(TokenError::Invalid));
        let rotated = Tokens::new(&new.clone().after("a".repeat(32)).unwrap());
        assert_eq!(rotated.read_access(&token, NOW), Ok(access));
        let signed = rotated.access(access, NOW, span("15m"));
        assert_eq!(Tokens::new(&new).read_access(&signed, NOW), Ok(access), "it signs with the new one");
        assert_eq!(Tokens::new(&old).read_access(&signed, NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_for_one_purpose_is_none_for_another() {
        let (tokens, access) = (tokens("k"), access());
        let login = tokens.access(access, NOW, span("1h"));
        let link = tokens.verification(access.user, "a@example.org", NOW, span("1h"));
        assert_eq!(tokens.read_access(&link, NOW), Err(TokenError::Invalid));
        assert_eq!(tokens.read_verification(&login, NOW), Err(TokenError::Invalid));
        let expected = (access.user, "a@example.org".to_owned());
        assert_eq!(tokens.read_verification(&link, NOW), Ok(expected));
    }

    #[test]
    fn the_secret_of_a_key_is_its_own_and_told_again_after_a_change_of_the_signing_key() {
        let key = KeyId(Uuid::now_v7());
        let before = tokens("a").secrets_of_key(key, "k");
        assert_eq!(before, tokens("a").secrets_of_key(key, "k"));
        assert_eq!(before.iter().map(String::len).collect::<Vec<_>>(), [43]);
        for other in [
            tokens("a").secrets_of_key(KeyId(Uuid::now_v7()), "k"),
            tokens("a").secrets_of_key(key, "l"),
            tokens("b").secrets_of_key(key, "k"),
        ] {
            assert_ne!(before, other);
        }
        let changed = SigningKey::new("b".repeat(32)).unwrap().after("a".repeat(32)).unwrap();
        assert_eq!(Tokens::new(&changed).secrets_of_key(key, "k").last(), before.first());
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = tokens("k");
        let good = tokens.access(access(), NOW, span("1h"));
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let hs512 = BASE64.encode(r#"{"alg":"HS512","typ":"JWT"}"#);
        let other = BASE64.encode(payload_of_another());
        for forged in [
            String::new(),
            "x".to_owned(),
            "..".to_owned(),
            good.replace('.', ""),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{signature}"),
            format!("{hs512}.{payload}.{signature}"),
            format!("{header}.{payload}."),
            format!("{header}.{other}.{signature}"),
            format!("{header}.{payload}.{signature}A"),
            format!("{header}.{payload}.{signature}.{signature}"),
            format!("{header}.{payload}.{}", signature.to_ascii_uppercase()),
        ] {
            assert_eq!(tokens.read_access(&forged, NOW), Err(TokenError::Invalid), "{forged}");
        }
        assert_eq!(other_service().read_access(&good, NOW), Err(TokenError::Invalid));
    }

    fn other_service() -> Tokens {
        tokens("other")
    }

    fn payload_of_another() -> String {
        let (user, session) = (Uuid::now_v7(), Uuid::now_v7());
        format!(r#"{{"purpose":"access","sub":"{user}","sid":"{session}","iat":0,"exp":9999999999}}"#)
    }

    /// The header is the standard's, so other programs read our tokens too.
    #[test]
    fn the_header_says_hs256() {
        assert_eq!(BASE64.decode(HEADER).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn refresh_tokens_are_long_and_new() {
        let (one, other) = (new_refresh_token(), new_refresh_token());
        assert_ne!(one.0, other.0);
        assert_eq!(one.0.len(), 43);
        assert_eq!(hash_of_refresh_token(&one.0), one.1);
    }
}
