//! SMTP as a client meets it.

use std::time::Duration;

use bellwether_simulators::inbox::{Credentials, Inbox, InboxConfig, Keep};

use crate::client::PATIENCE;
use crate::smtp_client::{Talk, config, encrypt, inbox};

const MAIL: &str = "Subject: hello\r\nMessage-ID: <1@x>\r\n\r\nbody";

#[tokio::test]
async fn a_mail_arrives_as_it_was_sent() {
    let inbox = inbox().await;
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.send("a@example.org", "Subject: dots\r\n\r\n..\r\n..two\r\nno.dot").await, 250);
    inbox.wait_for(1, PATIENCE).await.unwrap();
    let mails = inbox.mails();
    assert_eq!(mails[0].envelope_from, "alerts@bellwether.test");
    assert_eq!(mails[0].envelope_to, ["a@example.org"]);
    assert_eq!(mails[0].raw, b"Subject: dots\r\n\r\n.\r\n.two\r\nno.dot\r\n");
    assert_eq!(mails[0].letter().subject, "dots");
    assert!(!mails[0].encrypted);
    assert_eq!(talk.say("QUIT").await, 221);
    assert_eq!(talk.reply().await, None);
}

#[tokio::test]
async fn what_is_on_offer_is_said() {
    let inbox = inbox().await;
    let mut talk = Talk::connect(&inbox).await;
    talk.reply().await.unwrap();
    talk.write("EHLO me\r\n").await;
    let (_, lines) = talk.reply().await.unwrap();
    for offer in ["PIPELINING", "8BITMIME", "SMTPUTF8", "STARTTLS", "SIZE 26214400"] {
        assert!(lines.iter().any(|line| line == offer), "{offer}: {lines:?}");
    }
    assert!(!lines.iter().any(|line| line.starts_with("AUTH")));
}

#[tokio::test]
async fn commands_may_come_all_at_once() {
    let inbox = inbox().await;
    let mut talk = Talk::begin(&inbox).await;
    talk.write("MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nRCPT TO:<bad>\r\nRCPT TO:<b@x>\r\nDATA\r\n").await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(talk.reply().await.unwrap().0);
    }
    assert_eq!(codes, [250, 250, 553, 250, 354]);
    talk.write("hi\r\n.\r\nRSET\r\nQUIT\r\n").await;
    for code in [250, 250, 221] {
        assert_eq!(talk.reply().await.unwrap().0, code);
    }
    assert_eq!(inbox.mails()[0].envelope_to, ["a@x", "b@x"]);
}

#[tokio::test]
async fn only_a_dot_between_whole_line_ends_ends_a_mail() {
    let inbox = inbox().await;
    let mut talk = Talk::begin(&inbox).await;
    talk.say("MAIL FROM:<>").await;
    talk.say("RCPT TO:<a@x>").await;
    talk.say("DATA").await;
    talk.write("one\n.\nMAIL FROM:<evil@x>\r\n.\nstill\r\n.\r\n").await;
    assert_eq!(talk.reply().await.unwrap().0, 250);
    assert_eq!(inbox.mails()[0].raw, b"one\n.\nMAIL FROM:<evil@x>\r\n\nstill\r\n");
    assert_eq!(inbox.mailbox().total(), 1);
}

#[tokio::test]
async fn starttls_encrypts_and_forgets_what_was_said_in_the_clear() {
    let inbox = inbox().await;
    let talk = Talk::begin(&inbox).await;
    let mut talk = encrypt(&inbox, talk).await;
    assert_eq!(talk.say("MAIL FROM:<>").await, 503);
    talk.write("EHLO again\r\n").await;
    let (_, lines) = talk.reply().await.unwrap();
    assert!(!lines.iter().any(|line| line == "STARTTLS"));
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert!(inbox.mails()[0].encrypted);
}

#[tokio::test]
async fn tls_may_stand_from_the_first_byte() {
    let any_port = "127.0.0.1:0".parse().unwrap();
    let inbox = Inbox::start(InboxConfig { smtps_address: Some(any_port), ..config() }).await.unwrap();
    let mut talk = Talk::connect_tls(&inbox).await;
    assert_eq!(talk.reply().await.unwrap().0, 220);
    assert_eq!(talk.say("EHLO me").await, 250);
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert_eq!(talk.say("STARTTLS").await, 503);
}

