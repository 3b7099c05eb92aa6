//! When digests are told: grids, clocks that are changed, and what is refused.

use bellwether_model::input::{Faults, Node};
use bellwether_model::product::Schedule;
use bellwether_model::{Span, Timestamp};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn read(entries: &[(&str, &str)]) -> Result<Schedule, Vec<String>> {
    let entries =
        entries.iter().map(|(name, text)| ((*name).to_owned(), Node::Text((*text).to_owned()))).collect();
    let mut faults = Faults::new();
    let schedule = Schedule::from_input(&Node::Object(entries), &mut faults);
    faults.finish(schedule).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn every(span: &str) -> Schedule {
    read(&[("every", span)]).expect("a schedule")
}

fn cron(expression: &str, zone: &str) -> Schedule {
    read(&[("cron", expression), ("time_zone", zone)]).expect("a schedule")
}

/// Every instant of a schedule later than the first and not later than the last.
fn between(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let (anchor, end) = (at(from), at(to));
    let mut told = Vec::new();
    let mut after = anchor;
    while let Some(next) = schedule.next_after(anchor, after).filter(|next| *next <= end) {
        told.push(next.to_string());
        after = next;
    }
    told
}

#[test]
fn a_day_has_as_many_as_it_should() {
    for (span, count) in [("2m", 720), ("10m", 144), ("30m", 48), ("1m", 1_440), ("7h", 3), ("1d", 1)] {
        let told = between(&every(span), "2026-11-21T10:00:17.25Z", "2026-11-22T10:00:17.25Z");
        assert_eq!(told.len(), count, "every {span}");
        assert!(told.last().unwrap().ends_with(":17.25Z"), "every {span}");
    }
    let told = between(&cron("*/10 * * * *", "UTC"), "2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z");
    assert_eq!(told.len(), 144);
}

#[test]
fn after_a_day_and_a_minute_away_the_grid_goes_on() {
    let anchor = at("2026-11-21T10:00:00Z");
    let back = at("2026-11-22T10:01:00Z");
    for (span, next) in [("2m", "10:02"), ("10m", "10:10"), ("30m", "10:30")] {
        assert_eq!(every(span).next_after(anchor, back), Some(at(&format!("2026-11-22T{next}:00Z"))));
    }
    // Exactly on the grid, the next is meant.
    assert_eq!(every("2m").next_after(anchor, at("2026-11-22T10:02:00Z")), Some(at("2026-11-22T10:04:00Z")));
    // Nothing is told before the first span has passed.
    assert_eq!(every("2m").next_after(anchor, at("2020-01-01T00:00:00Z")), Some(at("2026-11-21T10:02:00Z")));
}

#[test]
fn a_time_that_the_clocks_jump_over_is_told_as_they_jump() {
    for (zone, from, to, told) in [
        // 02:00 becomes 03:00.
        (
            "Europe/Berlin",
            "2026-03-28T00:00:00Z",
            "2026-03-30T12:00:00Z",
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            "America/New_York",
            "2026-03-07T00:00:00Z",
            "2026-03-09T12:00:00Z",
            ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
        ),
    ] {
        assert_eq!(between(&cron("30 2 * * *", zone), from, to), told, "{zone}");
        let daily = read(&[("every", "1d"), ("at", "02:30"), ("time_zone", zone)]).unwrap();
        assert_eq!(between(&daily, from, to), told, "{zone}");
    }
}

#[test]
fn a_time_that_comes_twice_is_told_once_at_the_first() {
    for (zone, from, to, told) in [
        // 03:00 becomes 02:00.
        (
            "Europe/Berlin",
            "2026-10-24T00:00:00Z",
            "2026-10-26T12:00:00Z",
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        // 02:00 becomes 01:00.
        (
            "America/New_York",
            "2026-10-31T00:00:00Z",
            "2026-11-02T12:00:00Z",
            ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
    ] {
        let hour = if zone == "Europe/Berlin" { "2" } else { "1" };
        assert_eq!(between(&cron(&format!("30 {hour} * * *"), zone), from, to), told, "{zone}");
        let daily = read(&[("every", "1d"), ("at", &format!("0{hour}:30")), ("time_zone", zone)]).unwrap();
        assert_eq!(between(&daily, from, to), told, "{zone}");
    }
    // Someone who arms it while the hour is there for the second time waits for the next day.
    let armed = at("2026-10-25T01:10:00Z");
    assert_eq!(
        cron("30 2 * * *", "Europe/Berlin").next_after(armed, armed),
        Some(at("2026-10-26T01:30:00Z"))
    );
}

#[test]
fn nine_in_the_morning_is_nine_in_the_morning_all_year() {
    let told = between(&cron("0 9 * * *", "Europe/Berlin"), "2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z");
    assert_eq!(told, ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z", "2026-10-26T08:00:00Z"]);
}

#[test]
fn every_few_days_goes_by_the_calendar() {
    let daily =
        |every: &str| read(&[("every", every), ("at", "09:00"), ("time_zone", "Europe/Berlin")]).unwrap();
    // Armed before nine: today is the first. The clocks go back on the 25th.
    assert_eq!(
        between(&daily("2d"), "2026-10-23T06:00:00Z", "2026-10-28T00:00:00Z"),
        ["2026-10-23T07:00:00Z", "2026-10-25T08:00:00Z", "2026-10-27T08:00:00Z"]
    );
    // Armed at nine sharp: tomorrow is.
    assert_eq!(
        between(&daily("3d"), "2026-10-23T07:00:00Z", "2026-10-28T00:00:00Z"),
        ["2026-10-24T07:00:00Z", "2026-10-27T08:00:00Z"]
    );
    let anchor = at("2026-10-23T06:00:00Z");
    assert_eq!(daily("2d").next_after(anchor, at("2027-03-30T12:00:00Z")), Some(at("2027-04-01T07:00:00Z")));
}

#[test]
fn a_schedule_reads_as_people_say_it() {
    for (schedule, words) in [
        (every("10m"), "every 10 minutes"),
        (every("1h"), "every hour"),
        (every("90s"), "every 90 seconds"),
        (cron("0 9 * * *", "Europe/Berlin"), "at 09:00 every day, Europe/Berlin"),
        (cron("*/15 * * * *", "UTC"), "every 15 minutes, UTC"),
        (cron("5 * * * *", "UTC"), "at minute 5 of every hour, UTC"),
        (cron("30  8 * * 1-5", "UTC"), "at 08:30 from Monday to Friday, UTC"),
        (cron("30 8 * * 7", "UTC"), "at 08:30 every Sunday, UTC"),
        (cron("0 0 1 * *", "UTC"), "at 00:00 on day 1 of every month, UTC"),
        (cron("*/7 9-17 * 3 *", "UTC"), "by the cron expression */7 9-17 * 3 *, UTC"),
        (read(&[("every", "1d"), ("at", "09:00")]).unwrap(), "at 09:00 every day, UTC"),
        (
            read(&[("every", "2d"), ("at", "09:00"), ("time_zone", "europe/berlin")]).unwrap(),
            "at 09:00 every 2 days, Europe/Berlin",
        ),
    ] {
        assert_eq!(schedule.words(), words);
        let kept = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&kept).unwrap(), schedule, "{kept}");
    }
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let check = |entries: &[(&str, &str)], begin: &str| {
        let faults = read(entries).unwrap_err();
        assert!(faults.len() == 1 && faults[0].starts_with(begin), "{entries:?}: {faults:?}");
    };
    check(&[], "must have 'every'");
    check(&[("every", "59s")], "every must be at least 1m");
    check(&[("every", "0s")], "every must be at least 1m");
    check(&[("every", "ten minutes")], "every is not a duration");
    check(&[("every", "10m"), ("cron", "0 9 * * *")], "cron cannot stand beside");
    check(&[("every", "10m"), ("time_zone", "UTC")], "time_zone applies beside");
    check(&[("every", "90m"), ("at", "09:00")], "every must be whole days");
    check(&[("every", "1d"), ("at", "9 o'clock")], "at is not a time of the day");
    check(&[("every", "1d"), ("at", "24:00")], "at is not a time of the day");
    check(&[("cron", "0 9 * * *"), ("at", "09:00")], "at applies to 'every' only");
    check(&[("cron", "0 9 * * *"), ("time_zone", "Mars/Olympus")], "time_zone must be a time zone");
    check(&[("every", "10m"), ("colour", "red")], "colour is not a field");
    for fields in ["", "0 9 * *", "0 0 9 * * *", "0 0 9 * * * 2027", "@daily", "daily"] {
        check(&[("cron", fields)], "cron must have five fields");
    }
    for syntax in [
        "60 9 * * *",
        "0 24 * * *",
        "0 9 32 * *",
        "0 9 * 13 *",
        "x 9 * * *",
        "0 9 * * 8",
        "٠ 9 * * *",
        "0 9 1 * +1",
    ] {
        check(&[("cron", syntax)], "cron must be a cron expression");
    }
    for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        check(&[("cron", never)], "cron never fires");
    }
    assert!(read(&[("cron", "0 0 29 2 *")]).is_ok(), "a leap day comes");
}

#[test]
fn how_often_it_fires_at_most_is_known() {
    for (expression, seconds) in [
        ("* * * * *", 60),
        ("*/10 * * * *", 600),
        ("0,5 9 * * *", 300),
        ("0 9 * * *", 86_400),
        ("*/7 * * * *", 240),
    ] {
        assert_eq!(cron(expression, "UTC").shortest().seconds(), seconds, "{expression}");
    }
    assert_eq!(every("10m").shortest(), "10m".parse::<Span>().unwrap());
}

const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];

