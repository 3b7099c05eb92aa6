//! Mails on standard output, for development: the text as its reader sees it, within a frame.

use std::io::Write;

use tokio::task::spawn_blocking;

use super::letter::Letter;
use crate::{Outcome, Rendered};

/// Width of the frame.
const WIDTH: usize = 78;

/// Prints a mail, whole and in one piece.
pub(super) async fn send(letter: &Letter, rendered: &Rendered) -> Outcome {
    let page = page(letter, rendered);
    // A terminal may be slow or stopped; it must not hold up the runtime.
    let printed = spawn_blocking(move || {
        let mut terminal = std::io::stdout().lock();
        terminal.write_all(page.as_bytes()).and_then(|()| terminal.flush())
    })
    .await;
    match printed {
        Ok(Ok(())) => Outcome::delivered("printed"),
        Ok(Err(error)) => Outcome::retry(&format!("cannot print: {error}")),
        Err(_) => Outcome::retry("printing was interrupted"),
    }
}

fn page(letter: &Letter, rendered: &Rendered) -> String {
    let mut page = format!("╭{}\n", "─".repeat(WIDTH));
    let headers = [format!("To: {}", letter.to), format!("Subject: {}", rendered.subject)];
    let lines = headers.iter().map(String::as_str).chain([""]).chain(rendered.text.lines());
    for line in lines {
        page.push_str(format!("│ {line}").trim_end());
        page.push('\n');
    }
    page.push_str(&format!("╰{}\n", "─".repeat(WIDTH)));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_printed_within_a_frame() {
        let letter = Letter {
            delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
            from: "alerts@example.org".parse().unwrap(),
            to: "ada@example.org".parse().unwrap(),
            bytes: Vec::new(),
        };
        let rendered = Rendered {
            subject: "BTCUSDT reached 33,000 · Binance".into(),
            text: "Price  33,000\n\nThis alert is done.\n".into(),
            html: String::new(),
            pictures: Vec::new(),
        };
        let page = page(&letter, &rendered);
        let inner: Vec<_> = page.lines().skip(1).take(6).collect();
        assert_eq!(
            inner,
            [
                "│ To: ada@example.org",
                "│ Subject: BTCUSDT reached 33,000 · Binance",
                "│",
                "│ Price  33,000",
                "│",
                "│ This alert is done.",
            ]
        );
        assert!(page.starts_with("╭──") && page.trim_end().ends_with("──"));
    }
}
