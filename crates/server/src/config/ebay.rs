//! Whether eBay can be searched, and as whom.

use bellwether_model::Span;
use bellwether_notify::WebhookSecret;
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;
use super::venues::address;

/// Whether eBay can be searched, and as whom.
#[derive(Debug, Clone, Serialize)]
pub struct Ebay {
    /// The application's name to eBay; empty where eBay is not searched.
    pub client_id: String,
    /// The application's password.
    pub client_secret: Secret,
    /// What events of listings are signed with; none are taken where there is none.
    #[serde(skip)]
    pub events_secret: Option<WebhookSecret>,
    /// What eBay's challenge is answered with; empty where its notices are not taken.
    pub verification_token: Secret,
    /// The address of notices as eBay knows it; empty where they are not taken.
    pub notification_url: String,
    /// The address of its API.
    pub rest_url: String,
    /// Calls that the application may make in a day.
    pub daily_calls: u32,
    /// How often a search is asked that is watched for events.
    pub search_every: Span,
    /// Items of a search that are looked at, at most: so many pages are asked for.
    pub items_max: u32,
}

impl Ebay {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let client_id = r.parsed::<String>("ebay.client_id");
        let client_secret = r.secret("ebay.client_secret");
        if let (Some(id), Some(secret)) = (&client_id, &client_secret)
            && id.is_empty() != secret.reveal().is_empty()
        {
            let missing = if id.is_empty() { "ebay.client_id" } else { "ebay.client_secret" };
            r.refuse::<()>(missing, "is needed beside the other of client_id and client_secret");
        }
        let events_secret = r.secret("ebay.events_secret").and_then(|secret| match secret.reveal() {
            "" => Some(None),
            written => match written.parse() {
                Ok(secret) => Some(Some(secret)),
                Err(error) => r.refuse("ebay.events_secret", &format!("{error}")),
            },
        });
        let verification_token = r.secret("ebay.verification_token");
        let notification_url = r.parsed::<String>("ebay.notification_url");
        if let (Some(token), Some(url), Some(id)) = (&verification_token, &notification_url, &client_id) {
            check_notices(r, token.reveal(), url, id);
        }
        let rest_url = address(r, "ebay.rest_url", ["https://", "http://"]);
        let daily_calls = r.whole("ebay.daily_calls", 1, 1_000_000_000);
        let search_every = r.span("ebay.search_every");
        let items_max = r.whole("ebay.items_max", 20, 2_000);
        Some(Self {
            client_id: client_id?,
            client_secret: client_secret?,
            events_secret: events_secret?,
            verification_token: verification_token?,
            notification_url: notification_url?,
            rest_url: rest_url?,
            daily_calls: daily_calls?,
            search_every: search_every?,
            items_max: items_max?,
        })
    }

    /// What eBay's challenge is answered with and the address of notices, where they are taken.
    #[must_use]
    pub fn notices(&self) -> Option<(&Secret, &str)> {
        (!self.notification_url.is_empty()).then_some((&self.verification_token, &self.notification_url))
    }

    /// Whether eBay is searched.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        !self.client_id.is_empty()
    }
}

/// Characters of a verification token, as eBay has it.
const TOKEN_CHARS: std::ops::RangeInclusive<usize> = 32..=80;

/// Token and address of notices belong together, and the keys of signatures are told to applications alone.
fn check_notices(r: &mut Reader, token: &str, url: &str, client_id: &str) {
    if token.is_empty() && url.is_empty() {
        return;
    }
    let is_token = TOKEN_CHARS.contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if token.is_empty() {
        r.refuse::<()>("ebay.verification_token", "is needed beside notification_url");
    } else if !is_token {
        r.refuse::<()>("ebay.verification_token", "must be 32 to 80 letters, digits, _ and -");
    }
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if url.is_empty() {
        r.refuse::<()>("ebay.notification_url", "is needed beside verification_token");
    } else if !is_web || url.contains(|sign: char| sign.is_whitespace() || sign.is_control()) {
        r.refuse::<()>("ebay.notification_url", "must be an address that begins with https://");
    }
    if client_id.is_empty() {
        r.refuse::<()>(
            "ebay.client_id",
            "is needed for notices: eBay tells the key of their signature to applications alone",
        );
    }
}
