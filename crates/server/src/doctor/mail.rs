//! Whether mail can be sent, as far as that is known without sending one.

use super::finding::Finding;
use crate::config::Config;

pub(super) async fn look(config: &Config) -> Finding {
    let mailer = match crate::run::mailer(&config.mail) {
        Ok(mailer) => mailer,
        Err(error) => return Finding::bad("mail", format!("{error:#}"), "Correct mail.url or mail.from."),
    };
    let found = match mailer.check().await {
        Ok(said) => Finding::good("mail", said),
        Err(error) => Finding::bad("mail", error.reason, error.advice),
    };
    mailer.close().await;
    found
}