#[tokio::test]
async fn who_must_log_in_can() {
    let credentials = Credentials { user: "bell".to_owned(), password: "wether".to_owned() };
    assert_eq!(format!("{credentials:?}"), r#"Credentials { user: "bell", .. }"#);
    let inbox = Inbox::start(InboxConfig { credentials: Some(credentials), ..config() }).await.unwrap();
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.say("AUTH PLAIN AGJlbGwAd2V0aGVy").await, 538);
    assert_eq!(talk.say("MAIL FROM:<>").await, 530);
    let mut talk = encrypt(&inbox, talk).await;
    talk.say("EHLO me").await;
    assert_eq!(talk.say("AUTH PLAIN AGJlbGwAd3Jvbmc=").await, 535);
    assert_eq!(talk.say("AUTH PLAIN ???").await, 501);
    assert_eq!(talk.say("AUTH CRAM-MD5").await, 504);
    assert_eq!(talk.say("AUTH PLAIN").await, 334);
    assert_eq!(talk.say("AGJlbGwAd2V0aGVy").await, 235);
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert_eq!(inbox.mails()[0].user.as_deref(), Some("bell"));
}

#[tokio::test]
async fn login_works_too_and_in_the_clear_where_that_is_wanted() {
    let credentials = Some(Credentials { user: "bell".to_owned(), password: "wether".to_owned() });
    let inbox = Inbox::start(InboxConfig { credentials, auth_needs_tls: false, ..config() }).await.unwrap();
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.say("AUTH LOGIN").await, 334);
    assert_eq!(talk.say("YmVsbA==").await, 334);
    assert_eq!(talk.say("d2V0aGVy").await, 235);
}

#[tokio::test]
async fn limits_are_kept() {
    let small = InboxConfig { largest_mail: 100, most_recipients: 2, most_sessions: 1, ..config() };
    let inbox = Inbox::start(small).await.unwrap();
    let mut talk = Talk::begin(&inbox).await;
    let mut other = Talk::connect(&inbox).await;
    assert_eq!(other.reply().await.unwrap().0, 421);
    assert_eq!(talk.say("MAIL FROM:<a@x> SIZE=101").await, 552);
    assert_eq!(talk.send("a@x", &"x".repeat(200)).await, 552);
    assert_eq!(talk.say("MAIL FROM:<a@x> SIZE=50").await, 250);
    for (to, code) in [("a@x", 250), ("b@x", 250), ("c@x", 452)] {
        assert_eq!(talk.say(&format!("RCPT TO:<{to}>")).await, code);
    }
    assert_eq!(talk.say("RSET").await, 250);
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert_eq!(inbox.mailbox().total(), 1);
}

#[tokio::test]
async fn a_client_that_only_makes_mistakes_or_says_nothing_is_left() {
    let inbox = Inbox::start(InboxConfig { idle: Duration::from_millis(50), ..config() }).await.unwrap();
    let mut silent = Talk::begin(&inbox).await;
    assert_eq!(silent.reply().await.unwrap().0, 421);
    let mut endless = Talk::begin(&inbox).await;
    endless.write(&"x".repeat(5_000)).await;
    assert_eq!(endless.reply().await.unwrap().0, 421);
    let mut confused = Talk::begin(&inbox).await;
    confused.write(&"WHAT\r\n".repeat(21)).await;
    for _ in 0..20 {
        assert_eq!(confused.reply().await.unwrap().0, 500);
    }
    assert_eq!(confused.reply().await.unwrap().0, 421);
    assert_eq!(confused.reply().await, None);
}

#[tokio::test]
async fn many_senders_are_all_heard() {
    let inbox = Inbox::start(InboxConfig { keep: Keep::CountsOnly, ..config() }).await.unwrap();
    let sender = async |sender: u32| {
        let mut talk = Talk::begin(&inbox).await;
        for mail in 0..100 {
            let text = format!("Message-ID: <{sender}.{mail}@x>\r\n\r\nhi");
            assert_eq!(talk.send(&format!("{sender}@x"), &text).await, 250);
        }
    };
    tokio::join!(sender(0), sender(1), sender(2), sender(3));
    let counts = inbox.mailbox().counts();
    assert_eq!((counts.total, counts.by_message_id.len()), (400, 400));
    assert_eq!(counts.by_recipient["3@x"], 100);
    assert!(inbox.mails().is_empty());
    inbox.stop().await;
}
