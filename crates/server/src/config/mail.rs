//! How mail leaves.

use bellwether_notify::MailUrl;
use bellwether_notify::mail::{DkimSettings, is_sender};
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

/// Bytes that the secret of bounces has at least.
const SECRET_BYTES: usize = 24;

/// How mail leaves.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    /// `smtp://`, `smtps://`, `console:` or `file:`.
    pub url: Secret,
    /// The sender.
    pub from: String,
    /// Who signs mails; nobody where there is no key.
    #[serde(skip)]
    pub dkim: Option<DkimSettings>,
    /// What shows that a request about mails that came back is genuine; empty where none are taken.
    pub bounces_secret: Secret,
}

impl Mail {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let url = r.secret("mail.url").and_then(|url| match url.reveal().parse::<MailUrl>() {
            Ok(_) => Some(url),
            Err(error) => r.refuse("mail.url", &error.to_string()),
        });
        let from = r.parsed::<String>("mail.from").and_then(|from| {
            let message =
                "must be a mail address, such as alerts@example.org or Bellwether <alerts@example.org>";
            if is_sender(&from) { Some(from) } else { r.refuse("mail.from", message) }
        });
        let dkim = read_dkim(r, from.as_deref().unwrap_or_default());
        let bounces_secret = r.secret("mail.bounces_secret").and_then(|secret| match secret.reveal().len() {
            0 | SECRET_BYTES.. => Some(secret),
            _ => r.refuse("mail.bounces_secret", &format!("must have at least {SECRET_BYTES} bytes")),
        });
        Some(Self { url: url?, from: from?, dkim: dkim?, bounces_secret: bounces_secret? })
    }
}

/// Who signs mails. Without a domain of its own it is the sender's.
fn read_dkim(r: &mut Reader, from: &str) -> Option<Option<DkimSettings>> {
    let (domain, selector) =
        (r.parsed::<String>("mail.dkim_domain")?, r.parsed::<String>("mail.dkim_selector")?);
    let pem = r.secret("mail.dkim_key")?;
    if pem.reveal().is_empty() {
        return match selector.as_str() {
            "" => Some(None),
            _ => r.refuse("mail.dkim_key", "is needed beside dkim_selector: name its file in dkim_key_file"),
        };
    }
    let key = match pem.reveal().parse() {
        Ok(key) => key,
        Err(error) => return r.refuse("mail.dkim_key", &format!("{error}")),
    };
    let domain = match domain.as_str() {
        "" => from.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('>')).to_owned(),
        _ => domain,
    };
    if !is_name(&domain) {
        return r.refuse("mail.dkim_domain", "must be a domain, such as example.org");
    }
    if !is_name(&selector) {
        return r.refuse("mail.dkim_selector", "must be the name under which the domain publishes the key");
    }
    Some(Some(DkimSettings { domain, selector, key }))
}

/// Whether a text is labels of letters, digits and hyphens, with dots between them.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
