//! One mail and a mail server: what is said, and what each answer means.

use std::time::Duration;

use bellwether_notify::mail::Patience;
use bellwether_notify::{Message, Outcome};

use super::mail_server::{MailServer, Manners, send};
use super::samples::{SENT, fired, time};

const PLAIN: &str = "smtp://127.0.0.1:PORT?tls=none";

/// Sends one mail to a server with these manners.
async fn sent_to(manners: Manners) -> Outcome {
    let server = MailServer::start(manners).await;
    send(&server.mailer(PLAIN, None)).await
}

fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Delivered { reply } => reply,
        Outcome::Retry { reason, .. } | Outcome::Rejected { reason } | Outcome::DeadTarget { reason } => {
            reason
        }
    }
}

#[tokio::test]
async fn a_mail_is_said_and_its_answer_kept() {
    for abilities in [["PIPELINING"].as_slice(), &[]] {
        let manners = Manners { abilities, ..Manners::default() };
        let mut server = MailServer::start(manners).await;
        let outcome = send(&server.mailer(PLAIN, None)).await;
        let reply = "250 2.0.0 queued as 4711".to_owned();
        assert_eq!(outcome, Outcome::Delivered { reply });

        let seen = server.seen_until("content").await;
        let commands: Vec<_> = seen.iter().map(|line| line.lines().next().unwrap()).collect();
        assert_eq!(
            commands[..5],
            [
                "1 connected",
                "1 EHLO [127.0.0.1]",
                "1 MAIL FROM:<alerts@example.net>",
                "1 RCPT TO:<ada@example.org>",
                "1 DATA",
            ]
        );
        assert!(seen[5].contains("Message-ID: <01940000-0000-7000-8000-00000000000d@example.net>\r\n"));
        assert!(seen[5].ends_with("--=_01940000-0000-7000-8000-00000000000d--\r\n"), "{}", seen[5]);
    }
}

#[tokio::test]
async fn every_answer_has_its_outcome() {
    let usual = Manners::default;
    for (manners, outcome) in [
        (Manners { mail: "451 4.3.0 later", ..usual() }, "retry"),
        (Manners { mail: "550 5.7.1 not you", ..usual() }, "rejected"),
        (Manners { mail: "530 5.7.0 log in first", ..usual() }, "retry"),
        (Manners { rcpt: "450 4.2.0 greylisted", ..usual() }, "retry"),
        (Manners { rcpt: "550 5.1.1 nobody here", ..usual() }, "dead_target"),
        (Manners { rcpt: "550-5.1.1 nobody\r\n550 5.1.1 here", ..usual() }, "dead_target"),
        (Manners { rcpt: "550 5.7.1 relaying denied", ..usual() }, "rejected"),
        (Manners { rcpt: "550 5.1.1 nobody here", data: "503 5.5.1 no recipient", ..usual() }, "dead_target"),
        (Manners { data: "451 4.3.0 later", ..usual() }, "retry"),
        (Manners { content: b"452 4.3.1 full", ..usual() }, "retry"),
        (Manners { content: b"554 5.7.1 spam", ..usual() }, "rejected"),
        (Manners { content: b"550 5.1.1 gone", ..usual() }, "dead_target"),
        (Manners { content: b"550 Empf\xe4nger unbekannt", ..usual() }, "rejected"),
        (Manners { content: b"421 4.3.2 closing", ..usual() }, "retry"),
        (Manners { greeting: b"554 5.3.2 not now", ..usual() }, "retry"),
        (Manners { greeting: b"421 4.7.0 too many connections", ..usual() }, "retry"),
    ] {
        for abilities in [["PIPELINING"].as_slice(), &[]] {
            let manners = Manners { abilities, ..manners.clone() };
            let found = sent_to(manners).await;
            assert_eq!(found.name(), outcome, "{found:?}");
            assert!(!matches!(found, Outcome::Retry { ambiguous: true, .. }), "{found:?}");
        }
    }
}

#[tokio::test]
async fn the_ledger_gets_the_servers_words() {
    let outcome = sent_to(Manners { rcpt: "550 5.1.1 nobody here", ..Manners::default() }).await;
    assert_eq!(reason(&outcome), "the mail server refused the recipient: 550 5.1.1 nobody here");
}

#[tokio::test]
async fn a_connection_that_breaks_is_ambiguous_only_after_the_mail() {
    for (hangs_up_at, may_have_it) in
        [("EHLO", false), ("MAIL", false), ("RCPT", false), ("DATA", false), ("content", true)]
    {
        let outcome = sent_to(Manners { hangs_up_at, ..Manners::default() }).await;
        let Outcome::Retry { ambiguous, reason, wait: None } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(ambiguous, may_have_it, "at {hangs_up_at}: {reason}");
        assert!(reason.starts_with("the connection to the mail server failed"), "{reason}");
    }
}

