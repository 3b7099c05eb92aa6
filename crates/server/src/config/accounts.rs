//! Who may sign up, how long logins last, and what one person or client may use.

use bellwether_model::Span;
use serde::Serialize;

use super::kept_key::KEY_BYTES;
use super::reader::Reader;
use super::secret::Secret;
use crate::accounts::Email;

/// Who may sign up, and how long logins last.
#[derive(Debug, Clone, Serialize)]
pub struct Accounts {
    /// The key of the login tokens; empty where none is set. See [`SigningKey::of`].
    pub signing_key: Secret,
    /// The key that they were signed with before; empty where there is none.
    pub former_signing_key: Secret,
    /// The key that targets of channels are sealed with; empty where none is set. See
    /// [`EncryptionKeys::of`](super::EncryptionKeys::of).
    pub encryption_key: Secret,
    /// The key that they were sealed with before; empty where there is none.
    pub former_encryption_key: Secret,
    /// Whether the service is for one person on this machine, who needs no login.
    pub single_user: bool,
    /// The address of that person's account; `None`: the only one there is.
    pub owner: Option<Email>,
    /// Whether anybody may make an account.
    pub sign_up: bool,
    /// Whether messages wait for the verification of their address.
    pub require_verified_email: bool,
    /// How long an access token is good for.
    pub access_token_lasts: Span,
    /// How long an unused login lasts.
    pub refresh_token_lasts: Span,
    /// How long a verification link works.
    pub verification_lasts: Span,
    /// KiB of memory of one password hash.
    pub password_memory_kib: u32,
    /// Password hashes at once.
    pub password_hashes_at_once: u32,
}

impl Accounts {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let signing_key = key(r, "accounts.signing_key");
        let former_signing_key = key(r, "accounts.former_signing_key");
        let encryption_key = key(r, "accounts.encryption_key");
        let former_encryption_key = key(r, "accounts.former_encryption_key");
        let single_user = r.flag("accounts.single_user");
        let owner = r.optional("accounts.owner");
        let sign_up = r.flag("accounts.sign_up");
        let require_verified_email = r.flag("accounts.require_verified_email");
        let access_token_lasts = r.span("accounts.access_token_lasts");
        let refresh_token_lasts = r.span("accounts.refresh_token_lasts");
        let verification_lasts = r.span("accounts.verification_lasts");
        let password_memory_kib = r.whole("accounts.password_memory_kib", 64, 4 << 20);
        let password_hashes_at_once = r.whole("accounts.password_hashes_at_once", 1, 1_024);
        Some(Self {
            signing_key: signing_key?,
            former_signing_key: former_signing_key?,
            encryption_key: encryption_key?,
            former_encryption_key: former_encryption_key?,
            single_user: single_user?,
            owner: owner?,
            sign_up: sign_up?,
            require_verified_email: require_verified_email?,
            access_token_lasts: access_token_lasts?,
            refresh_token_lasts: refresh_token_lasts?,
            verification_lasts: verification_lasts?,
            password_memory_kib: password_memory_kib?,
            password_hashes_at_once: password_hashes_at_once?,
        })
    }
}

/// A key: empty, or long enough.
fn key(r: &mut Reader, name: &'static str) -> Option<Secret> {
    let key = r.secret(name)?;
    match key.reveal().len() {
        0 | KEY_BYTES.. => Some(key),
        _ => r.refuse(name, &format!("must have at least {KEY_BYTES} bytes")),
    }
}

/// What one person or client may use.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// Alerts that one user may have.
    pub alerts_per_user: u32,
    /// Channels that one user may have.
    pub channels_per_user: u32,
    /// Feeds that one user may push to.
    pub feeds_per_user: u32,
    /// Instruments that one feed may have.
    pub instruments_per_feed: u32,
    /// Pushed ticks per user and minute.
    pub ticks_per_minute: u32,
    /// Bytes of pushed ticks in one request.
    pub ticks_body: u32,
    /// Wrong passwords per account and minute; ten times as many per client address.
    pub failed_logins_per_minute: u32,
    /// New accounts per client address and minute.
    pub sign_ups_per_minute: u32,
    /// Requests per key, or per user by logins, and minute; 0: without a limit.
    pub requests_per_minute: u32,
    /// Requests per client address and minute; 0: without a limit.
    pub client_requests_per_minute: u32,
}

impl Limits {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let alerts_per_user = r.whole("limits.alerts_per_user", 1, 1_000_000_000);
        let channels_per_user = r.whole("limits.channels_per_user", 1, 100_000);
        let feeds_per_user = r.whole("limits.feeds_per_user", 0, 100_000);
        let instruments_per_feed = r.whole("limits.instruments_per_feed", 1, 1_000_000);
        let ticks_per_minute = r.whole("limits.ticks_per_minute", 1, 60_000_000);
        let ticks_body = r.whole("limits.ticks_body", 1_024, 1 << 30);
        let failed_logins_per_minute = r.whole("limits.failed_logins_per_minute", 1, 1_000_000);
        let sign_ups_per_minute = r.whole("limits.sign_ups_per_minute", 1, 1_000_000);
        let requests_per_minute = r.whole("limits.requests_per_minute", 0, 60_000_000);
        let client_requests_per_minute = r.whole("limits.client_requests_per_minute", 0, 60_000_000);
        Some(Self {
            alerts_per_user: alerts_per_user?,
            channels_per_user: channels_per_user?,
            feeds_per_user: feeds_per_user?,
            instruments_per_feed: instruments_per_feed?,
            ticks_per_minute: ticks_per_minute?,
            ticks_body: ticks_body?,
            failed_logins_per_minute: failed_logins_per_minute?,
            sign_ups_per_minute: sign_ups_per_minute?,
            requests_per_minute: requests_per_minute?,
            client_requests_per_minute: client_requests_per_minute?,
        })
    }
}
