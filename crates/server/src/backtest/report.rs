//! What is printed of a replay: each fire as a JSON line, or a summary at its end.

use std::fmt;
use std::io::{self, Write};

use bellwether_model::{Instrument, Measure, Price, Tick};

use super::alert_file::Wish;
use super::summary::{Summary, Totals};

/// Where fires go.
pub(super) enum Report<'a, W> {
    /// Printed as they are found.
    Lines(&'a mut W, Vec<u8>),
    /// Counted, and printed at the end.
    Summary(&'a mut W, Summary),
}

/// What the lines of all fires of one tick have in common, written once for all of them.
pub(super) struct TickText(String);

impl TickText {
    /// An instrument's name has no character that JSON escapes.
    pub(super) fn new(instrument: &Instrument, tick: &Tick) -> Self {
        let (time, id) = (tick.time.micros(), OrNull(tick.id));
        let price = tick.price;
        Self(format!(
            r#","instrument":"{instrument}","time_us":{time},"id":{id},"price":"{price}","previous_price":"#
        ))
    }
}

/// One fire, as it is printed.
pub(super) struct FireLine<'a> {
    pub(super) number: u64,
    pub(super) tick: &'a TickText,
    pub(super) previous: Option<Price>,
    pub(super) measure: &'a Measure,
}

impl<'a, W: Write> Report<'a, W> {
    pub(super) fn lines(out: &'a mut W) -> Self {
        Report::Lines(out, Vec::new())
    }

    pub(super) fn summary(out: &'a mut W) -> Self {
        Report::Summary(out, Summary::default())
    }

    /// An alert fired; `place` is its place in the alerts file.
    pub(super) fn fire(&mut self, place: usize, wish: &Wish, fire: &FireLine<'_>) -> io::Result<()> {
        match self {
            Report::Lines(out, line) => {
                line.clear();
                write_line(line, &wish.id, fire)?;
                out.write_all(line)
            }
            Report::Summary(_, summary) => {
                summary.count(place);
                Ok(())
            }
        }
    }

    /// The last tick was replayed.
    pub(super) fn finish(self, wishes: &[Wish], totals: &Totals) -> io::Result<()> {
        match self {
            Report::Lines(..) => Ok(()),
            Report::Summary(out, summary) => summary.print(out, wishes, totals),
        }
    }
}

/// The fields in the order of `docs/semantics.md`.
fn write_line(line: &mut Vec<u8>, alert_id: &str, fire: &FireLine<'_>) -> io::Result<()> {
    let FireLine { number, tick, previous, measure } = fire;
    line.extend_from_slice(br#"{"alert_id":"#);
    line.extend_from_slice(alert_id.as_bytes());
    write!(line, r#","fire":{number}"#)?;
    line.extend_from_slice(tick.0.as_bytes());
    match previous {
        Some(price) => write!(line, r#""{price}""#)?,
        None => line.extend_from_slice(b"null"),
    }
    match measure {
        Measure::Threshold(price) => write!(line, r#","threshold":"{price}""#)?,
        Measure::Reference(price) => write!(line, r#","reference":"{price}""#)?,
        Measure::SilentSince(time) => write!(line, r#","silent_since_us":{}"#, time.micros())?,
        Measure::Parts(_) => {}
    }
    line.extend_from_slice(b"}\n");
    Ok(())
}

struct OrNull(Option<u64>);

impl fmt::Display for OrNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}
