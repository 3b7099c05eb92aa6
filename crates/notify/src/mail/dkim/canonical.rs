//! The form in which headers and bodies are signed: `relaxed` (RFC 6376, 3.4.2 and 3.4.4), which servers on the
//! way do not disturb when they fold lines anew or drop blanks at their ends.

use sha2::{Digest as _, Sha256};

/// A header with its line's end: the name in lower case, the value on one line, each run of blanks one blank.
pub(super) fn header(name: &str, value: &[u8]) -> Vec<u8> {
    let mut line = name.trim().to_ascii_lowercase().into_bytes();
    line.push(b':');
    let words = value.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
    line.extend(words.join(&b' '));
    line.extend(b"\r\n");
    line
}

/// The hash of a body: runs of blanks are one blank, those at the ends of lines and empty lines at the end are none.
pub(super) fn body_hash(body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut empty_lines = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line = relaxed_line(line.strip_suffix(b"\n").unwrap_or(line));
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            hash.update(b"\r\n");
        }
        hash.update(&line);
        hash.update(b"\r\n");
    }
    hash.finalize().into()
}

fn relaxed_line(line: &[u8]) -> Vec<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut relaxed = Vec::with_capacity(line.len());
    let mut blank = false;
    for byte in line {
        if matches!(byte, b' ' | b'\t') {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            relaxed.push(b' ');
        }
        relaxed.push(*byte);
    }
    relaxed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376, 3.4.5.
    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(header("A", b" X\r\n"), b"a:X\r\n");
        assert_eq!(header("B ", b" Y\t\r\n\tZ  \r\n"), b"b:Y Z\r\n");
        let relaxed: [u8; 32] = Sha256::digest(b" C\r\nD E\r\n").into();
        assert_eq!(body_hash(b" C \r\nD \t E\r\n\r\n\r\n"), relaxed);
    }

    #[test]
    fn a_body_of_nothing_is_nothing_and_a_missing_line_end_is_added() {
        let empty: [u8; 32] = Sha256::digest(b"").into();
        assert_eq!((body_hash(b""), body_hash(b"\r\n \r\n")), (empty, empty));
        let line: [u8; 32] = Sha256::digest(b"a\r\n\r\nb\r\n").into();
        assert_eq!(body_hash(b"a\r\n\r\nb"), line);
    }
}
