//! Signatures of mails, verified by a reading of RFC 6376 of its own, which is itself held to the examples of
//! RFC 8463.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bellwether_notify::mail::{DkimKey, DkimSettings, MailUrl, Patience};
use bellwether_notify::{MailSettings, Mailer, Message, Outcome};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::samples::{SENT, fired, time, verify};

const ED25519_KEY: &str = include_str!("keys/dkim-ed25519.pem");
const RSA_KEY: &str = include_str!("keys/dkim-rsa.pem");

/// Of RFC 8463, A.3; the key is that of `keys/dkim-ed25519.pem`.
const EXAMPLE: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n \
Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n\
From: Joe SixPack <joe@football.example.com>\r\n\
To: Suzie Q <suzie@shopping.example.net>\r\n\
Subject: Is dinner ready?\r\n\
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
\r\n\
Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const EXAMPLE_RECORD: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Tags and their values, blanks taken out of the values.
fn tags(text: &str) -> Vec<(String, String)> {
    let tag = |tag: &str| {
        let (name, value) = tag.split_once('=')?;
        Some((name.trim().to_owned(), value.split_whitespace().collect()))
    };
    text.split(';').filter_map(tag).collect()
}

fn tag<'t>(tags: &'t [(String, String)], name: &str) -> &'t str {
    tags.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
}

fn relaxed(text: &str) -> String {
    text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether the first signature of a mail is right, by this record. An error says what is not.
fn check(mail: &str, record: &str) -> Result<Vec<String>, &'static str> {
    let (head, body) = mail.split_once("\r\n\r\n").ok_or("no body")?;
    let unfolded = head.replace("\r\n ", "\u{1} ").replace("\r\n\t", "\u{1}\t");
    let mut headers: Vec<(String, String)> = unfolded
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.replace('\u{1}', "\r\n")))
        .collect();
    let at = headers.iter().position(|(name, _)| name == "dkim-signature").ok_or("not signed")?;
    let (_, own) = headers.remove(at);
    let said = tags(&own);
    if tag(&said, "c") != "relaxed/relaxed" || tag(&said, "v") != "1" {
        return Err("of another form");
    }

    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            let starts = line.starts_with([' ', '\t']);
            let words = relaxed(line);
            if starts && !words.is_empty() { format!(" {words}") } else { words }
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    if BASE64_STANDARD.encode(Sha256::digest(body)) != tag(&said, "bh") {
        return Err("another body");
    }

    let mut signed = String::new();
    let names: Vec<String> = tag(&said, "h").split(':').map(str::to_lowercase).collect();
    for name in &names {
        // From the bottom up; what is not there is nothing.
        if let Some(at) = headers.iter().rposition(|(own, _)| own == name) {
            let (name, value) = headers.remove(at);
            signed.push_str(&format!("{name}:{}\r\n", relaxed(&value)));
        }
    }
    let (before, _) = own.rsplit_once("b=").ok_or("no signature")?;
    signed.push_str(&format!("dkim-signature:{}", relaxed(&format!("{before}b="))));

    let published = tags(record);
    let public = BASE64_STANDARD.decode(tag(&published, "p")).map_err(|_| "no key")?;
    let signature = BASE64_STANDARD.decode(tag(&said, "b")).map_err(|_| "no base64")?;
    let fits = match (tag(&said, "a"), tag(&published, "k")) {
        ("ed25519-sha256", "ed25519") => {
            UnparsedPublicKey::new(&ED25519, public).verify(&Sha256::digest(signed), &signature)
        }
        // The key itself stands behind the 24 bytes that say that it is one of RSA, for 2048 bits.
        ("rsa-sha256", "rsa") => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public[24..])
            .verify(signed.as_bytes(), &signature),
        _ => return Err("another algorithm"),
    };
    fits.map(|()| names).map_err(|_| "forged")
}

fn settings(pem: &str) -> DkimSettings {
    let key: DkimKey = pem.parse().unwrap();
    DkimSettings { domain: "example.net".into(), selector: "bells".into(), key }
}

/// A mail as it is written with this key.
async fn written(message: &Message, key: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&MailSettings {
        url: MailUrl::Directory(directory.path().to_owned()),
        from: "Bellwether <alerts@example.net>".into(),
        ca_file: None,
        patience: Patience::DEFAULT,
        dkim: Some(settings(key)),
    })
    .unwrap();
    assert!(matches!(mailer.send(message, time(SENT)).await, Outcome::Delivered { .. }));
    std::fs::read_to_string(directory.path().join(format!("{}.eml", message.delivery()))).unwrap()
}

#[test]
fn the_verifier_takes_the_example_of_the_specification_and_nothing_else() {
    check(EXAMPLE, EXAMPLE_RECORD).unwrap();
    assert_eq!(check(&EXAMPLE.replace("dinner", "supper"), EXAMPLE_RECORD), Err("forged"));
    assert_eq!(check(&EXAMPLE.replace("game", "match"), EXAMPLE_RECORD), Err("another body"));
}

#[tokio::test]
async fn a_mail_is_signed_with_either_kind_of_key() {
    for key in [ED25519_KEY, RSA_KEY] {
        let (name, record) = settings(key).record();
        assert_eq!(name, "bells._domainkey.example.net");
        for message in [Message::AlertFired(Box::new(fired())), Message::VerifyAddress(verify())] {
            let mail = written(&message, key).await;
            let signed = check(&mail, &record).unwrap_or_else(|error| panic!("{error}: {mail}"));
            assert_eq!(signed.iter().filter(|name| *name == "from").count(), 2, "nobody can add another");
            assert!(mail.lines().all(|line| line.len() <= 998));
            let domain = "d=example.net;\r\n s=bells; t=1795255200;";
            assert!(mail.contains(domain), "{mail}");
        }
    }
    assert_eq!(settings(ED25519_KEY).record().1, EXAMPLE_RECORD);
}

#[tokio::test]
async fn how_to_leave_a_list_is_signed() {
    let mail = written(&Message::AlertFired(Box::new(fired())), ED25519_KEY).await;
    let record = settings(ED25519_KEY).record().1;
    let signed = check(&mail, &record).unwrap();
    for name in ["from", "subject", "list-unsubscribe", "list-unsubscribe-post", "message-id", "list-id"] {
        assert!(signed.iter().any(|own| own == name), "{name}: {signed:?}");
    }
    let line = |name: &str| mail.split("\r\n").find(|line| line.starts_with(name)).unwrap().to_owned();
    for name in ["List-Unsubscribe:", "List-Unsubscribe-Post:", "To:"] {
        let without = mail.replace(&format!("{}\r\n", line(name)), "");
        assert_eq!(check(&without, &record), Err("forged"), "{name}");
    }
    let another = mail.replacen("\r\nFrom:", "\r\nFrom: Eve <eve@example.net>\r\nFrom:", 1);
    assert_eq!(check(&another, &record), Err("forged"));
    assert!(
        check(&mail.replacen("\r\nTo: ada", "\r\nTo:   \r\n ada", 1), &record).is_ok(),
        "folded anew on its way"
    );
}
