//! What an instrument remembers, as bytes that outlive the process.
//!
//! A count of ticks or steps, then each as differences from the one before: numbers in groups of seven
//! bits, the lowest first, the top bit set where more follow; signed ones folded so that small ones are
//! short. The first byte is the version.

use bellwether_model::Price;

const VERSION: u8 = 1;

/// Bytes that are not what an instrument remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMemory;

impl std::fmt::Display for BadMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("these bytes are not what an instrument remembers of its prices")
    }
}

impl std::error::Error for BadMemory {}

/// Writes numbers.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self(vec![VERSION])
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn number(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.0.push(0x80 | (number & 0x7f) as u8);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.number(count as u128);
    }

    /// An instant as its distance from another.
    pub(crate) fn instant(&mut self, instant: i64, from: i64) {
        let distance = i128::from(instant) - i128::from(from);
        self.number(((distance << 1) ^ (distance >> 127)).cast_unsigned());
    }

    pub(crate) fn price(&mut self, price: Price) {
        let (mantissa, decimals) = price.parts();
        self.number(u128::from(decimals));
        self.number(mantissa);
    }
}

/// Reads what a [`Writer`] wrote.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, BadMemory> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self(rest)),
            _ => Err(BadMemory),
        }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), BadMemory> {
        if self.0.is_empty() { Ok(()) } else { Err(BadMemory) }
    }

    pub(crate) fn number(&mut self) -> Result<u128, BadMemory> {
        let mut number = 0u128;
        for shift in (0..128).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(BadMemory)?;
            self.0 = rest;
            number |= u128::from(byte & 0x7f).checked_shl(shift).ok_or(BadMemory)?;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(BadMemory)
    }

    /// A count of items of which each takes a byte at least.
    pub(crate) fn count(&mut self) -> Result<usize, BadMemory> {
        let count = usize::try_from(self.number()?).map_err(|_| BadMemory)?;
        if count <= self.0.len() { Ok(count) } else { Err(BadMemory) }
    }

    pub(crate) fn instant(&mut self, from: i64) -> Result<i64, BadMemory> {
        let folded = self.number()?;
        let distance = (folded >> 1).cast_signed() ^ -((folded & 1).cast_signed());
        distance.checked_add(i128::from(from)).and_then(|at| i64::try_from(at).ok()).ok_or(BadMemory)
    }

    pub(crate) fn price(&mut self) -> Result<Price, BadMemory> {
        let decimals = u32::try_from(self.number()?).map_err(|_| BadMemory)?;
        let digits = self.number()?;
        Price::from_parts(digits, decimals).map_err(|_| BadMemory)
    }
}
