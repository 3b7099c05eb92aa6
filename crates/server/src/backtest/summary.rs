//! The end of a replay in figures: how often each alert fired, and how many fires a day of the market
//! that makes.

use std::io::{self, Write};
use std::time::Duration;

use bellwether_model::{Timestamp, words};

use super::alert_file::Wish;

/// Microseconds of a day.
const DAY_US: f64 = 86_400e6;

/// Fires per alert, by their place in the alerts file.
#[derive(Debug, Default)]
pub(super) struct Summary {
    fires: Vec<u64>,
}

/// What a replay went through.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) ticks: u64,
    pub(super) stale: u64,
    pub(super) instruments: usize,
    pub(super) fires: u64,
    /// The earliest and the latest time of a tick.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) elapsed: Duration,
}

impl Totals {
    /// A tick was applied.
    pub(super) fn applied(&mut self, time: Timestamp) {
        self.ticks += 1;
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
    }

    fn days(&self) -> f64 {
        let micros = self.span.map_or(0, |(first, last)| last.micros_since(first));
        micros as f64 / DAY_US
    }
}

impl Summary {
    /// The alert at this place fired.
    pub(super) fn count(&mut self, place: usize) {
        if place >= self.fires.len() {
            self.fires.resize(place + 1, 0);
        }
        self.fires[place] += 1;
    }

    /// One line per alert, then the totals.
    pub(super) fn print(&self, out: &mut impl Write, wishes: &[Wish], totals: &Totals) -> io::Result<()> {
        let days = totals.days();
        writeln!(out, "{:>10} {:>10}  alert", "fires", "per day")?;
        for (place, wish) in wishes.iter().enumerate() {
            let fires = self.fires.get(place).copied().unwrap_or(0);
            writeln!(
                out,
                "{fires:>10} {:>10}  {} {} {}",
                per(fires, days),
                wish.id,
                wish.spec.instrument,
                words::condition(&wish.spec.condition),
            )?;
        }
        let fired = self.fires.iter().filter(|&&fires| fires > 0).count();
        writeln!(
            out,
            "{} fires of {fired} among {} alerts, {} per day",
            totals.fires,
            wishes.len(),
            per(totals.fires, days),
        )?;
        writeln!(
            out,
            "{} ticks of {} instruments over {days:.2} days ({} stale), replayed in {:.2} s: {} per second",
            totals.ticks,
            totals.instruments,
            totals.stale,
            totals.elapsed.as_secs_f64(),
            per(totals.ticks, totals.elapsed.as_secs_f64()),
        )
    }
}

/// A count per unit of a length; a dash where there is no length to speak of.
fn per(count: u64, length: f64) -> String {
    if length > 0.0 { format!("{:.1}", count as f64 / length) } else { "-".to_owned() }
}
