//! A mail as its reader sees it: headers decoded, bodies in text, pictures at hand.

use mail_parser::{Address, MessageParser, MessagePart, MimeHeaders, PartType};

/// A parsed mail. What the mail does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// Decoded.
    pub subject: String,
    /// As `Name <address>`, several joined by commas.
    pub from: String,
    /// The header, not the envelope.
    pub to: String,
    /// Without its angle brackets.
    pub message_id: String,
    /// All headers in order, unfolded but not decoded.
    pub headers: Vec<(String, String)>,
    /// The plain text body.
    pub text: Option<String>,
    /// The HTML body.
    pub html: Option<String>,
    /// Parts that the HTML refers to by `cid:`.
    pub inline: Vec<Inline>,
    /// Names of the other parts.
    pub attachments: Vec<String>,
}

/// A picture inside a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Without its angle brackets.
    pub content_id: String,
    /// `image/png`
    pub content_type: String,
    /// Decoded.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// Reads a mail. Whatever is unreadable in it is left empty: an inbox shows what came.
    pub(super) fn read(raw: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(raw) else { return Self::default() };
        let unfold = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = message.text_bodies().find_map(|part| match &part.body {
            PartType::Text(text) => Some(text.clone().into_owned()),
            _ => None,
        });
        let html = message.html_bodies().find_map(|part| match &part.body {
            PartType::Html(html) => Some(html.clone().into_owned()),
            _ => None,
        });
        Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            from: message.from().map(people).unwrap_or_default(),
            to: message.to().map(people).unwrap_or_default(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            headers: message.headers_raw().map(|(name, value)| (name.to_owned(), unfold(value))).collect(),
            text,
            html,
            inline: message.attachments().filter_map(inline).collect(),
            attachments: message.attachments().filter(|part| inline(part).is_none()).map(name_of).collect(),
        }
    }
}

/// The Message-ID alone, without reading the rest.
pub(super) fn message_id(raw: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse_headers(raw)?;
    message.message_id().map(str::to_owned)
}

fn people(address: &Address<'_>) -> String {
    let person = |person: &mail_parser::Addr<'_>| match (person.name(), person.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_owned(),
        (Some(name), None) => name.to_owned(),
        (None, None) => String::new(),
    };
    address.iter().map(person).collect::<Vec<_>>().join(", ")
}

fn inline(part: &MessagePart<'_>) -> Option<Inline> {
    let content_id = part.content_id()?.trim_matches(['<', '>']).to_owned();
    let content_type = part.content_type()?;
    let content_type = format!("{}/{}", content_type.ctype(), content_type.subtype()?);
    Some(Inline { content_id, content_type, bytes: part.contents().to_owned() })
}

fn name_of(part: &MessagePart<'_>) -> String {
    part.attachment_name().unwrap_or("unnamed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: =?utf-8?q?B=C3=A9llwether?= <alerts@bellwether.test>\r\n\
        To: a@example.org,\r\n b@example.org\r\n\
        Subject: =?utf-8?b?QlRDIOKJpSAzMywwMDA=?=\r\n\
        Message-ID: <one@bellwether.test>\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/related; boundary=x\r\n\r\n\
        --x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n\
        --y\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        33,000 =E2=82=AE\r\n\
        --y\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>33,000</b><img src=\"cid:chart\">\r\n--y--\r\n\
        --x\r\nContent-Type: image/png\r\nContent-ID: <chart>\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        iVBORw==\r\n--x--\r\n";

    #[test]
    fn a_mail_is_read_as_its_reader_sees_it() {
        let letter = Letter::read(MAIL.as_bytes());
        assert_eq!(letter.subject, "BTC ≥ 33,000");
        assert_eq!(letter.from, "Béllwether <alerts@bellwether.test>");
        assert_eq!(letter.to, "a@example.org, b@example.org");
        assert_eq!(letter.message_id, "one@bellwether.test");
        assert_eq!(letter.text.unwrap().trim(), "33,000 ₮");
        assert!(letter.html.unwrap().contains("<b>33,000</b>"));
        assert_eq!(letter.headers[1], ("To".to_owned(), "a@example.org, b@example.org".to_owned()));
        assert_eq!(letter.inline[0].content_id, "chart");
        assert_eq!(letter.inline[0].bytes, b"\x89PNG");
    }

    #[test]
    fn whatever_comes_is_shown() {
        for raw in [&b""[..], b"\r\n", b"no header at all", b"Subject: only\r\n", &[0xFF; 64]] {
            let letter = Letter::read(raw);
            assert_eq!(letter.html, None, "{raw:?}");
        }
        assert_eq!(message_id(b"Subject: x\r\nMessage-Id: <7@x>\r\n\r\nbody").as_deref(), Some("7@x"));
    }
}
