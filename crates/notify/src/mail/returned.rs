//! What comes back of a mail later: a message that it could not be delivered (RFC 3464), or that its reader took it
//! for spam (RFC 5965).
//!
//! Both are mails themselves, made by any server's software, so they are read leniently: line by line, for the few
//! fields that matter, wherever they stand. Which delivery it was is read from the headers of our own mail, which
//! come back with them.

use std::str::FromStr as _;

use bellwether_model::DeliveryId;

use crate::plain;

/// Characters of a reason that are kept.
const REASON_CHARS: usize = 300;
/// The header by which our own mails name their delivery.
pub(super) const DELIVERY_HEADER: &str = "X-Bellwether-Delivery";

/// What came back of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Which delivery it was; of several in one mail the first.
    pub delivery: DeliveryId,
    /// The address that it went to, where that is said.
    pub address: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// In the words of who says so; no control characters.
    pub reason: String,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It could not be delivered, and no other will be.
    Bounced,
    /// It is still tried, or was refused for now.
    Delayed,
    /// Its reader wants no more of them.
    Complained,
}

/// Why a mail says nothing of one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnedError {
    /// None of our headers is in it.
    #[error("names no mail of this service: its headers must be part of it")]
    NotOurs,
    /// It says neither that a mail failed nor that somebody complained.
    #[error("is neither a delivery-status message (RFC 3464) nor a feedback report (RFC 5965)")]
    NoReport,
}

impl Returned {
    /// Reads a mail about one of ours.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(mail: &str) -> Result<Self, ReturnedError> {
        let field = |name: &str| fields(mail).find(|(own, _)| own.eq_ignore_ascii_case(name));
        let value = |name: &str| field(name).map(|(_, value)| value);
        let delivery = fields(mail)
            .filter(|(name, _)| {
                name.eq_ignore_ascii_case(DELIVERY_HEADER) || name.eq_ignore_ascii_case("Message-ID")
            })
            .filter_map(|(name, value)| Some((name, delivery_of(value)?)))
            // The own header says it exactly; a message's id may be that of several deliveries.
            .max_by_key(|(name, _)| name.eq_ignore_ascii_case(DELIVERY_HEADER))
            .map(|(_, id)| id);
        let complaint = value("Feedback-Type");
        let status = value("Status").map(|status| status.split_whitespace().next().unwrap_or_default());
        let (fate, reason) = match (complaint, value("Action"), status) {
            (Some(kind), _, _) => (Fate::Complained, format!("its reader reported a mail ({kind})")),
            (None, Some(action), status) => {
                let failed = action.trim().eq_ignore_ascii_case("failed");
                let for_good = status.is_none_or(|status| status.starts_with('5'));
                let fate = if failed && for_good { Fate::Bounced } else { Fate::Delayed };
                let said =
                    value("Diagnostic-Code").map(|code| code.split_once(';').map_or(code, |(_, said)| said));
                let words: Vec<&str> = status.into_iter().chain(said.map(str::trim)).collect();
                (fate, words.join(" "))
            }
            (None, None, _) => return Err(ReturnedError::NoReport),
        };
        let address =
            ["Original-Recipient", "Final-Recipient", "Original-Rcpt-To"].into_iter().find_map(value);
        Ok(Self {
            delivery: delivery.ok_or(ReturnedError::NotOurs)?,
            address: address.map(|text| bare(text).to_owned()).filter(|text| text.contains('@')),
            fate,
            reason: plain::bounded_line(&reason, REASON_CHARS),
        })
    }
}

/// `rfc822; ada@example.org` and `<ada@example.org>` without what stands around the address.
fn bare(text: &str) -> &str {
    let address = text.split_once(';').map_or(text, |(_, address)| address);
    address.trim().trim_matches(['<', '>'])
}

/// The id in `<id@domain>`, or the id itself.
fn delivery_of(value: &str) -> Option<DeliveryId> {
    let id = value.trim().trim_matches(['<', '>']);
    DeliveryId::from_str(id.split('@').next().unwrap_or(id)).ok()
}

/// Lines of the form `Name: value`, in all parts of a mail. A value that goes on over further lines is cut there,
/// which the fields asked for bear.
fn fields(mail: &str) -> impl Iterator<Item = (&str, &str)> {
    mail.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_name.then_some((name, value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNCE: &str = include_str!("../../tests/suite/returned/bounce.eml");
    const COMPLAINT: &str = include_str!("../../tests/suite/returned/complaint.eml");

    fn id(text: &str) -> DeliveryId {
        text.parse().unwrap()
    }

    #[test]
    fn a_bounce_says_which_delivery_to_whom_and_why() {
        let expected = Returned {
            delivery: id("01940000-0000-7000-8000-00000000000d"),
            address: Some("ada@example.org".into()),
            fate: Fate::Bounced,
            reason: "5.1.1 550 5.1.1 <ada@example.org>: no such user".into(),
        };
        assert_eq!(Returned::read(BOUNCE), Ok(expected.clone()));
        assert_eq!(Returned::read(&BOUNCE.replace('\n', "\r\n")), Ok(expected));
    }

    #[test]
    fn what_is_refused_for_now_is_no_bounce() {
        let fate = |mail: &str| Returned::read(mail).unwrap().fate;
        assert_eq!(fate(&BOUNCE.replace("Action: failed", "Action: delayed")), Fate::Delayed);
        assert_eq!(fate(&BOUNCE.replace("Status: 5.1.1", "Status: 4.2.2 (full)")), Fate::Delayed);
        assert_eq!(fate(&BOUNCE.replace("Action: failed", "action: FAILED")), Fate::Bounced);
    }

    #[test]
    fn a_complaint_is_one() {
        let returned = Returned::read(COMPLAINT).unwrap();
        assert_eq!(returned.fate, Fate::Complained);
        assert_eq!(returned.delivery, id("01940000-0000-7000-8000-00000000000d"));
        assert_eq!(returned.address.as_deref(), Some("ada@example.org"));
    }

    #[test]
    fn the_header_of_ours_counts_more_than_the_messages_id() {
        let several = BOUNCE.replace(
            "X-Bellwether-Delivery: 01940000-0000-7000-8000-00000000000d",
            "X-Bellwether-Delivery: 01940000-0000-7000-8000-0000000000aa",
        );
        assert_eq!(Returned::read(&several).unwrap().delivery, id("01940000-0000-7000-8000-0000000000aa"));
        let without = BOUNCE.replace("X-Bellwether-Delivery:", "X-Other:");
        assert_eq!(Returned::read(&without).unwrap().delivery, id("01940000-0000-7000-8000-00000000000d"));
    }

    #[test]
    fn what_says_nothing_of_ours_is_refused() {
        let foreign = BOUNCE.replace("01940000-0000-7000-8000-00000000000d", "1");
        assert_eq!(Returned::read(&foreign), Err(ReturnedError::NotOurs));
        for mail in ["", "Subject: hello\n\nAction without a colon", "Message-ID: <x@y>\n\nhi"] {
            assert_eq!(Returned::read(mail), Err(ReturnedError::NoReport), "{mail}");
        }
        let hostile = BOUNCE.replace("no such user", "\u{202e}\u{7}<script>");
        assert!(!Returned::read(&hostile).unwrap().reason.contains(char::is_control));
    }
}
