//! The channel e-mail: what is rendered becomes a letter, and the letter goes to a mail server, to the
//! terminal, or into a directory, as `mail.url` says.
//!
//! Nothing is kept here and nothing is tried again here, but for one case in which nothing was sent
//! yet: an idle connection that turned out to be dead is replaced by a fresh one.

mod check;
mod console;
mod directory;
mod dkim;
mod letter;
mod metric;
mod quoted;
mod returned;
mod smtp;
mod url;

use std::path::PathBuf;

use bellwether_model::Timestamp;
use lettre::message::Mailbox;

pub use self::check::CheckError;
use self::directory::Directory;
pub use self::dkim::{DkimKey, DkimKeyError, DkimSettings};
use self::letter::Letter;
pub use self::returned::{Fate, Returned, ReturnedError};
use self::smtp::Smtp;
pub use self::smtp::{Patience, TlsError};
pub use self::url::{Login, MailUrl, MailUrlError, Security, SmtpTarget};
use crate::{Message, Outcome, render};

/// What must be known to send mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Where mails go (`mail.url`).
    pub url: MailUrl,
    /// The sender (`mail.from`): `alerts@example.org` or `Bellwether <alerts@example.org>`. Its domain
    /// is also that of the mails' ids.
    pub from: String,
    /// A file with further certificate authorities in PEM (`outgoing.ca_file`), for a server with a certificate of
    /// one's own.
    pub ca_file: Option<PathBuf>,
    /// How long each step of a conversation with the mail server may take.
    pub patience: Patience,
    /// Who signs mails; without it they are not signed.
    pub dkim: Option<DkimSettings>,
}

/// Why no mail can be sent with these settings. Found at start, without connecting anywhere.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    /// The sender is no address.
    #[error(
        "mail.from is not a mail address; write it as alerts@example.org or Bellwether <alerts@example.org>"
    )]
    From,
    /// TLS cannot be set up.
    #[error("outgoing.ca_file: {0}")]
    Tls(#[from] TlsError),
}

/// Whether mails can be sent in this name: an address, or a name with one in angle brackets.
#[must_use]
pub fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// Sends mails. One for the whole process: it owns the connections to the mail server.
#[derive(Debug)]
pub struct Mailer {
    from: Mailbox,
    sink: Sink,
    dkim: Option<DkimSettings>,
}

/// Where mails go.
#[derive(Debug)]
enum Sink {
    Smtp(Box<Smtp>),
    Console,
    Directory(Directory),
}

impl Mailer {
    /// A mailer; connects when the first mail is sent. Must be called within a tokio runtime, in which
    /// idle connections are closed in the background until the mailer is dropped.
    ///
    /// # Errors
    /// Where the sender is no address, or the file of certificate authorities cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, MailSettingsError> {
        let from = settings.from.parse().map_err(|_| MailSettingsError::From)?;
        let sink = match &settings.url {
            MailUrl::Smtp(target) => {
                let smtp = Smtp::new(target, settings.ca_file.as_deref(), settings.patience)?;
                Sink::Smtp(Box::new(smtp))
            }
            MailUrl::Console => Sink::Console,
            MailUrl::Directory(path) => Sink::Directory(Directory::new(path.clone())),
        };
        Ok(Self { from, sink, dkim: settings.dkim.clone() })
    }

    /// Renders a message and sends it, once. `now` is the time of sending: it stands in the mail.
    ///
    /// With a mail server, this waits while all connections are busy; the number of callers is the
    /// caller's to bound.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Outcome {
        let timer = metric::Timer::start();
        let rendered = render(message, now);
        let outcome = match Letter::compose(message, &rendered, &self.from, self.dkim.as_ref(), now) {
            Ok(letter) => match &self.sink {
                Sink::Smtp(smtp) => smtp.send(&letter).await,
                Sink::Console => console::send(&letter, &rendered).await,
                Sink::Directory(directory) => directory.send(&letter).await,
            },
            Err(error) => Outcome::dead_target(&error.to_string()),
        };
        timer.stop(&outcome);
        outcome
    }

    /// Goes as far as one can without sending a mail: connects, encrypts and logs in, or writes into
    /// the directory. Says what was found.
    ///
    /// # Errors
    /// What went wrong, with advice.
    pub async fn check(&self) -> Result<String, CheckError> {
        match &self.sink {
            Sink::Smtp(smtp) => smtp.check().await,
            Sink::Console => Ok("mails are printed to the terminal".to_owned()),
            Sink::Directory(directory) => directory.check().await,
        }
    }

    /// Mails that are sent at once at most; `None` where they go to no mail server.
    #[must_use]
    pub fn connections(&self) -> Option<usize> {
        match &self.sink {
            Sink::Smtp(smtp) => Some(smtp.connections()),
            Sink::Console | Sink::Directory(_) => None,
        }
    }

    /// Waits for the mails under way, and takes leave of the mail server.
    pub async fn close(&self) {
        match &self.sink {
            Sink::Smtp(smtp) => smtp.close().await,
            Sink::Console | Sink::Directory(_) => {}
        }
    }
}