#[tokio::test]
async fn silence_is_endured_for_so_long_only() {
    let short = Duration::from_millis(50);
    let usual = Patience::DEFAULT;
    for (is_silent_at, patience, may_have_it) in [
        ("EHLO", Patience { dial: short, ..usual }, false),
        ("MAIL", Patience { open: short, ..usual }, false),
        ("DATA", Patience { open: short, ..usual }, false),
        ("content", Patience { verdict: short, ..usual }, true),
    ] {
        let server = MailServer::start(Manners { is_silent_at, ..Manners::default() }).await;
        let outcome = send(&server.mailer_with(PLAIN, None, patience)).await;
        let Outcome::Retry { ambiguous, reason, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(ambiguous, may_have_it, "at {is_silent_at}");
        assert!(reason.starts_with("the mail server took too long over"), "{reason}");
    }
}

#[tokio::test]
async fn what_is_no_mail_server_is_tried_again_later() {
    let endless: &[u8] = &[b'2'; 20_000];
    for greeting in [b"HTTP/1.1 400 Bad Request".as_slice(), b"", b"220-a\r\n250 b", b"150 hm", endless] {
        let outcome = sent_to(Manners { greeting, ..Manners::default() }).await;
        assert_eq!(outcome.name(), "retry", "{outcome:?}");
        assert!(reason(&outcome).contains("answer to its greeting is"), "{outcome:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_tried_again_later() {
    let server = MailServer::start(Manners::default()).await;
    let mailer = server.mailer(PLAIN, None);
    let port = server.port;
    drop(server);
    let outcome = send(&mailer).await;
    assert_eq!(outcome.name(), "retry", "{outcome:?} at {port}");
    let error = mailer.check().await.unwrap_err();
    assert!(error.to_string().contains("Check host and port in mail.url"), "{error}");
}

#[tokio::test]
async fn one_logs_in_as_the_server_likes() {
    const LOGIN: &str = "smtp://ada:s%40cret@127.0.0.1:PORT?tls=none";
    let check = async |abilities, expected: &[&str]| {
        let mut server = MailServer::start(Manners { abilities, ..Manners::default() }).await;
        assert_eq!(send(&server.mailer(LOGIN, None)).await.name(), "delivered");
        let seen = server.seen_until("MAIL").await;
        assert_eq!(seen[2..seen.len() - 1], *expected);
    };
    // printf '\0ada\0s@cret' | base64, and so on.
    check(&["AUTH LOGIN PLAIN"], &["1 AUTH PLAIN AGFkYQBzQGNyZXQ="]).await;
    check(&["AUTH LOGIN"], &["1 AUTH LOGIN", "1 YWRh", "1 c0BjcmV0"]).await;
}

#[tokio::test]
async fn a_refused_login_is_for_the_operator_and_shows_no_secret() {
    let auth = "535 5.7.8 ada and s3cret do not match";
    for (abilities, words) in [
        (["AUTH PLAIN"].as_slice(), "the mail server refused the login (535 5.7.8)"),
        (&["AUTH XOAUTH2"], "the mail server offers no login that we know (PLAIN or LOGIN)"),
    ] {
        let mut server = MailServer::start(Manners { auth, abilities, ..Manners::default() }).await;
        let mailer = server.mailer("smtp://ada:s3cret@127.0.0.1:PORT?tls=none", None);
        let outcome = send(&mailer).await;
        assert_eq!((outcome.name(), reason(&outcome)), ("retry", words));
        let error = mailer.check().await.unwrap_err();
        assert!(error.advice.starts_with("Check user and password"), "{error}");
        for shown in [format!("{mailer:?}"), format!("{error:?}"), format!("{outcome:?}")] {
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert!(!server.seen_so_far().iter().any(|line| line.contains("MAIL")));
    }
}

#[tokio::test]
async fn an_international_address_needs_a_server_that_takes_it() {
    let mut message = fired();
    message.reader.address = "ädä@example.org".into();
    let message = Message::AlertFired(Box::new(message));
    for (abilities, outcome) in [(["SMTPUTF8"].as_slice(), "delivered"), (&[], "rejected")] {
        let mut server = MailServer::start(Manners { abilities, ..Manners::default() }).await;
        let found = server.mailer(PLAIN, None).send(&message, time(SENT)).await;
        assert_eq!(found.name(), outcome, "{found:?}");
        let mail = "MAIL FROM:<alerts@example.net> SMTPUTF8";
        let said = server.seen_so_far().iter().any(|line| line.contains(mail));
        assert_eq!(said, outcome == "delivered");
    }
}

#[tokio::test]
async fn a_check_connects_and_sends_nothing() {
    let mut server = MailServer::start(Manners::default()).await;
    let found = server.mailer("smtp://ada:s3cret@127.0.0.1:PORT?tls=none", None).check().await.unwrap();
    let expected = format!("the mail server 127.0.0.1:{} is ready (not encrypted, logged in)", server.port);
    assert_eq!(found, expected);
    assert!(!server.seen_until("QUIT").await.iter().any(|line| line.contains("MAIL")));
}
