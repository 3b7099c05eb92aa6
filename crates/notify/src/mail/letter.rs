//! A message as it travels: headers and both bodies (RFC 5322, MIME), and whom it is from and to.
//!
//! The `Message-ID` is the delivery's own, so that every attempt at a delivery carries the same one and
//! a receiver that got two can tell. Mails of one alert name a common ancestor, made from the alert's
//! id, which makes them one thread.

use std::time::{Duration, SystemTime};

use bellwether_model::{DeliveryId, Timestamp};
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};

use super::dkim::DkimSettings;
use super::quoted::quoted_printable;
use super::returned::DELIVERY_HEADER;
use crate::{Message, Picture, Rendered};

/// A mail, ready to go.
pub(super) struct Letter {
    /// Which delivery it is.
    pub(super) delivery: DeliveryId,
    /// The address of its sender, to which bounces go.
    pub(super) from: Address,
    /// The address that it goes to.
    pub(super) to: Address,
    /// The whole mail, lines ending with CR LF. ASCII, but for addresses that are not.
    pub(super) bytes: Vec<u8>,
}

/// Why no letter can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LetterError {
    /// The receiver's address is none.
    #[error("this is not a mail address")]
    Address,
}

impl Letter {
    /// Writes the letter of a message, and signs it where somebody does.
    pub(super) fn compose(
        message: &Message,
        rendered: &Rendered,
        from: &Mailbox,
        dkim: Option<&DkimSettings>,
        now: Timestamp,
    ) -> Result<Self, LetterError> {
        let to: Address = message.address().parse().map_err(|_| LetterError::Address)?;
        let delivery = message.delivery();
        let domain = from.email.domain();
        let builder = lettre::Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.clone()))
            .date(system_time(now))
            .subject(undecodable(&rendered.subject))
            .message_id(Some(format!("<{delivery}@{domain}>")))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw(DELIVERY_HEADER, &message.first_delivery().to_string()));
        let letter = alert_headers(builder, message, domain)
            .multipart(bodies(delivery, rendered))
            .map_err(|_| LetterError::Address)?;
        let bytes = letter.formatted();
        let bytes = dkim.map(|dkim| dkim.signed(&bytes, now)).unwrap_or(bytes);
        Ok(Self { delivery, from: from.email.clone(), to, bytes })
    }

    /// Whether an address has other characters than ASCII, which not every server takes.
    pub(super) fn is_international(&self) -> bool {
        let [from, to]: [&str; 2] = [self.from.as_ref(), self.to.as_ref()];
        !(from.is_ascii() && to.is_ascii())
    }
}

/// A symbol may look like an encoded word (RFC 2047), which the builder lets through as it is and the
/// reader's program decodes into anything, line breaks included. So it gets to look like none.
fn undecodable(subject: &str) -> String {
    subject.replace("=?", "= ?")
}

/// What mails of an alert have besides: their thread (RFC 5322, 3.6.4), their list (RFC 2919), and how
/// to leave it with one click (RFC 2369 and 8058).
fn alert_headers(builder: MessageBuilder, message: &Message, domain: &str) -> MessageBuilder {
    let builder = match message.alert().map(|alert| format!("<{alert}@{domain}>")) {
        Some(thread) => builder.in_reply_to(thread.clone()).references(thread),
        None => builder,
    };
    let builder = match message {
        Message::AlertFired(_) | Message::Combined(_) | Message::Report(_) => {
            builder.raw_header(raw("List-Id", &format!("Price alerts <alerts.{domain}>")))
        }
        Message::VerifyAddress(_) | Message::Notice(_) => builder,
    };
    match message.unsubscribe().filter(|link| fits_a_header(link)) {
        Some(link) => builder
            .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
        None => builder,
    }
}

/// Whether a link may stand in a header between angle brackets.
fn fits_a_header(link: &str) -> bool {
    link.len() <= 900 && link.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
}

/// A header whose value is ASCII of our own making on one short line, and so stands as it is.
fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

fn bodies(delivery: DeliveryId, rendered: &Rendered) -> MultiPart {
    // Made from the delivery's id, so that two attempts differ in nothing but their times.
    let bodies = MultiPart::alternative()
        .boundary(format!("=_{delivery}"))
        .singlepart(body(ContentType::TEXT_PLAIN, &rendered.text));
    let html = body(ContentType::TEXT_HTML, &rendered.html);
    if rendered.pictures.is_empty() {
        return bodies.singlepart(html);
    }
    // RFC 2387: the HTML, and what it shows.
    let related = MultiPart::related().boundary(format!("=r_{delivery}")).singlepart(html);
    bodies.multipart(
        rendered.pictures.iter().fold(related, |related, shown| related.singlepart(picture(shown))),
    )
}

fn picture(shown: &Picture) -> SinglePart {
    let kind = ContentType::parse("image/png").expect("a type that is known everywhere");
    Attachment::new_inline(shown.id.clone()).body(Body::new(shown.png.clone()), kind)
}

fn body(kind: ContentType, text: &str) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    SinglePart::builder()
        .content_type(kind)
        .body(Body::dangerous_pre_encoded(quoted_printable(text), encoding))
}

fn system_time(now: Timestamp) -> SystemTime {
    let since_epoch = Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    SystemTime::UNIX_EPOCH + since_epoch
}
