//! From a message to its subject, its plain text and its HTML: a pure function of the message and the
//! time of sending.
//!
//! The words and numbers are prepared here in Rust; the templates, compiled in, only place them. Every
//! value that stands in HTML is escaped by the template engine; what may not stand on one line is made
//! harmless by `plain` before it gets there. The mail loads nothing from anywhere but the
//! pictures of listings, from where their marketplace keeps them.

mod chart;
pub(crate) mod chat;
pub(crate) mod combined;
mod fired;
pub(crate) mod flavour;
mod happened;
pub(crate) mod notice;
pub(crate) mod own;
mod price_chart;
mod report;
mod times;

use std::sync::LazyLock;

use bellwether_model::Timestamp;
use bellwether_model::product::Report;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use self::flavour::Flavour;
use self::notice::NoticeView;
pub use self::price_chart::PriceChart;
use self::report::ReportView;
use crate::message::VerifyAddress;
use crate::{AlertFired, Message};

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line that says what happened.
    pub subject: String,
    /// The whole message as plain text.
    pub text: String,
    /// The whole message as HTML.
    pub html: String,
    /// The pictures that the HTML shows, which travel with it.
    pub pictures: Vec<Picture>,
}

/// A picture that travels with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its `Content-ID`; the HTML names it as `cid:` and this.
    pub id: String,
    /// A PNG file.
    pub png: Vec<u8>,
}

/// Puts a message into words. `sent_at` is the time of sending, which the message tells besides the
/// times of the trade and of its evaluation.
#[must_use]
pub fn render(message: &Message, sent_at: Timestamp) -> Rendered {
    match message {
        Message::AlertFired(alert) => {
            let view = fired::view(alert, sent_at);
            let pictures = price_chart::picture(alert).into_iter().collect();
            let rendered = fill("fired.txt", "fired.html", view.subject.clone(), &view);
            Rendered { pictures, ..rendered }
        }
        Message::Combined(combined) => {
            let view = combined::view(combined, sent_at);
            fill("combined.txt", "combined.html", view.title.clone(), &view)
        }
        Message::Report(message) => {
            let pictures = report::pictures(message).into_iter().collect();
            Rendered { pictures, ..report(report::view(message, sent_at)) }
        }
        Message::VerifyAddress(verify) => fill(
            "verify.txt",
            "verify.html",
            "Confirm your e-mail address for Bellwether".to_owned(),
            &VerifyView::of(verify),
        ),
        Message::Notice(notice) => {
            let view = NoticeView::of(notice);
            fill("notice.txt", "notice.html", view.title.clone(), &view)
        }
    }
}

/// What happened, in one line: "BTCUSDT reached 33,000 (now 33,004.5)".
pub(crate) fn headline(fired: &AlertFired) -> String {
    crate::plain::line(&happened::headline(&fired.instrument, &fired.condition, &fired.evidence))
}

/// What a report says, in one line: "3 price drops: leica m6".
pub(crate) fn report_subject(report: &Report) -> String {
    report::subject(report)
}

#[derive(Serialize)]
struct VerifyView {
    title: &'static str,
    preview: &'static str,
    address: String,
    link: String,
    delivery: String,
}

impl VerifyView {
    fn of(verify: &VerifyAddress) -> Self {
        Self {
            title: "Confirm your e-mail address",
            preview: "One click, and your alerts reach you here.",
            address: crate::plain::line(&verify.address),
            link: verify.link.clone(),
            delivery: verify.delivery.to_string(),
        }
    }
}

/// Bytes of HTML beyond which the largest mail service hides what follows, and with it the ways to stop.
const HTML_BYTES: usize = 100_000;

/// A report, with as many of its listings as a mail has room for.
fn report(mut view: ReportView) -> Rendered {
    loop {
        let rendered = fill("report.txt", "report.html", view.subject.clone(), &view);
        if rendered.html.len() <= HTML_BYTES || !view.list_fewer() {
            return rendered;
        }
    }
}

fn fill(text: &str, html: &str, subject: String, view: &impl Serialize) -> Rendered {
    Rendered { subject, text: filled(text, view), html: filled(html, view), pictures: Vec::new() }
}

fn filled(template: &str, view: &impl Serialize) -> String {
    TEMPLATES
        .get_template(template)
        .and_then(|template| template.render(Serde(view)))
        .expect("the templates are compiled in, and the tests fill each with every kind of view")
}

/// Width of the column of labels in plain text.
const LABEL_WIDTH: usize = 15;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .expect("the usual delimiters are valid"),
    );
    templates.set_auto_escape_callback(|name| match flavour::escaping(name) {
        Some(escaping) => escaping,
        None if name.ends_with(".txt") => AutoEscape::None,
        None => AutoEscape::Html,
    });
    flavour::install(&mut templates);
    templates.add_filter("column", |label: &str| format!("{label:<LABEL_WIDTH$}"));
    for (name, source) in [
        ("layout.html", include_str!("../templates/layout.html")),
        ("fired.html", include_str!("../templates/fired.html")),
        ("fired.txt", include_str!("../templates/fired.txt")),
        ("combined.html", include_str!("../templates/combined.html")),
        ("combined.txt", include_str!("../templates/combined.txt")),
        ("report.html", include_str!("../templates/report.html")),
        ("report.txt", include_str!("../templates/report.txt")),
        ("verify.html", include_str!("../templates/verify.html")),
        ("verify.txt", include_str!("../templates/verify.txt")),
        ("notice.html", include_str!("../templates/notice.html")),
        ("notice.txt", include_str!("../templates/notice.txt")),
    ] {
        templates.add_template(name, source).expect("the templates are compiled in and parsed by every test");
    }
    for flavour in Flavour::ALL {
        for (name, source) in [
            ("chat", include_str!("../templates/chat")),
            ("chat_combined", include_str!("../templates/chat_combined")),
            ("chat_report", include_str!("../templates/chat_report")),
            ("chat_verify", include_str!("../templates/chat_verify")),
            ("chat_notice", include_str!("../templates/chat_notice")),
        ] {
            templates
                .add_template_owned(format!("{name}.{}", flavour.name()), source)
                .expect("the templates are compiled in and parsed by every test");
        }
    }
    templates
});
