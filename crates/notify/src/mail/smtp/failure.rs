//! What went wrong at which stage of a conversation, and what that means for the mail and for us.
//!
//! The classes are those of RFC 5321, 4.2.1 and of the registry of enhanced status codes (RFC 5248),
//! with one difference: what a server refuses before it heard of a mail (a connection, our login) is
//! not the mail's fault. It is ours, somebody mends it, and the mail waits.

use std::fmt;
use std::io;

use super::reply::{Class, Enhanced, Reply};
use crate::Outcome;

/// A step of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Looking up the name and making the connection.
    Connect,
    /// Agreeing upon TLS.
    Tls,
    /// The server's greeting, and EHLO.
    Greeting,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Login,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// The mail itself, and the answer to it.
    Content,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Cause {
    /// The server said no, or not now.
    Refused(Reply),
    /// The server said something that means nothing here.
    Nonsense(&'static str),
    /// The server cannot do what we insist on.
    Lacks(&'static str),
    /// It took too long.
    Slow,
    /// The connection broke.
    Broken(io::Error),
}

/// What went wrong, and when.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) cause: Cause,
}

impl Stage {
    /// What was done at this stage, its failure named for it.
    pub(super) fn of<T>(self, done: Result<T, Cause>) -> Result<T, Failure> {
        done.map_err(|cause| Failure { stage: self, cause })
    }

    fn is_about_the_mail(self) -> bool {
        matches!(self, Stage::Sender | Stage::Recipient | Stage::Data | Stage::Content)
    }

    fn words(self) -> &'static str {
        match self {
            Stage::Connect => "connecting",
            Stage::Tls => "TLS",
            Stage::Greeting => "its greeting",
            Stage::StartTls => "STARTTLS",
            Stage::Login => "the login",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Data => "the start of the mail",
            Stage::Content => "the mail",
        }
    }
}

impl Failure {
    /// Whether the connection was dead, or about to be closed, before the mail itself was sent.
    pub(super) fn connection_was_dead(&self) -> bool {
        self.stage != Stage::Content
            && match &self.cause {
                Cause::Broken(_) | Cause::Slow => true,
                Cause::Refused(reply) => reply.closes(),
                Cause::Nonsense(_) | Cause::Lacks(_) => false,
            }
    }

    /// Whether the same connection may be used on.
    pub(super) fn leaves_connection_usable(&self) -> bool {
        matches!(&self.cause, Cause::Refused(reply) if !reply.closes())
            || matches!(self.cause, Cause::Lacks(_))
    }

    /// What the operator can do.
    pub(super) fn advice(&self) -> &'static str {
        match (self.stage, &self.cause) {
            (Stage::Connect, _) => "Check host and port in mail.url, and that a firewall lets us out.",
            (Stage::Tls, _) => {
                "Check that the port speaks the TLS that mail.url says (smtps:// from the first byte, smtp:// \
                 after STARTTLS) and that the certificate is for this host; a certificate authority of your \
                 own goes into outgoing.ca_file."
            }
            (Stage::StartTls, Cause::Lacks(_)) => {
                "Use smtps:// if the server speaks TLS on another port. Only where you trust the way to it, \
                 add ?tls=none."
            }
            (Stage::Login, _) => "Check user and password in mail.url.",
            _ => "Look into the mail server's log.",
        }
    }
}

impl fmt::Display for Failure {
    /// One sentence. The server's text stands in it only where it is about the mail: before that it may
    /// repeat what we logged in with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.stage.words();
        match &self.cause {
            Cause::Refused(reply) if self.stage.is_about_the_mail() => {
                write!(f, "the mail server refused {at}: {reply}")
            }
            Cause::Refused(reply) => write!(f, "the mail server refused {at} ({})", reply.codes()),
            Cause::Nonsense(what) => write!(f, "the mail server's answer to {at} is {what}"),
            Cause::Lacks(what) => write!(f, "the mail server offers no {what}"),
            Cause::Slow => write!(f, "the mail server took too long over {at}"),
            Cause::Broken(error) => write!(f, "the connection to the mail server failed at {at}: {error}"),
        }
    }
}

