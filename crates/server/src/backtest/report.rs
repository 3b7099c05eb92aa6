//! What is printed of a replay: each fire as a JSON line, or a summary at its end.

use std::fmt;
use std::io::{self, Write};

use bellwether_model::{Instrument, Measure, Price, Tick};

use super::alert_file::Wish;
use super::summary::{Summary, Totals};

/// Where fires go.
pub(super) enum Report<'a, W> {
    /// Printed as they are found.
    Lines(&'a mut W),
    /// Counted, and printed at the end.
    Summary(&'a mut W, Summary),
}

/// One fire, as it is printed.
pub(super) struct FireLine<'a> {
    pub(super) number: u64,
    pub(super) instrument: &'a Instrument,
    pub(super) tick: &'a Tick,
    pub(super) previous: Option<Price>,
    pub(super) measure: &'a Measure,
}

impl<'a, W: Write> Report<'a, W> {
    pub(super) fn lines(out: &'a mut W) -> Self {
        Report::Lines(out)
    }

    pub(super) fn summary(out: &'a mut W) -> Self {
        Report::Summary(out, Summary::default())
    }

    /// An alert fired; `place` is its place in the alerts file.
    pub(super) fn fire(&mut self, place: usize, wish: &Wish, fire: &FireLine<'_>) -> io::Result<()> {
        match self {
            Report::Lines(out) => print(*out, &wish.id, fire),
            Report::Summary(_, summary) => {
                summary.count(place);
                Ok(())
            }
        }
    }

    /// The last tick was replayed.
    pub(super) fn finish(self, wishes: &[Wish], totals: &Totals) -> io::Result<()> {
        match self {
            Report::Lines(_) => Ok(()),
            Report::Summary(out, summary) => summary.print(out, wishes, totals),
        }
    }
}

/// The fields in the order of the semantics. An instrument's name has no character that JSON escapes.
fn print(out: &mut impl Write, alert_id: &str, fire: &FireLine<'_>) -> io::Result<()> {
    let FireLine { number, instrument, tick, previous, measure } = fire;
    write!(
        out,
        r#"{{"alert_id":{alert_id},"fire":{number},"instrument":"{instrument}","time_us":{},"id":{},"price":"{}","previous_price":{}"#,
        tick.time.micros(),
        OrNull(tick.id),
        tick.price,
        OrNull(previous.map(Quoted)),
    )?;
    match measure {
        Measure::Threshold(price) => write!(out, r#","threshold":"{price}""#)?,
        Measure::Reference(price) => write!(out, r#","reference":"{price}""#)?,
        Measure::Parts(_) => {}
    }
    out.write_all(b"}\n")
}

struct OrNull<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}

struct Quoted(Price);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}
