//! How alerts are changed: read, decide, write if nobody was faster, and look again if somebody was.
//!
//! The store refuses a change that was made from another version, so a change and a fire that race with
//! each other have one winner and the loser sees it. A caller who names a version is told; one who does
//! not asked for the change of whatever is there, so it is decided anew on that.

use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bellwether_model::{AlertId, AlertState, Spec, Status, Timestamp, UserId};
use bellwether_store::alert::{Action, Alert, AlertChange, Changed};

use super::view::{ArmedFrom, answer};
use crate::evaluate::{Patience, Positions};
use crate::http::ApiState;
use crate::http::error::{ApiError, Conflict};

/// How often a change is decided anew before its caller is told that the alert keeps changing.
const ATTEMPTS: u32 = 5;

/// A change as it was decided on for one version of an alert.
pub(super) struct Decided {
    pub(super) action: Action,
    pub(super) spec: Spec,
    pub(super) status: Status,
    pub(super) snoozed_until: Option<Timestamp>,
    /// Whether it arms the alert anew.
    pub(super) arms: bool,
}

impl Decided {
    /// The alert as it is; the caller changes what they want changed.
    pub(super) fn keeping(alert: &Alert, action: Action) -> Self {
        Self {
            action,
            spec: alert.spec.clone(),
            status: alert.status,
            snoozed_until: alert.snoozed_until,
            arms: false,
        }
    }
}

/// The versions of an alert that a request may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// Whichever it is at.
    Any,
    /// Any of these; none where the request names only what no alert is ever at.
    OneOf(Vec<u64>),
}

impl Expected {
    fn has(&self, version: u64) -> bool {
        match self {
            Expected::Any => true,
            Expected::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// The versions that `If-Match` names: `"3"`, several of them, or `*` for any. They are compared strongly (RFC 9110,
/// 13.1.1), so a weak one is no alert's, nor is one that we never gave out.
pub(super) fn expected_version(headers: &HeaderMap) -> Result<Expected, ApiError> {
    let mut versions = Vec::new();
    let mut lines = headers.get_all(IF_MATCH).iter().peekable();
    if lines.peek().is_none() {
        return Ok(Expected::Any);
    }
    for line in lines {
        let text = line.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Expected::Any);
        }
        let tags = tags(text).ok_or_else(|| {
            ApiError::field("If-Match", "invalid", "must be the ETag of an alert, such as \"3\", or several")
        })?;
        versions.extend(
            tags.into_iter().filter(|(weak, _)| !weak).filter_map(|(_, tag)| tag.parse::<u64>().ok()),
        );
    }
    Ok(Expected::OneOf(versions))
}

/// The tags of a list: whether each is weak, and what stands between its quotes. A number does without quotes too.
fn tags(mut rest: &str) -> Option<Vec<(bool, &str)>> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_start();
        let (weak, opaque) = rest.strip_prefix("W/").map_or((false, rest), |opaque| (true, opaque));
        let (tag, after) = match opaque.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                rest.split_at_checked(end).filter(|(number, _)| !number.is_empty())?
            }
        };
        tags.push((weak, tag));
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None if rest.is_empty() => return Some(tags),
            None => return None,
        }
    }
}

/// What is to become of an alert as it is; `None` where nothing is to be done.
pub(super) type Decision = Result<Option<Decided>, ApiError>;

/// An alert after a change, and from where it is in force where the change armed it.
pub(super) struct Applied {
    pub(super) alert: Alert,
    armed_from: Option<ArmedFrom>,
}

/// Changes an alert as `decide` says, and answers with the alert as it is then.
pub(super) async fn change(
    api: &ApiState,
    user: UserId,
    id: AlertId,
    expected: Expected,
    decide: impl Fn(&Alert, Timestamp) -> Decision,
) -> Result<Response, ApiError> {
    let Applied { alert, armed_from } = apply(api, user, id, expected, decide).await?;
    Ok(answer(StatusCode::OK, alert, api, armed_from))
}

/// Changes an alert as `decide` says.
pub(super) async fn apply(
    api: &ApiState,
    user: UserId,
    id: AlertId,
    expected: Expected,
    decide: impl Fn(&Alert, Timestamp) -> Decision,
) -> Result<Applied, ApiError> {
    let positions = api.positions();
    let (mut attempts, mut patience) = (0, Patience::new());
    while attempts < ATTEMPTS {
        let now = api.now();
        let alert = find(api, user, id).await?;
        if !expected.has(alert.version) {
            return Err(ApiError::VersionMismatch { current: alert.version });
        }
        let Some(decided) = decide(&alert, now)? else {
            return Ok(Applied { alert, armed_from: None });
        };
        let (rearm, armed_from) = match decided.arms {
            true => {
                let (state, armed_from) = arm(positions, &decided.spec, now);
                (Some(state), armed_from)
            }
            false => (None, None),
        };
        let anchor = if decided.arms { now } else { alert.armed_at };
        let next_at = next_at(&decided.spec, anchor, now);
        let change = AlertChange {
            action: decided.action,
            spec: decided.spec,
            status: decided.status,
            snoozed_until: decided.snoozed_until,
            rearm,
            next_at,
            from_version: alert.version,
        };
        match api.store().change_alert(user, id, change, now).await? {
            Changed::Done(alert) => {
                api.generations().bump(user);
                return Ok(Applied { alert: *alert, armed_from });
            }
            Changed::Conflict => attempts += 1,
            Changed::Passed => patience.wait().await?,
            Changed::SameSearch(same) => return Err(ApiError::Conflict(Conflict::SameSearch(same))),
            Changed::NotFound => return Err(ApiError::NotFound("alert")),
        }
    }
    Err(ApiError::Conflict(Conflict::KeepsChanging))
}

