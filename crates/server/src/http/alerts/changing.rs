//! How alerts are changed: read, decide, write if nobody was faster, and look again if somebody was.
//!
//! The store refuses a change that was made from another version, so a change and a fire that race with
//! each other have one winner and the loser sees it. A caller who names a version is told; one who does
//! not asked for the change of whatever is there, so it is decided anew on that.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use bellwether_model::{AlertId, AlertSpec, AlertState, Status, Timestamp};
use bellwether_store::alert::{Action, Alert, AlertChange, Changed};

use super::view::{ArmedFrom, answer};
use crate::evaluate::Positions;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};

/// How often a change is decided anew before its caller is told that the alert keeps changing.
const ATTEMPTS: u32 = 5;

/// A change as it was decided on for one version of an alert.
pub(super) struct Decided {
    pub(super) action: Action,
    pub(super) spec: AlertSpec,
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

/// The version that `If-Match` names: `"3"`, or `*` for any.
pub(super) fn expected_version(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(header) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = header.to_str().unwrap_or_default().trim();
    match text.trim_matches('"').parse() {
        _ if text == "*" => Ok(None),
        Ok(version) => Ok(Some(version)),
        Err(_) => Err(ApiError::field("If-Match", "invalid", "must be the ETag of an alert, such as \"3\"")),
    }
}

/// Changes an alert as `decide` says, which sees it as it is and answers `None` where nothing is to be
/// done. Answers with the alert as it is then.
pub(super) async fn change(
    api: &ApiState,
    caller: Caller,
    id: AlertId,
    expected: Option<u64>,
    decide: impl Fn(&Alert, Timestamp) -> Result<Option<Decided>, ApiError>,
) -> Result<Response, ApiError> {
    let positions = api.positions();
    for _ in 0..ATTEMPTS {
        let now = api.now();
        let alert = find(api, caller, id).await?;
        if let Some(current) = expected.map(|_| alert.version).filter(|current| Some(*current) != expected) {
            return Err(ApiError::VersionMismatch { current });
        }
        let Some(decided) = decide(&alert, now)? else {
            return Ok(answer(axum::http::StatusCode::OK, alert, positions, None));
        };
        let (rearm, armed_from) = match decided.arms {
            true => {
                let (state, armed_from) = arm(positions, &decided.spec, now);
                (Some(state), Some(armed_from))
            }
            false => (None, None),
        };
        let change = AlertChange {
            action: decided.action,
            spec: decided.spec,
            status: decided.status,
            snoozed_until: decided.snoozed_until,
            rearm,
            from_version: alert.version,
        };
        match api.store().change_alert(caller.user, id, change, now).await? {
            Changed::Done(alert) => {
                api.generations().bump(caller.user);
                return Ok(answer(axum::http::StatusCode::OK, *alert, positions, armed_from));
            }
            Changed::Conflict => {}
            Changed::NotFound => return Err(ApiError::NotFound("alert")),
        }
    }
    Err(ApiError::Conflict(Conflict::KeepsChanging))
}

/// The alert, unless it is not the caller's or was deleted.
async fn find(api: &ApiState, caller: Caller, id: AlertId) -> Result<Alert, ApiError> {
    match api.store().alert(caller.user, id).await? {
        Some(alert) if alert.status == Status::Deleted => Err(ApiError::Conflict(Conflict::AlertDeleted)),
        Some(alert) => Ok(alert),
        None => Err(ApiError::NotFound("alert")),
    }
}

/// The state of an alert that is armed now, and what its owner is told of it. The evaluator goes on
/// meanwhile, so the price is looked at once more where it was not that of the position.
pub(super) fn arm(positions: &Positions, spec: &AlertSpec, now: Timestamp) -> (AlertState, ArmedFrom) {
    let state = positions.arming_state(spec, now);
    let market = positions.get(&spec.instrument).filter(|market| Some(market.position) == state.position);
    let reference = market.filter(|_| state.has_reference).map(|market| market.price);
    let position = state.position.map(|position| position.0);
    (state, ArmedFrom { position, reference })
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Instrument, Node, Position};

    use super::*;
    use crate::evaluate::Market;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn spec() -> AlertSpec {
        let text = |text: &str| Node::Text(text.to_owned());
        let condition = vec![("type".into(), text("crossing")), ("price".into(), text("33000"))];
        let entries = vec![
            ("instrument".into(), text("binance:BTCUSDT")),
            ("condition".into(), Node::Object(condition)),
        ];
        AlertSpec::from_input(&Node::Object(entries)).unwrap()
    }

    fn check(market: Option<(u64, bool)>, expected: (Option<u64>, Option<&str>)) {
        let positions = Positions::default();
        let instrument: Instrument = "binance:BTCUSDT".parse().unwrap();
        if let Some((position, in_force)) = market {
            let price = "32000.5".parse().unwrap();
            positions.set(&instrument, Market { price, time: NOW, position: Position(position), in_force });
        }
        let (state, told) = arm(&positions, &spec(), NOW);
        assert_eq!(state.position.map(|position| position.0), expected.0);
        assert_eq!(state.has_reference, expected.1.is_some());
        assert_eq!(state.accepted_at, Some(NOW));
        let reference = expected.1.map(|price| price.parse().unwrap());
        assert_eq!(told, ArmedFrom { position: expected.0, reference });
    }

    #[test]
    fn the_owner_is_told_what_the_alert_is_armed_with() {
        check(Some((17, true)), (Some(17), Some("32000.5")));
        check(Some((17, false)), (Some(17), None));
        check(None, (None, None));
    }
}
