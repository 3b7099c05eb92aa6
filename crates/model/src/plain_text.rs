//! Decimals as text, without going through a general formatter: prices stand in every line that a replay
//! prints, in every evidence and every mail.

/// A plain decimal, written from its end.
pub(crate) struct PlainText {
    bytes: [u8; PlainText::MOST],
    start: usize,
}

impl PlainText {
    /// The 39 digits of a 128-bit number, and a point.
    const MOST: usize = 40;

    /// `mantissa / 10^decimals`, with all its decimals, which are at most 38.
    pub(crate) fn new(mantissa: u128, decimals: u32) -> Self {
        let mut text = Self { bytes: [0; Self::MOST], start: Self::MOST };
        let mut rest = mantissa;
        for _ in 0..decimals {
            text.put(take_digit(&mut rest));
        }
        if decimals > 0 {
            text.put(b'.');
        }
        text.put(take_digit(&mut rest));
        while rest > 0 {
            text.put(take_digit(&mut rest));
        }
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.start..]).expect("digits and a point are text")
    }

    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }
}

/// Takes the last digit off a number. Nearly all fit one machine word, which is divided far faster.
#[inline]
fn take_digit(rest: &mut u128) -> u8 {
    let digit;
    if let Ok(short) = u64::try_from(*rest) {
        digit = (short % 10) as u8;
        *rest = u128::from(short / 10);
    } else {
        digit = (*rest % 10) as u8;
        *rest /= 10;
    }
    b'0' + digit
}