fn some_field(low: u32, high: u32) -> BoxedStrategy<String> {
    prop_oneof![
        Just("*".to_owned()),
        (low..=high).prop_map(|number| number.to_string()),
        (1u32..30).prop_map(|step| format!("*/{step}")),
        (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
    .boxed()
}

fn some_schedule() -> BoxedStrategy<Schedule> {
    let zone = proptest::sample::select(ZONES.to_vec());
    prop_oneof![
        (60u64..3 * 86_400).prop_map(|seconds| Schedule::Every {
            every: Span::from_seconds(seconds).expect("a valid part")
        }),
        (1u64..10, 0u8..24, 0u8..60, zone.clone()).prop_map(|(days, hour, minute, zone)| Schedule::Daily {
            every: Span::from_seconds(days * 86_400).expect("a valid part"),
            at: format!("{hour:02}:{minute:02}").parse().expect("a valid part"),
            time_zone: zone.to_owned(),
        }),
        (some_field(0, 59), some_field(0, 23), some_field(1, 28), some_field(0, 6), zone).prop_map(
            |(minute, hour, day, weekday, zone)| Schedule::Cron {
                cron: format!("{minute} {hour} {day} * {weekday}"),
                time_zone: zone.to_owned(),
            }
        ),
    ]
    .boxed()
}

/// From 2005 to 2044, zones having changed their rules meanwhile.
fn some_instant() -> impl Strategy<Value = Timestamp> {
    (1_104_537_600_000_000i64..2_335_219_200_000_000).prop_map(Timestamp::from_micros)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The next is later, and from any moment before it, it is the next.
    #[test]
    fn the_next_is_always_later_and_none_is_skipped(
        schedule in some_schedule(), anchor in some_instant(), away in 0i64..40 * 86_400, part in 0.0f64..1.0,
    ) {
        let after = Timestamp::from_micros(anchor.micros() + away * 1_000_000 + 7);
        let next = schedule.next_after(anchor, after).unwrap();
        prop_assert!(next > after);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any moment will do")]
        let between = after.micros() + ((next.micros_since(after) - 1) as f64 * part) as i64;
        prop_assert_eq!(schedule.next_after(anchor, Timestamp::from_micros(between)), Some(next));
        let following = schedule.next_after(anchor, next).unwrap();
        prop_assert!(following > next);
        prop_assert_eq!(schedule.next_after(anchor, Timestamp::from_micros(following.micros() - 1)), Some(following));
    }

    /// Each is on the grid: a multiple of the span, or a time that the clocks show or have just jumped over.
    #[test]
    fn every_instant_is_on_the_grid(schedule in some_schedule(), anchor in some_instant(), away in 0i64..40 * 86_400) {
        let after = Timestamp::from_micros(anchor.micros() + away * 1_000_000);
        let next = schedule.next_after(anchor, after).unwrap();
        match &schedule {
            Schedule::Every { every } => {
                prop_assert_eq!(next.micros_since(anchor) % every.micros(), 0);
                prop_assert!(next.micros_since(after) <= every.micros());
            }
            Schedule::Daily { at, time_zone, .. } => {
                let zone = jiff::tz::TimeZone::get(time_zone).unwrap();
                let clock = zone.to_datetime(next.to_jiff().unwrap());
                let jumped = zone.following(next.to_jiff().unwrap().checked_sub(jiff::SignedDuration::from_secs(1)).unwrap())
                    .next().is_some_and(|change| change.timestamp() == next.to_jiff().unwrap());
                let shown = format!("{:02}:{:02}", clock.hour(), clock.minute());
                prop_assert!(jumped || shown == at.to_string());
            }
            Schedule::Cron { .. } => prop_assert_eq!(next.micros() % 60_000_000, 0),
        }
    }

    /// Whatever is written is read or refused.
    #[test]
    fn no_expression_does_harm(text in "[0-9*/,#LW?+a-zA-Z -]{0,24}|([0-9*/,#LW-]{1,4} ){4}[0-9*/,#L-]{1,4}|\\PC{0,12}") {
        if let Ok(schedule) = read(&[("cron", &text)]) {
            let now = at("2026-11-21T10:00:00Z");
            prop_assert!(schedule.next_after(now, now).is_some_and(|next| next > now));
            prop_assert!(!schedule.words().is_empty());
        }
    }
}
