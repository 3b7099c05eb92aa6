//! What a mail server says that it can do, in its answer to EHLO (RFC 5321, 4.1.1.1).

use super::reply::Reply;

/// A way to log in that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// Name and password in one go (RFC 4616).
    Plain,
    /// Name and password, each when asked for.
    Login,
}

/// What a server can do, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Abilities {
    /// Commands may be sent before earlier ones are answered (RFC 2920).
    pub(super) pipelining: bool,
    /// Encryption can be begun (RFC 3207).
    pub(super) starttls: bool,
    /// Addresses may have other characters than ASCII (RFC 6531).
    pub(super) smtputf8: bool,
    /// The best way to log in.
    pub(super) login: Option<Mechanism>,
}

impl Abilities {
    /// Reads the answer to EHLO: the first line is the server's name, each further one an ability.
    pub(super) fn read(reply: &Reply) -> Self {
        let mut abilities = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("PIPELINING") => abilities.pipelining = true,
                Some("STARTTLS") => abilities.starttls = true,
                Some("SMTPUTF8") => abilities.smtputf8 = true,
                Some("AUTH") => abilities.login = mechanism(words),
                _ => {}
            }
        }
        abilities
    }
}

fn mechanism<'a>(offered: impl Iterator<Item = &'a str>) -> Option<Mechanism> {
    let mut login = None;
    for name in offered {
        match name {
            "PLAIN" => return Some(Mechanism::Plain),
            "LOGIN" => login = Some(Mechanism::Login),
            _ => {}
        }
    }
    login
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: Abilities) {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        assert_eq!(Abilities::read(&Reply::new(250, lines).unwrap()), expected);
    }

    #[test]
    fn abilities_are_read_whatever_their_case() {
        check(
            &["mail.example.org", "SIZE 1000", "pipelining", "StartTLS", "AUTH LOGIN plain", "SMTPUTF8"],
            Abilities { pipelining: true, starttls: true, smtputf8: true, login: Some(Mechanism::Plain) },
        );
        let login = Some(Mechanism::Login);
        check(&["x", "AUTH XOAUTH2 LOGIN"], Abilities { login, ..Abilities::default() });
        check(&["x", "AUTH CRAM-MD5"], Abilities::default());
    }

    #[test]
    fn the_servers_name_is_no_ability() {
        check(&["STARTTLS"], Abilities::default());
        check(&[], Abilities::default());
    }
}
