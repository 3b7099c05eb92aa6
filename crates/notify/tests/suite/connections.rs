//! Many mails and few connections: kept open, shared, replaced when dead, closed when idle.

use std::sync::Arc;
use std::time::Duration;

use bellwether_notify::mail::Patience;
use tokio::task::JoinSet;

use super::mail_server::{MailServer, Manners, send};

const PLAIN: &str = "smtp://127.0.0.1:PORT?tls=none";

fn count(seen: &[String], what: &str) -> usize {
    seen.iter().filter(|line| line.contains(what)).count()
}

#[tokio::test]
async fn mails_follow_each_other_over_one_connection() {
    let mut server = MailServer::start(Manners::default()).await;
    let mailer = server.mailer(PLAIN, None);
    for _ in 0..3 {
        assert_eq!(send(&mailer).await.name(), "delivered");
    }
    let seen = server.seen_so_far();
    assert_eq!((count(&seen, "connected"), count(&seen, "EHLO"), count(&seen, "content")), (1, 1, 3));
}

#[tokio::test]
async fn a_refused_mail_leaves_its_connection_in_order() {
    for abilities in [["PIPELINING"].as_slice(), &[]] {
        let rcpt = "550 5.1.1 nobody here";
        let mut server = MailServer::start(Manners { rcpt, abilities, ..Manners::default() }).await;
        let mailer = server.mailer(PLAIN, None);
        for _ in 0..3 {
            assert_eq!(send(&mailer).await.name(), "dead_target");
        }
        let seen = server.seen_so_far();
        assert_eq!((count(&seen, "connected"), count(&seen, "RSET")), (1, 3));
    }
}

#[tokio::test]
async fn there_are_never_more_connections_than_allowed_and_all_mails_arrive() {
    let mut server = MailServer::start(Manners::default()).await;
    let mailer = Arc::new(server.mailer("smtp://127.0.0.1:PORT?tls=none&connections=3", None));
    let mut senders = JoinSet::new();
    for _ in 0..40 {
        let mailer = Arc::clone(&mailer);
        senders.spawn(async move { send(&mailer).await.name() });
    }
    assert!(senders.join_all().await.iter().all(|&name| name == "delivered"));
    let seen = server.seen_so_far();
    assert_eq!(count(&seen, "content"), 40);
    assert!((1..=3).contains(&count(&seen, "connected")), "{}", count(&seen, "connected"));
}

#[tokio::test]
async fn a_connection_that_died_while_idle_is_replaced_and_nothing_sent_twice() {
    for leaves_after_mail in [Some(""), Some("421 4.4.2 idle for too long")] {
        let mut server = MailServer::start(Manners { leaves_after_mail, ..Manners::default() }).await;
        let mailer = server.mailer(PLAIN, None);
        for number in 1..=3 {
            assert_eq!(send(&mailer).await.name(), "delivered");
            let seen = server.seen_until("closed").await;
            assert_eq!(count(&seen, "content"), 1, "mail {number}: {seen:?}");
        }
        assert_eq!(count(&server.seen_so_far(), "content"), 0);
    }
}

#[tokio::test]
async fn a_connection_that_dies_at_the_first_mail_is_not_dialled_again_at_once() {
    let manners = Manners { hangs_up_at: "MAIL", ..Manners::default() };
    let mut server = MailServer::start(manners).await;
    assert_eq!(send(&server.mailer(PLAIN, None)).await.name(), "retry");
    let seen = server.seen_until("closed").await;
    assert_eq!(count(&seen, "connected"), 1, "{seen:?}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time() {
    let mut server = MailServer::start(Manners::default()).await;
    let idle = Duration::from_millis(20);
    let mailer = server.mailer_with(PLAIN, None, Patience { idle, ..Patience::DEFAULT });
    assert_eq!(send(&mailer).await.name(), "delivered");
    server.seen_until("QUIT").await;
    server.seen_until("closed").await;
    assert_eq!(send(&mailer).await.name(), "delivered");
    assert!(server.seen_until("content").await.contains(&"2 connected".to_owned()));
}

#[tokio::test]
async fn closing_takes_leave() {
    let mut server = MailServer::start(Manners::default()).await;
    let mailer = server.mailer(PLAIN, None);
    assert_eq!(send(&mailer).await.name(), "delivered");
    mailer.close().await;
    server.seen_until("QUIT").await;
}

#[tokio::test]
async fn a_sender_that_gives_up_halfway_leaves_no_half_a_conversation_behind() {
    let mut server = MailServer::start(Manners { is_silent_at: "DATA", ..Manners::default() }).await;
    let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none&connections=1", None);
    tokio::select! {
        outcome = send(&mailer) => panic!("{outcome:?}"),
        seen = server.seen_until("DATA") => assert_eq!(count(&seen, "connected"), 1),
    }
    tokio::select! {
        outcome = send(&mailer) => panic!("{outcome:?}"),
        seen = server.seen_until("DATA") => assert_eq!(count(&seen, "2 connected"), 1, "{seen:?}"),
    }
}
