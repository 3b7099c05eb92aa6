//! What a mail server says: a code of three digits, an enhanced code, and text (RFC 5321, 4.2; RFC 3463).

use std::fmt;

/// An enhanced status code, such as 5.1.1: its subject and detail. Its class is the reply's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enhanced {
    pub(super) subject: u16,
    pub(super) detail: u16,
}

/// The first digit of a reply: what it asks of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Done.
    Done,
    /// Go on.
    GoOn,
    /// Not now.
    NotNow,
    /// No.
    No,
}

/// A reply, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) class: Class,
    pub(super) code: u16,
    pub(super) enhanced: Option<Enhanced>,
    /// The text of each line, without the code.
    pub(super) lines: Vec<String>,
}

/// One line of a reply.
pub(super) struct Line {
    pub(super) code: u16,
    pub(super) is_last: bool,
    pub(super) text: String,
}

impl Line {
    /// Reads a line without its line end: `250-text`, `250 text`, or a bare `250`. The text may be in
    /// any encoding; what is not UTF-8 is replaced. `None` where it is no line of a reply.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (code, rest) = bytes.split_at_checked(3)?;
        if !code.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let is_last = match rest.first() {
            None | Some(b' ') => true,
            Some(b'-') => false,
            Some(_) => return None,
        };
        Some(Self {
            code: code.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')),
            is_last,
            text: String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned(),
        })
    }
}

impl Reply {
    /// The reply of these lines' texts, under one code. `None` where the code means nothing.
    pub(super) fn new(code: u16, lines: Vec<String>) -> Option<Self> {
        let class = match code / 100 {
            2 => Class::Done,
            3 => Class::GoOn,
            4 => Class::NotNow,
            5 => Class::No,
            _ => return None,
        };
        Some(Self { class, code, enhanced: lines.first().and_then(|line| enhanced(code, line)), lines })
    }

    /// The codes alone, where the text is not for everyone: "535 5.7.8".
    pub(super) fn codes(&self) -> String {
        match self.enhanced {
            Some(Enhanced { subject, detail }) => {
                format!("{} {}.{subject}.{detail}", self.code, self.code / 100)
            }
            None => self.code.to_string(),
        }
    }

    /// Whether the server says that it closes the connection.
    pub(super) fn closes(&self) -> bool {
        self.code == 421
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" "))
    }
}

fn enhanced(code: u16, line: &str) -> Option<Enhanced> {
    let mut numbers = line.split_whitespace().next()?.split('.').map(str::parse::<u16>);
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(class)), Some(Ok(subject)), Some(Ok(detail)), None) if class == code / 100 => {
            Some(Enhanced { subject, detail })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_code_and_says_whether_more_come() {
        let check = |bytes: &[u8], expected: Option<(u16, bool, &str)>| {
            let line = Line::read(bytes);
            let line = line.as_ref().map(|line| (line.code, line.is_last, line.text.as_str()));
            assert_eq!(line, expected, "{}", String::from_utf8_lossy(bytes));
        };
        check(b"250-PIPELINING", Some((250, false, "PIPELINING")));
        check(b"250 2.0.0 Ok", Some((250, true, "2.0.0 Ok")));
        check(b"354", Some((354, true, "")));
        check(b"550 Empf\xe4nger unbekannt", Some((550, true, "Empf\u{fffd}nger unbekannt")));
        for wrong in [b"".as_slice(), b"25", b"2x0 no", b"250_no", b"HTTP/1.1 400"] {
            check(wrong, None);
        }
    }

    #[test]
    fn an_enhanced_code_is_of_the_replys_own_class() {
        let check = |code, text: &str, expected: Option<(u16, u16)>| {
            let reply = Reply::new(code, vec![text.to_owned()]).unwrap();
            let read = reply.enhanced.map(|enhanced| (enhanced.subject, enhanced.detail));
            assert_eq!(read, expected, "{code} {text}");
        };
        check(550, "5.1.1 no such user", Some((1, 1)));
        check(550, "5.7.1", Some((7, 1)));
        check(450, "4.2.0 greylisted", Some((2, 0)));
        check(550, "4.1.1 another class", None);
        check(250, "2.0 half", None);
        check(250, "10.0.0.1 an address", None);
        check(550, "", None);
    }

    #[test]
    fn a_code_of_no_class_is_no_reply() {
        for code in [0, 99, 150, 600, 999] {
            assert_eq!(Reply::new(code, vec![]), None);
        }
    }

    #[test]
    fn a_reply_prints_as_it_came_or_its_codes_alone() {
        let reply = Reply::new(550, vec!["5.1.1 <a@b>:".into(), "5.1.1 unknown".into()]).unwrap();
        assert_eq!(reply.to_string(), "550 5.1.1 <a@b>: 5.1.1 unknown");
        assert_eq!(reply.codes(), "550 5.1.1");
    }
}
