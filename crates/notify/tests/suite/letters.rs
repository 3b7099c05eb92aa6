//! Mails as they travel, read back by a parser that is not ours: headers, threads, both bodies; and the
//! directory that they can be written into.

use std::path::Path;

use bellwether_notify::mail::{MailUrl, Patience};
use bellwether_notify::{MailSettings, Mailer, Message, Outcome, Together, render};
use mail_parser::{MessageParser, MimeHeaders};

use super::reports;
use super::samples::{SENT, charted, combined, fired, time, verify};

fn mailer(directory: &Path) -> Mailer {
    Mailer::new(&MailSettings {
        url: MailUrl::Directory(directory.join("mails")),
        from: "Bellwether <alerts@example.net>".into(),
        ca_file: None,
        patience: Patience::DEFAULT,
        dkim: None,
    })
    .unwrap()
}

/// Sends a message into a directory and reads its file.
async fn written(message: &Message, sent: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let outcome = mailer(directory.path()).send(message, time(sent)).await;
    let name = format!("{}.eml", message.delivery());
    let reply = format!("written to {name}");
    assert_eq!(outcome, Outcome::Delivered { reply });
    let files: Vec<_> = std::fs::read_dir(directory.path().join("mails"))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(files, [name.as_str()], "the mail alone, and nothing unfinished");
    std::fs::read(directory.path().join("mails").join(name)).unwrap()
}

fn a_fire() -> Message {
    Message::AlertFired(Box::new(fired()))
}

#[tokio::test]
async fn a_mail_says_who_what_when_and_how_to_leave() {
    let bytes = written(&a_fire(), SENT).await;
    let text = String::from_utf8(bytes.clone()).unwrap();
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    insta::assert_snapshot!(headers.replace("\r\n", "\n"), @r#"
From: Bellwether <alerts@example.net>
To: ada@example.org
Date: Sat, 21 Nov 2026 10:00:00 +0000
Subject: BTCUSDT reached 33,000 (now 33,004.5) =?utf-8?b?wrc=?= Binance
Message-ID: <01940000-0000-7000-8000-00000000000d@example.net>
Auto-Submitted: auto-generated
X-Bellwether-Delivery: 01940000-0000-7000-8000-00000000000d
In-Reply-To: <01940000-0000-7000-8000-00000000000a@example.net>
References: <01940000-0000-7000-8000-00000000000a@example.net>
List-Id: Price alerts <alerts.example.net>
List-Unsubscribe: <https://alerts.example.org/u/t0ken>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_01940000-0000-7000-8000-00000000000d"
"#);

    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("BTCUSDT reached 33,000 (now 33,004.5) · Binance"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("alerts@example.net"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ada@example.org"));
    assert_eq!(mail.message_id(), Some("01940000-0000-7000-8000-00000000000d@example.net"));
    let thread = Some("01940000-0000-7000-8000-00000000000a@example.net");
    assert_eq!(mail.in_reply_to().as_text(), thread);
    assert_eq!(mail.references().as_text(), thread);
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-21T10:00:00Z");
}

#[tokio::test]
async fn both_bodies_arrive_as_they_were_rendered() {
    for message in [a_fire(), Message::VerifyAddress(verify())] {
        let bytes = written(&message, SENT).await;
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let rendered = render(&message, time(SENT));
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), rendered.text.trim_end());
        assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n").trim_end(), rendered.html.trim_end());
        assert_eq!(mail.attachment_count(), 0);
    }
}

#[tokio::test]
async fn a_report_can_be_left_with_one_click_and_stays_in_its_thread() {
    let message = Message::Report(Box::new(reports::message(reports::a_digest())));
    let bytes = written(&message, SENT).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("20 cheapest of 81: gravel bike 56 (1 new, 1 changed)"));
    assert_eq!(mail.references().as_text(), Some("01940000-0000-7000-8000-00000000000a@example.net"));
    let text = String::from_utf8(bytes.clone()).unwrap();
    for header in [
        "List-Id: Price alerts <alerts.example.net>",
        "List-Unsubscribe: <https://alerts.example.org/u/t0ken>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(text.lines().any(|line| line == header), "{header} in {text}");
    }
    let rendered = render(&message, time(SENT));
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n").trim_end(), rendered.html.trim_end());
}

#[tokio::test]
async fn a_chart_travels_within_the_mail_that_shows_it() {
    travels_within(&Message::Report(Box::new(reports::message(reports::insights())))).await;
    travels_within(&Message::AlertFired(Box::new(charted()))).await;

    // Nothing to draw: nothing travels, and nothing is shown.
    let rendered = render(&Message::Report(Box::new(reports::message(reports::a_digest()))), time(SENT));
    assert!(rendered.pictures.is_empty() && !rendered.html.contains("cid:"));
}

