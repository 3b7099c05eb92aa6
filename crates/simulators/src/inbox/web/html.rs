//! A mail's HTML on its own, for the frame in which the page shows it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Site;
use crate::inbox::letter::{Inline, Letter};

/// No script, no request away from this machine, whose simulated shops have pictures; styles only from the mail
/// itself. Links open elsewhere.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; img-src data: http://127.0.0.1:*; frame-ancestors 'self'";

pub(super) async fn show_html(State(site): State<Site>, Path(id): Path<u64>) -> Result<Response, StatusCode> {
    let mail = site.mailbox.mail(id).ok_or(StatusCode::NOT_FOUND)?;
    let html = with_pictures(&mail.letter()).ok_or(StatusCode::NOT_FOUND)?;
    Ok((super::headers("text/html; charset=utf-8", MAIL_POLICY), html).into_response())
}

/// The HTML body with its `cid:` pictures put in, and with links that leave the frame.
fn with_pictures(letter: &Letter) -> Option<String> {
    let html = letter.html.as_ref()?;
    let pictures = letter.inline.iter().filter(|part| part.content_type.starts_with("image/"));
    let html = pictures.fold(html.clone(), |html, picture| {
        html.replace(&format!("cid:{}", picture.content_id), &data_url(picture))
    });
    // Before the document type it would switch the browser to quirks mode.
    let base = "<base target=\"_blank\">";
    Some(match html.find("<head>") {
        Some(place) => {
            let (before, after) = html.split_at(place + "<head>".len());
            format!("{before}{base}{after}")
        }
        None => format!("<!doctype html>{base}{html}"),
    })
}

fn data_url(picture: &Inline) -> String {
    format!("data:{};base64,{}", picture.content_type, BASE64_STANDARD.encode(&picture.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_the_mail_itself() {
        let letter = Letter {
            html: Some("<html><head></head><img src=\"cid:chart@x\"></html>".to_owned()),
            inline: vec![Inline {
                content_id: "chart@x".to_owned(),
                content_type: "image/png".to_owned(),
                bytes: b"\x89PNG".to_vec(),
            }],
            ..Letter::default()
        };
        let shown = with_pictures(&letter).unwrap();
        assert!(shown.contains("src=\"data:image/png;base64,iVBORw==\""), "{shown}");
        assert!(shown.contains("<head><base target=\"_blank\">"), "{shown}");
        assert_eq!(with_pictures(&Letter::default()), None);
    }
}
