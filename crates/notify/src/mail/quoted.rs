//! Quoted-printable (RFC 2045, 6.7): text of any length and alphabet as short lines of ASCII.
//!
//! The mail builder has an encoder, which took more time than rendering the mail; this one copies whole
//! runs of plain characters, and makes the line ends of mail in the same pass.

/// Characters of an encoded line, the sign of a soft line break not counted.
const LINE_CHARS: usize = 75;

/// The text, encoded. Each line of it ends with CR LF, whichever way it ended before.
pub(super) fn quoted_printable(text: &str) -> Vec<u8> {
    let mut encoder = Encoder { encoded: Vec::with_capacity(text.len() + text.len() / 4), column: 0 };
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                encoder.line(line.strip_suffix('\r').unwrap_or(line).as_bytes());
                encoder.end_line(b"\r\n");
            }
            None => encoder.line(line.as_bytes()),
        }
    }
    encoder.encoded
}

struct Encoder {
    encoded: Vec<u8>,
    /// Characters on the current line.
    column: usize,
}

impl Encoder {
    fn line(&mut self, line: &[u8]) {
        // A blank at the end of a line is lost on the way; it is written as its number.
        let (line, last) = match line.split_last() {
            Some((&blank, line)) if is_blank(blank) => (line, Some(blank)),
            _ => (line, None),
        };
        let mut rest = line;
        while let Some(&byte) = rest.first() {
            let plain = rest.iter().position(|&byte| !is_plain(byte)).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(plain);
            self.plain(run);
            rest = behind;
            if plain == 0 {
                self.number(byte);
                rest = &rest[1..];
            }
        }
        if let Some(blank) = last {
            self.number(blank);
        }
    }

    fn plain(&mut self, mut run: &[u8]) {
        while !run.is_empty() {
            if self.column == LINE_CHARS {
                self.end_line(b"=\r\n");
            }
            let (fits, behind) = run.split_at(run.len().min(LINE_CHARS - self.column));
            self.encoded.extend_from_slice(fits);
            self.column += fits.len();
            run = behind;
        }
    }

    fn number(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        if self.column + 3 > LINE_CHARS {
            self.end_line(b"=\r\n");
        }
        let [high, low] = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        self.encoded.extend_from_slice(&[b'=', high, low]);
        self.column += 3;
    }

    fn end_line(&mut self, end: &[u8]) {
        self.encoded.extend_from_slice(end);
        self.column = 0;
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t') && byte != b'='
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(String::from_utf8(quoted_printable(text)).unwrap(), expected, "{text:?}");
    }

    #[test]
    fn plain_text_stays_and_the_rest_becomes_numbers() {
        check("", "");
        check("plain ~!\n", "plain ~!\r\n");
        check("a\r\nb\n\nc", "a\r\nb\r\n\r\nc");
        check("1 = 1", "1 =3D 1");
        check("ä·🚀", "=C3=A4=C2=B7=F0=9F=9A=80");
        check("a\u{0}\u{7f}\rb", "a=00=7F=0Db");
    }

    #[test]
    fn blanks_at_the_end_of_a_line_survive() {
        check("a \nb\t\nc  ", "a=20\r\nb=09\r\nc =20");
        check(" ", "=20");
    }

    #[test]
    fn long_lines_are_broken_and_no_number_is_torn() {
        let x = "x".repeat(75);
        check(&x, &x);
        check(&format!("{x}y"), &format!("{x}=\r\ny"));
        check(&format!("{x}="), &format!("{x}=\r\n=3D"));
        let x = "x".repeat(73);
        check(&format!("{x}ä"), &format!("{x}=\r\n=C3=A4"));
    }

    #[test]
    fn another_decoder_reads_the_same() {
        let text = "=?=\t \n.\n..\r\n\u{202e}{{ 7*7 }} 币安 ".repeat(40);
        let mail =
            [b"Content-Transfer-Encoding: quoted-printable\r\n\r\n".as_slice(), &quoted_printable(&text)];
        let mail = mail.concat();
        assert!(mail.is_ascii());
        assert!(mail.split(|&byte| byte == b'\n').all(|line| line.len() <= 77));
        let read = mail_parser::MessageParser::default().parse(&mail).unwrap();
        let body = read.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(body.trim_end(), text.replace("\r\n", "\n").trim_end());
    }
}
