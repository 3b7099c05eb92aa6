//! Where the alerts of a page stand, in short: how far each is from firing.

use std::collections::HashMap;

use bellwether_engine::{Hindrance, Outlook, Target};
use bellwether_model::{AlertId, Price, Status, Timestamp, UserId, figures};
use bellwether_store::evaluation::Watched;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::explain_alert::{TargetView, is_short};
use super::view::AlertView;
use crate::http::ApiState;
use crate::http::error::ApiError;
use crate::http::schema;

/// How far an alert is from firing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outlook)]
pub(in crate::http) struct OutlookView {
    /// The last price that was evaluated; null before the first.
    #[schema(value_type = Option<schema::Decimal>)]
    price: Option<Price>,
    /// The venue's time of it.
    #[schema(value_type = Option<String>, format = DateTime)]
    price_at: Option<Timestamp>,
    /// Whether the condition holds; null for what happens at one tick.
    holds: Option<bool>,
    /// What keeps it from firing whatever the next price is, as `explain` says it.
    #[schema(example = "cooling_down")]
    hindrance: Option<&'static str>,
    /// When that is over, where it is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How its instrument is watched, as `explain` says it; null where that is not known yet.
    #[schema(example = "watched")]
    watching: Option<&'static str>,
    /// The nearest price that would fire it; null where there is none, or none is known.
    #[schema(value_type = Option<schema::Decimal>)]
    target: Option<Price>,
    /// Which way it lies: `up` or `down`.
    #[schema(example = "up")]
    side: Option<&'static str>,
    /// How far the last price is from it.
    #[schema(value_type = Option<schema::Decimal>)]
    distance: Option<Price>,
    /// The same in percent of the last price, rounded.
    #[schema(example = "2.8 %")]
    distance_percent: Option<String>,
}

impl OutlookView {
    fn of(outlook: Outlook, watching: Option<&'static str>) -> Self {
        let last = outlook.market.as_ref().map(|market| market.price);
        let hindrance = outlook.hindrances.first();
        let target = last.and_then(|last| nearest(&outlook.targets, last));
        Self {
            price: last,
            price_at: outlook.market.map(|market| market.time),
            holds: outlook.holds,
            hindrance: hindrance.map(Hindrance::code),
            until: hindrance.and_then(Hindrance::until),
            watching,
            target: target.as_ref().map(|(target, _)| target.price),
            side: target.as_ref().map(|(target, _)| TargetView::side_of(target)),
            distance: target.as_ref().map(|(_, distance)| *distance),
            distance_percent: last
                .zip(target)
                .and_then(|(last, (target, _))| figures::size(last, target.price)),
        }
    }
}

/// The target that is least far away, and how far.
fn nearest(targets: &[Target], last: Price) -> Option<(Target, Price)> {
    let short = targets.iter().filter(|target| is_short(target, last));
    let with_distance = short.filter_map(|target| Some((*target, figures::difference(last, target.price)?)));
    with_distance.min_by_key(|(_, distance)| *distance)
}

/// Where those of a page stand that are in force.
pub(super) async fn outlooks(
    api: &ApiState,
    user: UserId,
    alerts: &[AlertView],
) -> Result<HashMap<Uuid, OutlookView>, ApiError> {
    let active = alerts.iter().filter(|alert| alert.status == Status::Active);
    let ids = active.map(|alert| AlertId(alert.id)).collect();
    let rows = api.store().watched_alerts(user, ids).await?;
    let watching = |row: &Watched| api.positions().watching(&row.spec.instrument).map(|it| it.state());
    let known: Vec<(Uuid, _)> = rows.iter().map(|row| (row.id.0, watching(row))).collect();
    let found = api.inquiries().outlooks(rows, api.now()).await;
    let held = known.into_iter().zip(found);
    Ok(held.filter_map(|((id, watching), found)| Some((id, OutlookView::of(found?, watching)))).collect())
}
