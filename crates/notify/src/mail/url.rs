//! Where mails go, read from `mail.url`.
//!
//! What is read here may hold a password: no error and no `Debug` of these types shows it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ::url::{Host, Url};

/// Connections to the mail server at most, where `mail.url` does not say.
pub(super) const CONNECTIONS: usize = 8;
/// The largest number of connections that `mail.url` may ask for.
pub(super) const CONNECTIONS_MAX: usize = 64;

/// Where mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// To a mail server: `smtp://user:password@host:port` or `smtps://…`.
    Smtp(SmtpTarget),
    /// To standard output, as text: `console:`.
    Console,
    /// Into a directory, one file per mail: `file:DIR`.
    Directory(PathBuf),
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpTarget {
    /// Its name or address.
    pub host: String,
    /// Its port: 587 for `smtp`, 465 for `smtps` where none is given.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How we log in, where we do.
    pub login: Option<Login>,
    /// Connections at most (`?connections=N`).
    pub connections: usize,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, or nothing is sent (`smtp://`).
    StartTls,
    /// STARTTLS where the server offers it (`smtp://` to this very machine).
    StartTlsIfOffered,
    /// No encryption, as asked for (`?tls=none`).
    Plain,
}

/// A user's name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Why a text does not say where mails go. Says what to write instead, never what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailUrlError {
    /// No scheme that is known.
    #[error(
        "must begin with smtp://, smtps://, console: or file:, for example \
         smtp://user:password@mail.example.org:587"
    )]
    Scheme,
    /// Not an address.
    #[error(
        "is not of the form smtp://user:password@host:port; characters such as @ : / # % in the user's name \
         or the password are written as %40 %3A %2F %23 %25"
    )]
    Form,
    /// A user's name without a password, or the other way round.
    #[error("needs both a user's name and a password, as smtp://user:password@host, or neither")]
    HalfALogin,
    /// Something behind the host.
    #[error(
        "must end after host and port, with nothing but ?tls=none, ?tls=required or ?connections=N behind"
    )]
    Path,
    /// An option that is not known.
    #[error("has an unknown option; known are tls and connections")]
    Option,
    /// `tls` with another value.
    #[error("has a tls that is neither none nor required (and smtps:// takes no tls at all)")]
    Tls,
    /// `connections` out of its range.
    #[error("has a number of connections that is not from 1 to {CONNECTIONS_MAX}")]
    Connections,
    /// `file:` without a directory.
    #[error("names no directory; write file:DIR")]
    Directory,
}

impl FromStr for MailUrl {
    type Err = MailUrlError;

    fn from_str(text: &str) -> Result<Self, MailUrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(MailUrlError::Scheme)?;
        match scheme {
            "console" if rest.is_empty() => Ok(MailUrl::Console),
            "file" => read_directory(rest),
            "smtp" | "smtps" => read_target(text).map(MailUrl::Smtp),
            _ => Err(MailUrlError::Scheme),
        }
    }
}

fn read_directory(rest: &str) -> Result<MailUrl, MailUrlError> {
    match rest.strip_prefix("//").unwrap_or(rest) {
        "" => Err(MailUrlError::Directory),
        path => Ok(MailUrl::Directory(path.into())),
    }
}

fn read_target(text: &str) -> Result<SmtpTarget, MailUrlError> {
    let url = Url::parse(text).map_err(|_| MailUrlError::Form)?;
    let host = read_host(&url)?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(MailUrlError::Path);
    }
    let implicit = url.scheme() == "smtps";
    let mut target = SmtpTarget {
        port: url.port().unwrap_or(if implicit { 465 } else { 587 }),
        security: match implicit {
            true => Security::Tls,
            false if is_loopback(&host) => Security::StartTlsIfOffered,
            false => Security::StartTls,
        },
        login: read_login(&url)?,
        connections: CONNECTIONS,
        host,
    };
    for (option, value) in url.query_pairs() {
        match (&*option, &*value) {
            ("tls", "none") if !implicit => target.security = Security::Plain,
            ("tls", "required") if !implicit => target.security = Security::StartTls,
            ("tls", _) => return Err(MailUrlError::Tls),
            ("connections", number) => target.connections = read_connections(number)?,
            _ => return Err(MailUrlError::Option),
        }
    }
    Ok(target)
}

fn read_host(url: &Url) -> Result<String, MailUrlError> {
    match url.host().ok_or(MailUrlError::Form)? {
        Host::Domain("") => Err(MailUrlError::Form),
        // Outside of http the parser leaves host names as they are; this brings them into one form.
        Host::Domain(name) => Host::parse(name).map(|host| host.to_string()).map_err(|_| MailUrlError::Form),
        Host::Ipv4(address) => Ok(address.to_string()),
        Host::Ipv6(address) => Ok(address.to_string()),
    }
}

