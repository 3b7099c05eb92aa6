//! Text from people and from other systems, made harmless for one line or for a paragraph.
//!
//! Escaping for HTML and encoding of headers are not done here: the templates and the mail builder do
//! that. This takes out what neither would: line breaks where there may be none, control characters,
//! and the marks that turn the direction of writing and so make a text read other than it is.

/// The text on one line, every run of blanks and controls one space.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|&c| !turns_writing(c)));
    }
    line
}

/// The text on one line of at most so many characters, an ellipsis in the place of what is cut.
pub(crate) fn bounded_line(text: &str, most: usize) -> String {
    let line = line(text);
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The lines of a text, blank ones at its ends left out.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.trim()
        .lines()
        .map(|line| {
            line.chars()
                .filter(|&c| !turns_writing(c))
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect::<String>()
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// The marks of Unicode that override or embed a direction of writing.
fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_breaks_controls_or_turned_writing() {
        let check = |text: &str, expected: &str| assert_eq!(line(text), expected);
        check("plain", "plain");
        check("a\r\nBcc: evil@example.org\r\n\r\nbody", "a Bcc: evil@example.org body");
        check("  a \t b\u{0}\u{7f}c\u{85}\u{2028}d  ", "a b c d");
        check("pay \u{202e}tnuocca", "pay tnuocca");
        check("\r\n", "");
        check("Grüße 币安 🚀", "Grüße 币安 🚀");
    }

    #[test]
    fn a_cut_line_ends_with_an_ellipsis() {
        assert_eq!(bounded_line("abcdef", 6), "abcdef");
        assert_eq!(bounded_line("abcdefg", 6), "abcde…");
    }

    #[test]
    fn a_paragraph_keeps_its_lines() {
        assert_eq!(lines("\r\n a\r\n\r\nb\u{1b}[31m\n"), ["a", "", "b [31m"]);
        assert!(lines(" \n ").is_empty());
    }
}
