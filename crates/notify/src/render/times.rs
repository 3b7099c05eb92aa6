//! Instants and spans of time in words.

use bellwether_model::Timestamp;
use jiff::tz::TimeZone;

/// The reader's zone; UTC where its name is not known.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// "Sat 21 Nov 2026, 11:00:00.123", in a zone.
pub(super) fn local(instant: Timestamp, zone: &TimeZone) -> String {
    match instant.to_jiff() {
        Some(time) => time.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M:%S%.3f").to_string(),
        None => instant.to_string(),
    }
}

/// "Sat 21 Nov 2026, 11:00 (Europe/Berlin, UTC+01:00), 10:00 UTC": to the minute, in a zone and in UTC.
pub(super) fn minute(instant: Timestamp, zone: &TimeZone) -> String {
    let Some(time) = instant.to_jiff() else { return instant.to_string() };
    let local = time.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M").to_string();
    match zone_at(instant, zone) {
        Some(name) if *zone != TimeZone::UTC => format!("{local} ({name}), {} UTC", time.strftime("%H:%M")),
        _ => format!("{local} UTC"),
    }
}

/// "21 Nov 2026", in a zone.
pub(super) fn date(instant: Timestamp, zone: &TimeZone) -> String {
    match instant.to_jiff() {
        Some(time) => time.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string(),
        None => instant.to_string(),
    }
}

/// "between 10:00 and 10:45", or with the days where there are two.
pub(super) fn between(first: Timestamp, last: Timestamp, zone: &TimeZone) -> String {
    let (Some(from), Some(to)) = (first.to_jiff(), last.to_jiff()) else {
        return format!("between {first} and {last}");
    };
    let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone.clone()));
    if from.date() != to.date() {
        return format!("between {} and {}", from.strftime("%-d %b %H:%M"), to.strftime("%-d %b %H:%M"));
    }
    match (from.strftime("%H:%M").to_string(), to.strftime("%H:%M").to_string()) {
        (from, to) if from == to => format!("at {from}"),
        (from, to) => format!("between {from} and {to}"),
    }
}

/// "Europe/Berlin, UTC+01:00": a zone, and what its clocks show at an instant; "UTC" for UTC itself.
pub(super) fn zone_at(instant: Timestamp, zone: &TimeZone) -> Option<String> {
    let time = instant.to_jiff()?.to_zoned(zone.clone());
    let name = zone.iana_name()?;
    if *zone == TimeZone::UTC {
        return Some(name.to_owned());
    }
    Some(format!("{name}, UTC{}", time.strftime("%:z")))
}

/// "2026-11-21 10:00:00.123 UTC".
pub(super) fn utc(instant: Timestamp) -> String {
    match instant.to_jiff() {
        Some(time) => format!("{} UTC", time.strftime("%Y-%m-%d %H:%M:%S%.3f")),
        None => instant.to_string(),
    }
}

/// A span of time at the precision that it deserves: "0.4 ms", "12 ms", "1.25 s", "3 min 20 s",
/// "2 h 5 min", "3 d 4 h". Clocks differ, so it may be negative: "−3 ms".
pub(super) fn span(micros: i64) -> String {
    let sign = if micros < 0 { "−" } else { "" };
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    let size = match seconds {
        0 if micros < 10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        0 => format!("{} ms", micros / 1_000),
        1..60 => format!("{seconds}.{:02} s", micros % 1_000_000 / 10_000),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    };
    format!("{sign}{size}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_precision_that_it_deserves() {
        for (micros, expected) in [
            (0, "0.0 ms"),
            (449, "0.4 ms"),
            (9_999, "9.9 ms"),
            (12_345, "12 ms"),
            (1_250_000, "1.25 s"),
            (59_999_999, "59.99 s"),
            (200_000_000, "3 min 20 s"),
            (7_500_000_000, "2 h 5 min"),
            (273_600_000_000, "3 d 4 h"),
            (-3_100, "−3.1 ms"),
        ] {
            assert_eq!(span(micros), expected);
        }
    }

    #[test]
    fn an_instant_is_told_in_the_readers_zone() {
        let summer: Timestamp = "2026-07-01T10:00:00.123456Z".parse().unwrap();
        let berlin = zone("Europe/Berlin");
        assert_eq!(local(summer, &berlin), "Wed 1 Jul 2026, 12:00:00.123");
        assert_eq!(zone_at(summer, &berlin).as_deref(), Some("Europe/Berlin, UTC+02:00"));
        assert_eq!(zone_at(summer, &TimeZone::UTC).as_deref(), Some("UTC"));
        assert_eq!(minute(summer, &berlin), "Wed 1 Jul 2026, 12:00 (Europe/Berlin, UTC+02:00), 10:00 UTC");
        assert_eq!(minute(summer, &TimeZone::UTC), "Wed 1 Jul 2026, 10:00 UTC");
        assert_eq!(date(summer, &berlin), "1 Jul 2026");
        assert_eq!(utc(summer), "2026-07-01 10:00:00.123 UTC");
    }

    #[test]
    fn an_unknown_zone_and_an_instant_beyond_the_calendar_do_no_harm() {
        assert_eq!(zone("Mars/Olympus"), TimeZone::UTC);
        assert_eq!(utc(Timestamp::from_micros(i64::MAX)), "9223372036854775807us");
    }
}
