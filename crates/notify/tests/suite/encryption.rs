//! Mails are sent over verified TLS, or not at all.

use bellwether_notify::Outcome;

use super::certificates::vouched_for;
use super::mail_server::{MailServer, Manners, send};

/// Nothing of a mail may have been said.
fn nothing_was_sent(server: &mut MailServer) {
    let seen = server.seen_so_far();
    assert!(!seen.iter().any(|line| line.contains("MAIL") || line.contains("AUTH")), "{seen:?}");
}

fn refused(outcome: Outcome, why: &str) {
    let Outcome::Retry { reason, ambiguous: false, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains(why), "{reason}");
}

#[tokio::test]
async fn tls_from_the_first_byte_with_a_certificate_that_is_vouched_for() {
    let vouched = vouched_for("localhost");
    let manners = Manners { tls: Some(vouched.acceptor), implicit_tls: true, ..Manners::default() };
    let mut server = MailServer::start(manners).await;
    let mailer = server.mailer("smtps://ada:s3cret@localhost:PORT", Some(vouched.ca_file.path()));
    assert_eq!(send(&mailer).await.name(), "delivered");
    let seen = server.seen_until("content").await;
    assert!(!seen.iter().any(|line| line.contains("STARTTLS")), "{seen:?}");
    let found = mailer.check().await.unwrap();
    assert!(found.ends_with("is ready (TLSv1_3, logged in)"), "{found}");
}

#[tokio::test]
async fn starttls_and_everything_said_before_it_is_asked_again() {
    let vouched = vouched_for("localhost");
    let manners = Manners {
        tls: Some(vouched.acceptor),
        // In the clear it offers no login; that counts no longer within.
        abilities: &["STARTTLS"],
        ..Manners::default()
    };
    let mut server = MailServer::start(manners).await;
    let mailer = server.mailer("smtp://ada:s3cret@localhost:PORT?tls=required", Some(vouched.ca_file.path()));
    assert_eq!(send(&mailer).await.name(), "delivered");
    let seen = server.seen_until("MAIL").await;
    let ehlo = "1 EHLO [127.0.0.1]";
    assert_eq!(seen[1..4], [ehlo, "1 STARTTLS", ehlo]);
}

#[tokio::test]
async fn an_unknown_authority_and_another_hosts_certificate_are_refused() {
    for implicit_tls in [true, false] {
        let scheme = if implicit_tls { "smtps" } else { "smtp" };
        let url = format!("{scheme}://ada:s3cret@localhost:PORT");
        for (name, vouches, why) in
            [("localhost", false, "UnknownIssuer"), ("mail.example.org", true, "not valid for name")]
        {
            let vouched = vouched_for(name);
            let manners = Manners {
                tls: Some(vouched.acceptor),
                abilities: &["STARTTLS"],
                implicit_tls,
                ..Manners::default()
            };
            let mut server = MailServer::start(manners).await;
            let mailer = server.mailer(&url, vouches.then(|| vouched.ca_file.path()));
            refused(send(&mailer).await, why);
            let error = mailer.check().await.unwrap_err();
            assert!(error.advice.contains("outgoing.ca_file"), "{error}");
            nothing_was_sent(&mut server);
        }
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing_where_it_is_required() {
    let mut server = MailServer::start(Manners::default()).await;
    let mailer = server.mailer("smtp://ada:s3cret@localhost:PORT?tls=required", None);
    refused(send(&mailer).await, "offers no STARTTLS");
    nothing_was_sent(&mut server);
}

#[tokio::test]
async fn on_this_machine_starttls_is_used_where_offered() {
    let vouched = vouched_for("localhost");
    let manners = Manners { tls: Some(vouched.acceptor), abilities: &["STARTTLS"], ..Manners::default() };
    let mut server = MailServer::start(manners).await;
    let mailer = server.mailer("smtp://localhost:PORT", Some(vouched.ca_file.path()));
    assert_eq!(send(&mailer).await.name(), "delivered");
    assert!(server.seen_until("MAIL").await.contains(&"1 STARTTLS".to_owned()));

    let plain = MailServer::start(Manners::default()).await;
    assert_eq!(send(&plain.mailer("smtp://localhost:PORT", None)).await.name(), "delivered");
}

#[tokio::test]
async fn what_is_slipped_in_before_the_encryption_is_not_believed() {
    let vouched = vouched_for("localhost");
    let manners = Manners {
        tls: Some(vouched.acceptor),
        abilities: &["STARTTLS"],
        injected: "\r\n250-evil.example\r\n250 AUTH PLAIN",
        ..Manners::default()
    };
    let mut server = MailServer::start(manners).await;
    let mailer = server.mailer("smtp://ada:s3cret@localhost:PORT", Some(vouched.ca_file.path()));
    refused(send(&mailer).await, "bytes that were not encrypted");
    nothing_was_sent(&mut server);
}
