//! Telegram's HTML, Discord's Markdown, and the entities of all that have some.

/// Tags that Telegram knows.
const TAGS: [&str; 14] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-spoiler",
];

/// `&lt;`, `&gt;`, `&amp;`, `&quot;` and numeric entities as what they stand for.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        let (before, behind) = rest.split_at(place);
        out.push_str(before);
        let end = behind.find(';').filter(|&end| end <= 10);
        match end.and_then(|end| Some((entity(&behind[1..end])?, end))) {
            Some((meant, end)) => {
                out.push(meant);
                rest = &behind[end + 1..];
            }
            None => {
                out.push('&');
                rest = &behind[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// The text of HTML as Telegram reads it.
///
/// # Errors
/// What Telegram says of HTML that it cannot read.
pub(super) fn html(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        out.push_str(&unescape(&text[at..start]));
        let Some(length) = text[start..].find('>') else {
            return Err(format!("Unclosed start tag at byte offset {start}"));
        };
        let tag = &text[start + 1..start + length];
        at = start + length + 1;
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                None => return Err(format!("Unexpected end tag at byte offset {start}")),
                Some(last) if last != name => {
                    return Err(format!(
                        "Unmatched end tag at byte offset {start}, expected \"</{last}>\", found \"</{name}>\""
                    ));
                }
                Some(_) => {}
            }
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        if !TAGS.contains(&name) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {start}"));
        }
        open.push(name);
    }
    out.push_str(&unescape(&text[at..]));
    match open.last() {
        Some(last) => Err(format!("Can't find end tag corresponding to start tag \"{last}\"")),
        None => Ok(out),
    }
}

/// The text of Markdown as Discord shows it: a backslash before punctuation makes it plain, what is not
/// plain decorates and is left out, and of links the label is shown.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' if rest.starts_with(|next: char| next.is_ascii_punctuation()) => {
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
            '[' => match rest.split_once("](") {
                Some((label, behind)) => {
                    out.push_str(&markdown(label));
                    rest = behind.split_once(')').map_or("", |(_, after)| after);
                }
                None => out.push(c),
            },
            '*' | '_' | '~' | '`' | '|' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_decorates_unless_it_is_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(markdown(text), expected);
        check(r"**up** \*not\* 1\.5 a\b", "up *not* 1.5 a\\b");
        check(r"[Open\] it](<https://x>) \[a\](b)", "Open] it [a](b)");
    }

    #[test]
    fn html_is_read_or_refused() {
        assert_eq!(html("<b>1 &lt; 2</b> &amp; <a href=\"https://x\">y</a>").as_deref(), Ok("1 < 2 & y"));
        assert_eq!(html("a &#x2f; &#39; &copy; & b").as_deref(), Ok("a / ' &copy; & b"));
        for bad in ["<script>x</script>", "<b>x", "x</b>", "<b><i>x</b></i>", "1 < 2", "<3>"] {
            assert!(html(bad).is_err(), "{bad}");
        }
    }
}
