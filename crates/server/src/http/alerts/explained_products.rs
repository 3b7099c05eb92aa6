//! Why an alert on products has told nothing, and when it will.

use bellwether_model::product::ProductWatch;
use bellwether_model::{AlertId, Status, Timestamp, UserId};
use bellwether_store::alert::{Alert, ProductAlert};
use bellwether_store::search::SearchRecord;

use super::explain_alert::{Explanation, HindranceView, stopped, tell_of_channels};
use crate::http::ApiState;
use crate::http::error::ApiError;

/// Everything that is known of why an alert on products is silent.
pub(super) async fn explanation(
    api: &ApiState,
    user: UserId,
    id: AlertId,
    now: Timestamp,
) -> Result<Explanation, ApiError> {
    let not_found = || ApiError::NotFound("alert");
    let alert = api.store().alert(user, id).await?.ok_or_else(not_found)?;
    let product = api.store().product_alert(id).await?.ok_or_else(not_found)?;
    let search = api.store().search_by_id(product.search).await?;
    let snoozed = product.snoozed_until.filter(|until| *until > now).map(|until| HindranceView {
        code: "snoozed",
        until: Some(until),
        at: Vec::new(),
    });
    let hindrances = stopped(alert.status, true).into_iter().chain(snoozed).collect();
    let mut explanation = Explanation {
        alert_id: id.0,
        status: alert.status,
        as_of: now,
        sentence: sentence(&alert, &product, search.as_ref(), now),
        market: None,
        watching: None,
        blind: Vec::new(),
        holds: None,
        reference: None,
        hindrances,
        targets: Vec::new(),
        parts: Vec::new(),
    };
    tell_of_channels(api, user, alert.spec.channels(), &mut explanation).await?;
    Ok(explanation)
}

fn sentence(alert: &Alert, product: &ProductAlert, search: Option<&SearchRecord>, now: Timestamp) -> String {
    let told = match alert.status {
        Status::Paused => return "It is paused: resume it, and it goes on.".to_owned(),
        Status::Triggered => return "It has fired as often as it may: arm it anew with rearm.".to_owned(),
        Status::Expired => return "Its time is over: move expires_at, and it goes on.".to_owned(),
        Status::Deleted => return "It was deleted.".to_owned(),
        Status::Active => match (&product.spec.watch, product.snoozed_until.filter(|until| *until > now)) {
            (_, Some(until)) => format!("It is quiet until {until}."),
            (ProductWatch::Search(_), None) => match alert.last_fired_at {
                Some(at) => format!("It last fired at {at}."),
                None => "Nothing that it waits for has happened since it was armed.".to_owned(),
            },
            (ProductWatch::Digest(_) | ProductWatch::Insights(_), None) => {
                let schedule = product.spec.watch.schedule();
                match schedule.and_then(|schedule| schedule.next_after(product.armed_at, now)) {
                    Some(next) => format!("It is told next at {next}."),
                    None => "Its schedule names no time any more.".to_owned(),
                }
            }
        },
    };
    let asked = match search {
        Some(SearchRecord { polled_at: Some(at), error, failures, .. }) => match error {
            Some(error) if *failures > 0 => {
                format!(" Its search was last answered at {at}; since then the marketplace fails: {error}.")
            }
            _ => format!(" Its search was last answered at {at}."),
        },
        Some(SearchRecord { error: Some(error), .. }) => {
            format!(" Its search was not answered yet: {error}.")
        }
        _ => " Its search was not answered yet.".to_owned(),
    };
    told + &asked
}