/// What an attempt means for its delivery.
pub(super) fn outcome(sent: Result<Reply, Failure>) -> Outcome {
    let failure = match sent {
        Ok(reply) => return Outcome::delivered(&reply.to_string()),
        Err(failure) => failure,
    };
    let reason = failure.to_string();
    match &failure.cause {
        Cause::Refused(reply) => refusal(failure.stage, reply, &reason),
        Cause::Lacks(_) if failure.stage.is_about_the_mail() => Outcome::rejected(&reason),
        _ if failure.stage == Stage::Content => Outcome::unknown(&reason),
        _ => Outcome::retry(&reason),
    }
}

fn refusal(stage: Stage, reply: &Reply, reason: &str) -> Outcome {
    if reply.class != Class::No || !stage.is_about_the_mail() || is_about_our_login(stage, reply) {
        return Outcome::retry(reason);
    }
    match (stage, reply.enhanced) {
        (Stage::Recipient | Stage::Content, Some(enhanced)) if is_nobody(enhanced) => {
            Outcome::dead_target(reason)
        }
        _ => Outcome::rejected(reason),
    }
}

/// "Authentication required" and its like, which some servers say at MAIL only (RFC 4954, 6).
fn is_about_our_login(stage: Stage, reply: &Reply) -> bool {
    stage == Stage::Sender && matches!(reply.code, 530 | 534 | 535 | 538)
}

/// No such mailbox, no such domain, no such syntax, moved away, a domain that takes no mail
/// (registry of enhanced status codes, version of 2024-12-06).
fn is_nobody(enhanced: Enhanced) -> bool {
    enhanced.subject == 1 && matches!(enhanced.detail, 1 | 2 | 3 | 6 | 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stage: Stage, code: u16, text: &str, expected: &str) {
        let reply = Reply::new(code, vec![text.to_owned()]).unwrap();
        let outcome = outcome(stage.of(Err(Cause::Refused(reply))));
        assert_eq!(outcome.name(), expected, "{stage:?} {code} {text}");
    }

    #[test]
    fn every_class_of_refusal_has_its_outcome() {
        check(Stage::Recipient, 450, "4.2.0 greylisted", "retry");
        check(Stage::Recipient, 451, "", "retry");
        check(Stage::Content, 452, "4.3.1 full", "retry");
        check(Stage::Content, 421, "4.3.2 closing", "retry");
        check(Stage::Recipient, 550, "5.1.1 no such user", "dead_target");
        check(Stage::Content, 550, "5.1.1 no such user", "dead_target");
        check(Stage::Recipient, 550, "5.1.2 no such domain", "dead_target");
        check(Stage::Recipient, 556, "5.1.10 takes no mail", "dead_target");
        check(Stage::Recipient, 550, "no reason given", "rejected");
        check(Stage::Recipient, 550, "5.7.1 relaying denied", "rejected");
        check(Stage::Sender, 550, "5.1.1 about the sender", "rejected");
        check(Stage::Content, 552, "5.3.4 too big", "rejected");
        check(Stage::Content, 554, "5.7.1 looks like spam", "rejected");
    }

    #[test]
    fn what_is_refused_before_any_mail_is_not_the_mails_fault() {
        check(Stage::Greeting, 554, "5.3.2 no service here", "retry");
        check(Stage::Login, 535, "5.7.8 wrong", "retry");
        check(Stage::StartTls, 502, "", "retry");
        check(Stage::Sender, 530, "5.7.0 log in first", "retry");
    }

    #[test]
    fn only_what_breaks_during_the_mail_is_ambiguous() {
        let broken = || Cause::Broken(io::ErrorKind::ConnectionReset.into());
        let ambiguous = |stage: Stage| match outcome(stage.of(Err(broken()))) {
            Outcome::Retry { ambiguous, .. } => ambiguous,
            other => panic!("{other:?}"),
        };
        assert!(ambiguous(Stage::Content));
        for stage in
            [Stage::Connect, Stage::Tls, Stage::Greeting, Stage::Sender, Stage::Recipient, Stage::Data]
        {
            assert!(!ambiguous(stage), "{stage:?}");
        }
    }

    #[test]
    fn the_servers_words_about_our_login_are_kept_back() {
        let reply = Reply::new(535, vec!["5.7.8 ada:hunter2 is wrong".into()]).unwrap();
        let failed = Stage::Login.of::<Reply>(Err(Cause::Refused(reply)));
        let shown = failed.unwrap_err().to_string();
        assert_eq!(shown, "the mail server refused the login (535 5.7.8)");
    }
}
