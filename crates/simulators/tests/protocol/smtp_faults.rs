//! Every fault of the inbox, as a client meets it.

use std::time::{Duration, Instant};

use bellwether_simulators::inbox::{Action, Fault, Running, Stage};
use tokio::net::TcpStream;

use crate::smtp_client::{Talk, inbox};

const MAIL: &str = "Subject: hello\r\n\r\nbody";

fn order(inbox: &Running, stage: Stage, action: Action, times: Option<u32>) {
    inbox.faults().add(Fault { stage, action, recipient: None, times }).unwrap();
}

fn reply(code: u16) -> Action {
    Action::Reply { code, text: "as ordered".to_owned() }
}

#[tokio::test]
async fn connects_can_be_refused_and_let_in_again() {
    let inbox = inbox().await;
    order(&inbox, Stage::Connect, Action::Drop, None);
    // The system may have completed the handshake before the door is seen to be shut.
    if let Ok(stream) = TcpStream::connect(inbox.smtp_addr()).await {
        assert!(stream.readable().await.is_err() || stream.try_read(&mut [0; 8]).is_err());
    }
    assert_eq!(inbox.faults().refused_connects(), 1);
    inbox.faults().clear();
    Talk::begin(&inbox).await;
}

#[tokio::test]
async fn every_stage_can_refuse() {
    let inbox = inbox().await;
    order(&inbox, Stage::Greeting, reply(554), Some(1));
    assert_eq!(Talk::connect(&inbox).await.reply().await.unwrap().0, 554);
    let mut talk = Talk::connect(&inbox).await;
    assert_eq!(talk.reply().await.unwrap().0, 220);
    for (stage, line) in [
        (Stage::Hello, "EHLO me"),
        (Stage::StartTls, "STARTTLS"),
        (Stage::Mail, "MAIL FROM:<a@x>"),
        (Stage::Recipient, "RCPT TO:<b@x>"),
        (Stage::Data, "DATA"),
    ] {
        order(&inbox, stage, reply(451), Some(1));
        assert_eq!(talk.say(line).await, 451, "{line}");
        if stage != Stage::StartTls {
            assert!(matches!(talk.say(line).await, 250 | 503), "{line}");
        }
    }
    talk.say("RSET").await;
    order(&inbox, Stage::Accept, reply(552), Some(1));
    assert_eq!(talk.send("b@x", MAIL).await, 552);
    assert_eq!(inbox.mailbox().total(), 0);
    assert_eq!(talk.send("b@x", MAIL).await, 250);
    assert!(inbox.faults().list().is_empty());
}

#[tokio::test]
async fn every_stage_can_drop_the_connection() {
    for (stage, replies) in [
        (Stage::Greeting, 0),
        (Stage::Hello, 1),
        (Stage::Mail, 2),
        (Stage::Recipient, 3),
        (Stage::Data, 4),
        (Stage::Accept, 5),
    ] {
        let inbox = inbox().await;
        order(&inbox, stage, Action::Drop, Some(1));
        let mut talk = Talk::connect(&inbox).await;
        let mut heard = 0;
        let mut lines = ["EHLO me", "MAIL FROM:<a@x>", "RCPT TO:<b@x>", "DATA", "hi\r\n."].into_iter();
        while talk.reply().await.is_some() {
            heard += 1;
            if let Some(line) = lines.next() {
                talk.write(&format!("{line}\r\n")).await;
            }
        }
        assert_eq!(heard, replies, "{stage:?}");
        assert_eq!(inbox.mailbox().total(), 0);
    }
}

#[tokio::test]
async fn a_mail_can_be_kept_without_an_answer() {
    let inbox = inbox().await;
    order(&inbox, Stage::Accept, Action::AcceptThenDrop, Some(1));
    assert_eq!(Talk::begin(&inbox).await.send("a@x", MAIL).await, 0);
    assert_eq!(inbox.mailbox().total(), 1);
}

#[tokio::test]
async fn answers_can_be_late() {
    let inbox = inbox().await;
    for stage in [Stage::Recipient, Stage::Accept] {
        order(&inbox, stage, Action::Delay { ms: 60 }, None);
    }
    let mut talk = Talk::begin(&inbox).await;
    let start = Instant::now();
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn faults_can_be_for_some_recipients_only() {
    let inbox = inbox().await;
    let fault = |stage, code, part: &str| Fault {
        stage,
        action: reply(code),
        recipient: Some(part.to_owned()),
        times: None,
    };
    inbox.faults().add(fault(Stage::Recipient, 550, "nobody@")).unwrap();
    inbox.faults().add(fault(Stage::Accept, 451, "@slow.test")).unwrap();
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.send("nobody@x", MAIL).await, 550);
    talk.say("RSET").await;
    assert_eq!(talk.send("a@slow.test", MAIL).await, 451);
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert_eq!(inbox.mails().len(), 1);
}

#[tokio::test]
async fn a_421_is_the_last_word() {
    let inbox = inbox().await;
    order(&inbox, Stage::Mail, reply(421), Some(1));
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.say("MAIL FROM:<a@x>").await, 421);
    assert_eq!(talk.reply().await, None);
}
