//! A message for a chat: one text with the chat's own markup, as long as the chat allows.
//!
//! What is too long is told in less detail, so that no text is cut in the middle of a figure or a tag.

use bellwether_model::Timestamp;
use serde::Serialize;

use super::flavour::Flavour;
use super::notice::NoticeView;
use super::{combined, filled, fired, report};
use crate::Message;

/// A message in words, for a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatText {
    /// One line that says what happened, not escaped.
    pub(crate) subject: String,
    /// The whole message, escaped and marked up.
    pub(crate) text: String,
}

/// What stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Subject and links too.
    Whole,
    /// Neither: the service shows them beside the text.
    Inner,
}

/// A view, and what is shown of it.
#[derive(Serialize)]
struct Shown<T> {
    #[serde(flatten)]
    view: T,
    whole: bool,
}

#[derive(Serialize)]
struct Verify<'a> {
    title: &'static str,
    link: &'a str,
}

/// Puts a message into words for a chat, in as much detail as `fits`; the least detail is taken as it is.
pub(crate) fn chat(
    message: &Message,
    sent_at: Timestamp,
    flavour: Flavour,
    extent: Extent,
    fits: impl Fn(&str) -> bool,
) -> ChatText {
    let whole = extent == Extent::Whole;
    let name = |template: &str| format!("{template}.{}", flavour.name());
    match message {
        Message::AlertFired(alert) => {
            let mut view = fired::view(alert, sent_at);
            let subject = view.subject.clone();
            loop {
                let text = filled(&name("chat"), &Shown { view: &view, whole });
                if fits(&text) || !view.shorten() {
                    return ChatText { subject, text: text.trim().to_owned() };
                }
            }
        }
        Message::Combined(combined) => {
            let mut view = combined::view(combined, sent_at);
            let subject = view.title.clone();
            loop {
                let text = filled(&name("chat_combined"), &Shown { view: &view, whole });
                if fits(&text) || !view.shorten() {
                    return ChatText { subject, text: text.trim().to_owned() };
                }
            }
        }
        Message::Report(message) => {
            let mut view = report::view(message, sent_at).for_chat();
            let subject = view.subject.clone();
            loop {
                let text = filled(&name("chat_report"), &Shown { view: &view, whole });
                if fits(&text) || !view.shorten() {
                    return ChatText { subject, text: text.trim().to_owned() };
                }
            }
        }
        Message::VerifyAddress(verify) => {
            let title = "Confirm that price alerts may be sent here";
            let view = Verify { title, link: &verify.link };
            let text = filled(&name("chat_verify"), &Shown { view, whole });
            ChatText { subject: title.to_owned(), text: text.trim().to_owned() }
        }
        Message::Notice(notice) => {
            let view = NoticeView::of(notice);
            let subject = view.title.clone();
            let text = filled(&name("chat_notice"), &Shown { view, whole });
            ChatText { subject, text: text.trim().to_owned() }
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod reports;
