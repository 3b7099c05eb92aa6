//! Whether mail can be sent, as far as that is known without sending one.

use bellwether_notify::mail::DkimSettings;

use super::finding::Finding;
use crate::config::Config;

pub(super) async fn look(config: &Config) -> Finding {
    let mailer = match crate::run::mailer(config) {
        Ok(mailer) => mailer,
        Err(error) => return Finding::bad("mail", format!("{error:#}"), "Correct mail.url or mail.from."),
    };
    let found = match mailer.check().await {
        Ok(said) => Finding::good(
            "mail",
            [Some(said), signed(config)].into_iter().flatten().collect::<Vec<_>>().join("; "),
        ),
        Err(error) => Finding::bad("mail", error.reason, error.advice),
    };
    mailer.close().await;
    found
}

/// Whether mails are signed, and what the domain has to publish for it; nothing where none leaves the machine.
fn signed(config: &Config) -> Option<String> {
    if !config.mail.url.reveal().starts_with("smtp") {
        return None;
    }
    Some(match config.mail.dkim.as_ref().map(DkimSettings::record) {
        Some((name, record)) => format!("signed (DKIM); the TXT record of {name} must be: {record}"),
        None => "not signed: without mail.dkim_key some servers take them for spam".to_owned(),
    })
}