async fn travels_within(message: &Message) {
    let bytes = written(message, SENT).await;
    assert!(bytes.is_ascii());
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let rendered = render(message, time(SENT));
    let [picture] = &rendered.pictures[..] else { panic!("{:?}", rendered.pictures.len()) };
    assert!(rendered.html.contains(&format!("src=\"cid:{}\"", picture.id)), "{}", rendered.html);
    let parts: Vec<_> = mail.parts.iter().filter(|part| part.content_id().is_some()).collect();
    let [part] = parts[..] else { panic!("{} parts with an id", parts.len()) };
    assert_eq!(part.content_id(), Some(picture.id.as_str()));
    assert_eq!(part.contents(), picture.png);
    let kind = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
    };
    let kinds: Vec<_> = mail.parts.iter().map(kind).collect();
    assert_eq!(kinds, ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n").trim_end(), rendered.html.trim_end());
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), rendered.text.trim_end());
}

#[tokio::test]
async fn lines_are_short_ascii_and_end_with_cr_lf() {
    let bytes = written(&a_fire(), SENT).await;
    assert!(bytes.is_ascii());
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.lines().all(|line| line.len() <= 998));
}

#[tokio::test]
async fn hostile_words_make_no_header() {
    let hostile = "x\r\nBcc: evil@example.org\r\n\r\n<b>";
    let mut attack = fired();
    attack.alert_name = hostile.into();
    attack.note = hostile.into();
    attack.message = format!("=?utf-8?q?=0D=0ABcc:_evil@example.org?= {{note}} {hostile}");
    attack.instrument = "push:a/=?utf-8?q?=0D=0ABcc:_evil@example.org?=".parse().unwrap();
    attack.evidence.instrument = attack.instrument.clone();
    attack.reader.time_zone = hostile.into();
    attack.links.unsubscribe = Some("https://example.net/u/x>\r\nBcc: evil@example.org".into());
    let bytes = written(&Message::AlertFired(Box::new(attack)), SENT).await;

    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert!(mail.bcc().is_none());
    assert!(mail.header("List-Unsubscribe").is_none(), "a link that fits no header is left out");
    let names: Vec<_> = mail.headers().iter().map(|header| header.name().to_owned()).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Date",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "X-Bellwether-Delivery",
            "In-Reply-To",
            "References",
            "List-ID",
            "MIME-Version",
            "Content-Type",
        ]
    );
    assert!(mail.subject().is_some_and(|subject| !subject.contains(['\r', '\n'])));
}

#[tokio::test]
async fn every_attempt_carries_the_same_id() {
    let id = |bytes: &[u8]| {
        let mail = MessageParser::default().parse(bytes).unwrap();
        mail.message_id().unwrap().to_owned()
    };
    let first = written(&a_fire(), SENT).await;
    let again = written(&a_fire(), "2026-11-21T10:05:00Z").await;
    assert_ne!(first, again, "the time of sending is another");
    assert_eq!(id(&first), id(&again));
}

#[tokio::test]
async fn account_mail_belongs_to_no_list_and_no_thread() {
    let bytes = written(&Message::VerifyAddress(verify()), SENT).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    for absent in ["List-Id", "List-Unsubscribe", "In-Reply-To", "References"] {
        assert!(mail.header(absent).is_none(), "{absent}");
    }
    assert!(mail.header("Auto-Submitted").is_some());
}

#[tokio::test]
async fn what_is_no_address_is_a_dead_target() {
    let directory = tempfile::tempdir().unwrap();
    for wrong in ["", "ada", "ada@", "ada@example.org\r\nBcc: evil@example.org", "a b@example.org"] {
        let mut message = fired();
        message.reader.address = wrong.into();
        let outcome =
            mailer(directory.path()).send(&Message::AlertFired(Box::new(message)), time(SENT)).await;
        assert_eq!(outcome.name(), "dead_target", "{wrong:?}");
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_tried_again_and_said_to_the_operator() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mails"), "a file is in the way").unwrap();
    let mailer = mailer(directory.path());
    assert_eq!(mailer.send(&a_fire(), time(SENT)).await.name(), "retry");
    let error = mailer.check().await.unwrap_err().to_string();
    assert!(error.contains("Name a directory in mail.url"), "{error}");
}

#[tokio::test]
async fn a_check_leaves_nothing_in_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    mailer(directory.path()).check().await.unwrap();
    assert_eq!(std::fs::read_dir(directory.path().join("mails")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_mail_of_several_fires_has_an_id_of_its_own_and_no_thread() {
    let bytes = written(&combined(3, Together::Pace), SENT).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.message_id(), Some("01940000-0000-7000-8000-0000000000cc@example.net"));
    assert!(mail.header("References").is_none() && mail.header("List-Id").is_some());
    assert_eq!(mail.subject(), Some("3 alerts fired between 11:00 and 11:02"));
}
