//! Ticks as CSV: `instrument,price,time_us,id`, the id possibly empty, the header line optional.
//!
//! The fields are those of plain numbers and instrument names, in which neither quotes nor commas stand,
//! so that a line is split at its commas and nothing is unquoted or copied.

use bellwether_model::{Price, Timestamp};

use super::fault::{LineFault, Place};
use super::instruments::{InstrumentIndex, Instruments};
use super::lines::{Lines, Source};

const HEADER: &[u8] = b"instrument,price,time_us,id";
/// Longer than any line of these four fields.
const LINE_BYTES: usize = 512;

/// One line of a tick file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) instrument: InstrumentIndex,
    pub(super) price: Price,
    pub(super) time: Timestamp,
    pub(super) id: Option<u64>,
}

/// The rows of one file, in its order.
pub(super) struct TickFile {
    lines: Lines,
    /// The instrument of the line before, which is most often that of the next one.
    last: Option<(Box<[u8]>, InstrumentIndex)>,
}

impl TickFile {
    pub(super) fn open(source: &Source) -> anyhow::Result<Self> {
        Ok(Self { lines: source.lines(LINE_BYTES)?, last: None })
    }

    /// The next row; absent after the last.
    pub(super) fn read(&mut self, instruments: &mut Instruments) -> Result<Option<Row>, LineFault> {
        loop {
            let is_first = self.lines.place().line == 0;
            let Some(line) = self.lines.read()? else {
                return Ok(None);
            };
            if line.is_empty() || (is_first && line == HEADER) {
                continue;
            }
            let row = read_row(line, &mut self.last, instruments);
            return row.map(Some).map_err(|what| self.lines.fault(what));
        }
    }

    /// The line of the row read last.
    pub(super) fn place(&self) -> &Place {
        self.lines.place()
    }
}

fn read_row(
    line: &[u8],
    last: &mut Option<(Box<[u8]>, InstrumentIndex)>,
    instruments: &mut Instruments,
) -> Result<Row, String> {
    let mut fields = line.split(|&byte| byte == b',');
    let all = (fields.next(), fields.next(), fields.next(), fields.next());
    let (Some(instrument), Some(price), Some(time), Some(id)) = all else {
        return Err("has fewer than the four fields instrument,price,time_us,id".to_owned());
    };
    if fields.next().is_some() {
        return Err("has more than the four fields instrument,price,time_us,id".to_owned());
    }
    Ok(Row {
        instrument: read_instrument(instrument, last, instruments)?,
        price: read_price(price, instrument.starts_with(b"uphold:"))?,
        time: read_time(time)?,
        id: read_id(id)?,
    })
}

fn read_instrument(
    text: &[u8],
    last: &mut Option<(Box<[u8]>, InstrumentIndex)>,
    instruments: &mut Instruments,
) -> Result<InstrumentIndex, String> {
    match last {
        Some((known, index)) if **known == *text => Ok(*index),
        _ => {
            let index =
                instruments.named(text).map_err(|error| format!("instrument '{}' {error}", shown(text)))?;
            *last = Some((text.into(), index));
            Ok(index)
        }
    }
}

/// Quotes, and the middle between two of them, have more decimals than other ticks.
fn read_price(text: &[u8], are_quotes: bool) -> Result<Price, String> {
    std::str::from_utf8(text)
        .map_err(|_| "is not a plain decimal".to_owned())
        .and_then(|text| {
            let price = text.parse::<Price>();
            let price = if are_quotes { price } else { price.and_then(Price::written) };
            price.map_err(|error| format!("{error}"))
        })
        .map_err(|error| format!("price '{}' {error}", shown(text)))
}

fn read_time(text: &[u8]) -> Result<Timestamp, String> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    digits_of(digits)
        .and_then(|magnitude| {
            let before_epoch = digits.len() < text.len();
            if before_epoch { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
        })
        .map(Timestamp::from_micros)
        .ok_or_else(|| format!("time_us '{}' is not a whole number of microseconds", shown(text)))
}

fn read_id(text: &[u8]) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match digits_of(text) {
        Some(id) => Ok(Some(id)),
        None => Err(format!("id '{}' is neither empty nor a whole number below 2^64", shown(text))),
    }
}

fn digits_of(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A field as it may be shown in an error: printable and short.
fn shown(text: &[u8]) -> String {
    let readable: String = String::from_utf8_lossy(text)
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .take(40)
        .collect();
    readable
}