fn read_login(url: &Url) -> Result<Option<Login>, MailUrlError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(MailUrlError::HalfALogin),
        (user, Some(password)) => Ok(Some(Login { user: decoded(user)?, password: decoded(password)? })),
    }
}

fn decoded(text: &str) -> Result<String, MailUrlError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| MailUrlError::Form)?;
    // Control characters have no place in a login, and a zero byte would end the name early.
    if decoded.contains(char::is_control) {
        return Err(MailUrlError::Form);
    }
    Ok(decoded.into_owned())
}

fn read_connections(number: &str) -> Result<usize, MailUrlError> {
    number
        .parse()
        .ok()
        .filter(|number| (1..=CONNECTIONS_MAX).contains(number))
        .ok_or(MailUrlError::Connections)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> SmtpTarget {
        match text.parse() {
            Ok(MailUrl::Smtp(target)) => target,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_server_has_a_host_a_port_and_a_login() {
        let target = smtp("smtp://ada%40example.org:p%40ss%3Aw%C3%B6rd@Mail.example.org:2525");
        assert_eq!((target.host.as_str(), target.port), ("mail.example.org", 2525));
        assert_eq!(target.security, Security::StartTls);
        let login = target.login.unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("ada@example.org", "p@ss:wörd"));
        assert_eq!(target.connections, CONNECTIONS);

        assert_eq!(smtp("smtp://mail.example.org").port, 587);
        let implicit = smtp("smtps://mail.example.org/?connections=4");
        assert_eq!((implicit.port, implicit.security, implicit.connections), (465, Security::Tls, 4));
    }

    #[test]
    fn encryption_is_required_but_on_this_machine_or_on_demand() {
        let check = |text: &str, security| assert_eq!(smtp(text).security, security, "{text}");
        check("smtp://10.0.0.1", Security::StartTls);
        check("smtp://localhost.example.org", Security::StartTls);
        check("smtp://127.0.0.1:25", Security::StartTlsIfOffered);
        check("smtp://localhost", Security::StartTlsIfOffered);
        check("smtp://[::1]:25", Security::StartTlsIfOffered);
        check("smtp://localhost?tls=required", Security::StartTls);
        check("smtp://mail.example.org?tls=none", Security::Plain);
    }

    #[test]
    fn the_sinks_for_development() {
        assert_eq!("console:".parse(), Ok(MailUrl::Console));
        assert_eq!("file:mails".parse(), Ok(MailUrl::Directory("mails".into())));
        assert_eq!("file:///var/mails".parse(), Ok(MailUrl::Directory("/var/mails".into())));
    }

    #[test]
    fn what_is_refused_and_why() {
        let check = |text: &str, error| assert_eq!(text.parse::<MailUrl>(), Err(error), "{text}");
        check("", MailUrlError::Scheme);
        check("mail.example.org", MailUrlError::Scheme);
        check("http://mail.example.org", MailUrlError::Scheme);
        check("console:x", MailUrlError::Scheme);
        check("file:", MailUrlError::Directory);
        check("smtp:mail.example.org", MailUrlError::Form);
        check("smtp://", MailUrlError::Form);
        check("smtp://mail.example.org:99999", MailUrlError::Form);
        check("smtp://u:p%00x@mail.example.org", MailUrlError::Form);
        check("smtp://user@mail.example.org", MailUrlError::HalfALogin);
        check("smtp://user:@mail.example.org", MailUrlError::HalfALogin);
        check("smtp://:pass@mail.example.org", MailUrlError::HalfALogin);
        check("smtp://mail.example.org/inbox", MailUrlError::Path);
        check("smtp://mail.example.org?tls=maybe", MailUrlError::Tls);
        check("smtps://mail.example.org?tls=none", MailUrlError::Tls);
        check("smtp://mail.example.org?connections=0", MailUrlError::Connections);
        check("smtp://mail.example.org?connections=65", MailUrlError::Connections);
        check("smtp://mail.example.org?retries=1", MailUrlError::Option);
    }

    #[test]
    fn the_password_is_never_shown() {
        let shown = format!("{:?}", smtp("smtp://ada:hunter2@mail.example.org"));
        assert!(!shown.contains("hunter2") && !shown.contains("ada"), "{shown}");
        for wrong in
            ["smtp://ada:hunter2@", "hunter2", "smtp://ada:hunter2@h?tls=hunter2", "ada:hunter2@host"]
        {
            let error = wrong.parse::<MailUrl>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
