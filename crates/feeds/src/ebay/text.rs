//! Strangers' texts made fit to be kept: no control characters, nothing that turns the direction of writing,
//! not too long. Escaping is for whoever shows them.

use super::limits;

/// The words of a text with single blanks between them, cut to so many characters.
pub(super) fn clean(text: &str, most_chars: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(most_chars * 2));
    let (mut chars, mut is_between) = (0, false);
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            is_between = chars > 0;
            continue;
        }
        if is_invisible(letter) {
            continue;
        }
        let needed = 1 + usize::from(is_between);
        if chars + needed > most_chars {
            break;
        }
        if is_between {
            clean.push(' ');
        }
        clean.push(letter);
        chars += needed;
        is_between = false;
    }
    clean
}

/// Marks that turn the direction of writing, and blanks of no width but for the one that joins pictures.
const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// An address that may be linked to: `http` or `https`, not too long, and without what eBay adds to it for its
/// own statistics, which is different each time.
pub(super) fn address(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let visible = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte));
    if !visible || rest.starts_with(['/', '?', '#']) || rest.is_empty() || text.len() > limits::ADDRESS_BYTES
    {
        return None;
    }
    // A name before the host, as in `https://ebay.com@elsewhere/`, misleads whoever reads it.
    let host = rest.split(['/', '?', '#']).next()?;
    if host.contains('@') {
        return None;
    }
    let Some((path, query)) = text.split_once('?') else { return Some(text.to_owned()) };
    let is_statistics = |part: &&str| part.starts_with("hash=") || part.starts_with("amdata=");
    let kept: Vec<_> = query.split('&').filter(|part| !is_statistics(part)).collect();
    Some(if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_become_one_line_of_visible_characters() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text, 20), expected, "{text:?}");
        check("  Leica \t M6\r\nBcc: x ", "Leica M6 Bcc: x");
        check("a\u{0}b\u{7}\u{202e}c\u{200b}", "a b c");
        check("\u{1f468}\u{200d}\u{1f680} Kamera für Öl", "\u{1f468}\u{200d}\u{1f680} Kamera für Öl");
        check("<b>&amp;</b>", "<b>&amp;</b>");
        check("", "");
        check("\u{0}\u{0}", "");
        check("123456789 123456789 123", "123456789 123456789");
        check(&"x".repeat(30), &"x".repeat(20));
    }

    #[test]
    fn only_plain_addresses_are_kept() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(address(text).as_deref(), expected, "{text:?}");
        check("https://www.ebay.com/itm/1", Some("https://www.ebay.com/itm/1"));
        check(
            "https://www.ebay.com/itm/1?hash=item4d:g:X&amdata=enc%3AA",
            Some("https://www.ebay.com/itm/1"),
        );
        check("https://www.ebay.com/itm/1?hash=a&var=543", Some("https://www.ebay.com/itm/1?var=543"));
        check("http://127.0.0.1:80/itm/v1%7C1%7C0", Some("http://127.0.0.1:80/itm/v1%7C1%7C0"));
        for bad in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "//ebay.com/x",
            "https://",
            "https:///x",
            "https://ebay.com@elsewhere.example/",
            "https://ebay.com/\"onclick",
            "https://ebay.com/a b",
            "https://ebay.com/\u{202e}",
            "HTTPS://ebay.com/",
        ] {
            check(bad, None);
        }
        check(&format!("https://ebay.com/{}", "x".repeat(3_000)), None);
    }

    proptest! {
        #[test]
        fn a_clean_text_is_clean_and_stays_so(text in "\\PC{0,40}|[ \\x00-\\x7f]{0,40}", most in 1usize..30) {
            let once = clean(&text, most);
            prop_assert!(once.chars().count() <= most);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(clean(&once, most), once.clone());
        }
    }
}
