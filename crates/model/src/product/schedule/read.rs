//! A schedule as people write it.

use jiff::tz::TimeZone;

use super::{LocalTime, Schedule, cron};
use crate::input::{Faults, Fields, Node};
use crate::{Span, limits};

const DAY_S: u64 = 86_400;

impl Schedule {
    /// Reads `{"every": "10m"}`, `{"every": "2d", "at": "09:00", "time_zone": "Europe/Berlin"}` or
    /// `{"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}`; faults go to `faults`. The zone is UTC where none
    /// is named.
    pub fn from_input(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = faults.object(node)?;
        let (has_every, has_cron) = (fields.has("every"), fields.has("cron"));
        let (has_at, has_zone) = (fields.has("at"), fields.has("time_zone"));
        let every = fields.parsed::<Span>(faults, "every");
        let at = fields.parsed::<LocalTime>(faults, "at");
        let cron = read_cron(&mut fields, faults);
        let zone = read_zone(&mut fields, faults);
        fields.finish(faults);
        match (has_every, has_cron) {
            (false, false) => {
                let message = "must have 'every', such as {\"every\": \"10m\"}, or 'cron', such as \
                               {\"cron\": \"0 9 * * *\", \"time_zone\": \"Europe/Berlin\"}";
                faults.add("", "required", message);
                None
            }
            (true, true) => {
                faults.add("cron", "not_applicable", "cannot stand beside 'every': give one of the two");
                None
            }
            (false, true) if has_at => {
                faults.add(
                    "at",
                    "not_applicable",
                    "applies to 'every' only; a cron expression names its times",
                );
                None
            }
            (false, true) => Some(Schedule::Cron { cron: cron?, time_zone: zone? }),
            (true, false) if has_at => {
                let every = every?;
                if every == Span::ZERO || !every.seconds().is_multiple_of(DAY_S) {
                    faults.add("every", "range", "must be whole days beside 'at', such as 1d or 2d");
                    return None;
                }
                Some(Schedule::Daily { every, at: at?, time_zone: zone? })
            }
            (true, false) => {
                if has_zone {
                    let message =
                        "applies beside 'at' or 'cron' only; 'every' alone counts from the alert's start";
                    faults.add("time_zone", "not_applicable", message);
                }
                let every = every?;
                if every.seconds() < limits::SCHEDULE_MIN_S {
                    faults.add("every", "range", "must be at least 1m");
                    return None;
                }
                Some(Schedule::Every { every })
            }
        }
    }
}

fn read_cron(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let text = fields.text(faults, "cron")?;
    cron::read(text).map_err(|fault| faults.add("cron", "invalid", fault.to_string())).ok()
}

fn read_zone(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    if !fields.has("time_zone") {
        fields.take("time_zone");
        return Some("UTC".to_owned());
    }
    let name = fields.text(faults, "time_zone")?;
    match TimeZone::get(name) {
        Ok(zone) => Some(zone.iana_name().unwrap_or(name).to_owned()),
        Err(_) => {
            faults.add("time_zone", "unknown_value", "must be a time zone such as Europe/Berlin or UTC");
            None
        }
    }
}
