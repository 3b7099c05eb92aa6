//! Reads text of a known form from front to back, byte by byte: the tool of every venue's fast path.
//!
//! Each step says whether the form holds, and takes what it accepts. Strings come without their escapes
//! being read, because one with an escape is refused: the general readers take it.

use std::str;

/// What is left of a message.
pub(crate) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    /// A message from its beginning.
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Holds where nothing is left.
    #[inline(always)]
    pub(crate) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// This text, and no other.
    #[inline(always)]
    pub(crate) fn literal<const N: usize>(&mut self, text: &[u8; N]) -> Option<()> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        (head == text).then_some(())
    }

    /// The next byte, whatever it is.
    #[inline(always)]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// The text of a string, of the form below and not empty: no field that is read may be.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        str::from_utf8(self.raw_string()?).ok().filter(|text| !text.is_empty())
    }

    /// Passes over a string of no use, of the form below.
    #[inline(always)]
    pub(crate) fn skip_string(&mut self) -> Option<()> {
        self.raw_string().map(drop)
    }

    /// A string after its opening quote, the closing one taken too. Printable ASCII without escapes:
    /// the rest is left to the general reader.
    #[inline(always)]
    fn raw_string(&mut self) -> Option<&'a [u8]> {
        let mut end = 0;
        // Eight bytes at a time while none of them ends the string.
        while let Some(word) = self.rest[end..].first_chunk::<8>() {
            match word::first_unusual(u64::from_le_bytes(*word)) {
                None => end += 8,
                Some(at) => return self.string_of(end + at),
            }
        }
        let tail = self.rest[end..].iter().position(|&byte| !word::is_usual(byte))?;
        self.string_of(end + tail)
    }

    /// The string of this length, if it is a quote that ends it.
    #[inline(always)]
    fn string_of(&mut self, length: usize) -> Option<&'a [u8]> {
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest.strip_prefix(b"\"")?;
        Some(text)
    }

    /// An integer as JSON writes it: no sign, no leading zero, at most 19 digits.
    #[inline(always)]
    pub(crate) fn integer(&mut self) -> Option<u64> {
        let mut value = 0u64;
        let mut length = 0;
        // Eight digits at a time, twice at most: sixteen digits and three more fit the integer.
        while let Some(word) = self.rest[length..].first_chunk::<8>().filter(|_| length < 16)
            && let Some(eight) = word::eight_digits(u64::from_le_bytes(*word))
        {
            value = value * 100_000_000 + eight;
            length += 8;
        }
        while let Some(digit) =
            self.rest.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            if length == 19 {
                return None;
            }
            value = value * 10 + u64::from(digit);
            length += 1;
        }
        let leading_zero = length > 1 && self.rest[0] == b'0';
        if length == 0 || leading_zero {
            return None;
        }
        self.rest = &self.rest[length..];
        Some(value)
    }

    /// A number without sign and exponent, as its text.
    #[inline(always)]
    pub(crate) fn number(&mut self) -> Option<&'a str> {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = digits(self.rest);
        let leading_zero = whole > 1 && self.rest[0] == b'0';
        if whole == 0 || leading_zero {
            return None;
        }
        let length = match self.rest.get(whole) {
            Some(b'.') => match digits(&self.rest[whole + 1..]) {
                0 => return None,
                fraction => whole + 1 + fraction,
            },
            _ => whole,
        };
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        str::from_utf8(text).ok()
    }

    /// `true` or `false`.
    #[inline(always)]
    pub(crate) fn boolean(&mut self) -> Option<()> {
        if self.rest.first() == Some(&b't') { self.literal(b"true") } else { self.literal(b"false") }
    }
}

/// Eight bytes looked at together in one register, the first in its lowest bits.
mod word {
    /// One in every byte.
    const ONES: u64 = u64::MAX / 255;
    const HIGH_BITS: u64 = ONES * 0x80;

    /// A byte that a plain string may hold: printable ASCII, neither quote nor backslash.
    pub(super) fn is_usual(byte: u8) -> bool {
        (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
    }

    /// Where the first byte is that [`is_usual`] denies. Bytes from 0x7f up count as unusual.
    #[inline(always)]
    pub(super) fn first_unusual(word: u64) -> Option<usize> {
        let zero_in = |word: u64| word.wrapping_sub(ONES) & !word & HIGH_BITS;
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGH_BITS;
        let quote = zero_in(word ^ (ONES * 0x22));
        let backslash = zero_in(word ^ (ONES * 0x5c));
        let delete = zero_in(word ^ (ONES * 0x7f));
        // A borrow can mark a byte wrongly only above one that is marked rightly.
        let marks = (word & HIGH_BITS) | below_space | quote | backslash | delete;
        (marks != 0).then(|| marks.trailing_zeros() as usize / 8)
    }

    /// The number that eight digits write, if they are digits.
    #[inline(always)]
    pub(super) fn eight_digits(word: u64) -> Option<u64> {
        let high_nibbles = ONES * 0xf0;
        let threes = ONES * 0x30;
        let digits = word & high_nibbles == threes && word.wrapping_add(ONES * 0x06) & high_nibbles == threes;
        if !digits {
            return None;
        }
        let ones = word - threes;
        // Pairs of digits, then of pairs, then of fours; the earlier digit weighs more.
        let pairs = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
        Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn the_first_unusual_byte_is_found(bytes in any::<[u8; 8]>(), plain in "[ -~]{8}") {
                for bytes in [bytes, plain.as_bytes().try_into().unwrap()] {
                    let found = first_unusual(u64::from_le_bytes(bytes));
                    prop_assert_eq!(found, bytes.iter().position(|&byte| !is_usual(byte)));
                }
            }

            #[test]
            fn eight_digits_are_read_as_they_are_written(number in 0u64..100_000_000, bytes in any::<[u8; 8]>(), near in "[/-:]{8}") {
                let text = format!("{number:08}");
                let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
                prop_assert_eq!(eight_digits(word(text.as_bytes())), Some(number));
                for bytes in [&bytes[..], near.as_bytes()] {
                    let all_digits = bytes.iter().all(u8::is_ascii_digit);
                    prop_assert_eq!(eight_digits(word(bytes)).is_some(), all_digits);
                }
            }
        }
    }
}