/// The alert, unless it is not the user's or was deleted.
async fn find(api: &ApiState, user: UserId, id: AlertId) -> Result<Alert, ApiError> {
    match api.store().alert(user, id).await? {
        Some(alert) if alert.status == Status::Deleted => Err(ApiError::Conflict(Conflict::AlertDeleted)),
        Some(alert) => Ok(alert),
        None => Err(ApiError::NotFound("alert")),
    }
}

/// The state of an alert that is armed now, and what its owner is told of it where it watches a price. The
/// evaluator goes on meanwhile, so the price is looked at once more where it was not that of the position.
pub(super) fn arm(positions: &Positions, spec: &Spec, now: Timestamp) -> (AlertState, Option<ArmedFrom>) {
    let Spec::Price(spec) = spec else { return (AlertState::default(), None) };
    let state = positions.arming_state(spec, now);
    let market = positions.get(&spec.instrument).filter(|market| Some(market.position) == state.position);
    let reference = market.filter(|_| state.has_reference).map(|market| market.price);
    let position = state.position.map(|position| position.0);
    (state, Some(ArmedFrom { position, reference }))
}

/// When an alert that was armed at `anchor` is told next, where it goes by a schedule.
pub(super) fn next_at(spec: &Spec, anchor: Timestamp, now: Timestamp) -> Option<Timestamp> {
    spec.product()?.watch.schedule()?.next_after(anchor, now)
}

#[cfg(test)]
mod tests {
    use bellwether_model::{AlertSpec, Instrument, Node, Position};

    use super::*;
    use crate::evaluate::Market;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn spec() -> Spec {
        let text = |text: &str| Node::Text(text.to_owned());
        let condition = vec![("type".into(), text("crossing")), ("price".into(), text("33000"))];
        let entries = vec![
            ("instrument".into(), text("binance:BTCUSDT")),
            ("condition".into(), Node::Object(condition)),
        ];
        AlertSpec::from_input(&Node::Object(entries)).unwrap().into()
    }

    fn check(market: Option<(u64, bool)>, expected: (Option<u64>, Option<&str>)) {
        let positions = Positions::default();
        let instrument: Instrument = "binance:BTCUSDT".parse().unwrap();
        if let Some((position, in_force)) = market {
            let price = "32000.5".parse().unwrap();
            positions.set(
                &instrument,
                Market { price, time: NOW, position: Position(position), numbered: true, in_force },
            );
        }
        let (state, told) = arm(&positions, &spec(), NOW);
        assert_eq!(state.position.map(|position| position.0), expected.0);
        assert_eq!(state.has_reference, expected.1.is_some());
        assert_eq!(state.accepted_at, Some(NOW));
        let reference = expected.1.map(|price| price.parse().unwrap());
        assert_eq!(told, Some(ArmedFrom { position: expected.0, reference }));
    }

    #[test]
    fn if_match_is_compared_strongly_with_each_tag() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(IF_MATCH, axum::http::HeaderValue::from_static(line));
            }
            expected_version(&headers).ok()
        };
        let of = |versions: &[u64]| Some(Expected::OneOf(versions.to_vec()));
        assert_eq!(read(&[]), Some(Expected::Any));
        assert_eq!(read(&["*"]), Some(Expected::Any));
        assert_eq!(read(&["\"3\""]), of(&[3]));
        assert_eq!(read(&["3"]), of(&[3]));
        assert_eq!(read(&["W/\"3\""]), of(&[]), "a weak one matches none");
        assert_eq!(read(&["\"1\", W/\"2\" ,\"a, b\",\"3\""]), of(&[1, 3]));
        assert_eq!(read(&["\"1\"", "\"2\""]), of(&[1, 2]));
        assert_eq!(read(&["\"-1\""]), of(&[]));
        for wrong in ["", "yesterday", "\"3", "\"3\" \"4\"", "\"3\",", "W/3", "-1", "3 4"] {
            assert_eq!(read(&[wrong]), None, "{wrong}");
        }
    }

    #[test]
    fn the_owner_is_told_what_the_alert_is_armed_with() {
        check(Some((17, true)), (Some(17), Some("32000.5")));
        check(Some((17, false)), (Some(17), None));
        check(None, (None, None));
    }
}
