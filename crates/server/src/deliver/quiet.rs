//! Quiet hours: when a reader's end, after the clocks of their own zone.

use bellwether_model::Timestamp;
use bellwether_store::delivery::{Claim, Content, Notice};
use bellwether_store::user::QuietHours;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

use super::parcel::is_for_programs;

/// The tag of an alert whose messages come at any hour.
const URGENT: &str = "urgent";

/// Until when a claim is to be held for its reader's quiet hours, where it is.
pub(super) fn held_until(claim: &Claim, now: Timestamp) -> Option<Timestamp> {
    let tags = match &claim.content {
        Content::Fired(fire) => &fire.spec.tags,
        Content::Report(report) => &report.spec.tags,
        Content::Notice(Notice::AlertExpired { .. }) => &Vec::new(),
        Content::VerifyAddress { .. } | Content::Notice(_) => return None,
    };
    let urgent = tags.iter().any(|tag| tag.eq_ignore_ascii_case(URGENT));
    if urgent || is_for_programs(claim) {
        return None;
    }
    end(claim.quiet?, &claim.time_zone, now)
}

/// When the quiet hours end that `now` lies in; `None` where it lies in none.
fn end(quiet: QuietHours, zone: &str, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = now.to_jiff()?.to_zoned(zone);
    let (from, to) = (time_of(quiet.from)?, time_of(quiet.to)?);
    let is_quiet = if from <= to {
        (from..to).contains(&local.time())
    } else {
        local.time() >= from || local.time() < to
    };
    if !is_quiet {
        return None;
    }
    let of_day = |day: jiff::civil::Date| -> Option<Zoned> {
        // A time that the clocks jump over is the one that they jump to.
        day.to_datetime(to).to_zoned(local.time_zone().clone()).ok()
    };
    let today = of_day(local.date())?;
    let end = if today > local { today } else { of_day(local.date().checked_add(1.day()).ok()?)? };
    Some(Timestamp::from_micros(end.timestamp().as_microsecond()))
}

fn time_of(minute: u16) -> Option<Time> {
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::samples::{claim, digest};

    fn check(from: u16, to: u16, now: &str, expected: Option<&str>) {
        let quiet = QuietHours { from: from * 60, to: to * 60 };
        let ends = end(quiet, "Europe/Berlin", now.parse().unwrap());
        assert_eq!(ends, expected.map(|end| end.parse().unwrap()), "{from} to {to} at {now}");
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_reader() {
        check(22, 7, "2026-11-21T20:59:59Z", None);
        check(22, 7, "2026-11-21T21:00:00Z", Some("2026-11-22T06:00:00Z"));
        check(22, 7, "2026-11-22T05:59:59Z", Some("2026-11-22T06:00:00Z"));
        check(22, 7, "2026-11-22T06:00:00Z", None);
        check(12, 14, "2026-07-01T10:30:00Z", Some("2026-07-01T12:00:00Z"));
        check(12, 14, "2026-07-01T12:00:00Z", None);
    }

    #[test]
    fn nights_in_which_the_clocks_change_end_at_the_hour_that_they_show() {
        // To summer time, on 29 March 2026 at 2:00: a night of eight hours.
        check(22, 7, "2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z"));
        // 2:30 is jumped over that night.
        let quiet = QuietHours { from: 22 * 60, to: 2 * 60 + 30 };
        let now = "2026-03-28T22:00:00Z".parse().unwrap();
        assert_eq!(end(quiet, "Europe/Berlin", now), Some("2026-03-29T01:30:00Z".parse().unwrap()));
        // To winter time, on 25 October 2026: a night of ten hours.
        check(22, 7, "2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z"));
    }

    #[test]
    fn what_is_urgent_and_what_no_alert_says_is_not_held() {
        let now = "2026-11-21T23:00:00Z".parse().unwrap();
        let mut held = claim(1);
        held.quiet = Some(QuietHours { from: 22 * 60, to: 7 * 60 });
        assert_eq!(held_until(&held, now), Some("2026-11-22T07:00:00Z".parse().unwrap()));
        let mut urgent = held.clone();
        let Content::Fired(fire) = &mut urgent.content else { panic!("no fire") };
        fire.spec.tags = vec!["Urgent".into()];
        assert_eq!(held_until(&urgent, now), None);
        let mut digest = Claim { content: digest(), ..held.clone() };
        assert_eq!(held_until(&digest, now), held_until(&held, now));
        let Content::Report(report) = &mut digest.content else { panic!("no report") };
        report.spec.tags = vec!["urgent".into()];
        assert_eq!(held_until(&digest, now), None);
        let night = held_until(&held, now);
        let (alert, name, watched) =
            (bellwether_model::AlertId(uuid::Uuid::nil()), String::new(), "x".into());
        held.content = Content::Notice(Notice::AlertExpired { alert, name, watched, fires: 0 });
        assert_eq!(held_until(&held, now), night, "that an alert has expired can wait");
        held.content = Content::Notice(Notice::ChannelTest);
        assert_eq!(held_until(&held, now), None);
        held.content = Content::VerifyAddress { token: "t".into() };
        assert_eq!(held_until(&held, now), None);
    }
}
