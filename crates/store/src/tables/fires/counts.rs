//! How many fires there are of each instrument, alert or day.
//!
//! Fires lie by their owner and id, and ids grow with time. So the newest ones are read off that index, up to a
//! bound, and only these are sorted out and counted.

use bellwether_model::{AlertId, Timestamp, UserId};

use crate::error::StoreError;
use crate::fire::{Counted, FIRES_COUNTED, FireCount, FireCounts, FireFilter, FireGroup};
use crate::sql::{Conditions, Db};

const DAY_US: i64 = 86_400_000_000;

pub(super) async fn count(
    db: &mut Db<'_>,
    user: UserId,
    filter: FireFilter,
    by: FireGroup,
    limit: u32,
) -> Result<FireCounts, StoreError> {
    // What is bound here stands in the select below.
    let (mut bound, mut whose, mut order) = (Conditions::new(), String::new(), "id");
    bound.on(user, |user| {
        whose = format!("user_id = {user}");
        "TRUE".to_owned()
    });
    if let Some(alert) = filter.alert {
        order = "number";
        bound.on(alert, |alert| {
            whose.push_str(&format!(" AND alert_id = {alert}"));
            "TRUE".to_owned()
        });
    }
    let newest = |limit: u32| {
        format!(
            "(SELECT alert_id, instrument, time FROM fires WHERE {whose} ORDER BY {order} DESC LIMIT {limit})
                AS newest"
        )
    };
    let all = format!("SELECT COUNT(*) FROM {}", newest(FIRES_COUNTED.saturating_add(1)));
    let looked_at = bound.select(&all, "").one(db, |row| row.count()).await?;

    let mut wanted = bound;
    if let Some(instrument) = &filter.instrument {
        wanted.equal("instrument", instrument);
    }
    if let Some(from) = filter.from {
        wanted.compare("time", ">=", from);
    }
    if let Some(to) = filter.to {
        wanted.compare("time", "<", to);
    }
    if by == FireGroup::Instrument {
        // Those of listings have none.
        wanted.and("instrument <> ''");
    }
    let newest = newest(FIRES_COUNTED);
    let total =
        wanted.select(&format!("SELECT COUNT(*) FROM {newest}"), "").one(db, |row| row.count()).await?;
    let (key, order) = match by {
        FireGroup::Instrument => ("instrument", "2 DESC, 1"),
        FireGroup::Alert => ("alert_id", "2 DESC, 1"),
        FireGroup::Day => ("time / 86400000000", "1 DESC"),
    };
    let items = wanted
        .select(
            &format!("SELECT {key}, COUNT(*), MAX(time) FROM {newest}"),
            &format!("GROUP BY 1 ORDER BY {order} LIMIT {limit}"),
        )
        .all(db, |row| {
            let of = match by {
                FireGroup::Instrument => Counted::Instrument(row.parsed("a fire's instrument")?),
                FireGroup::Alert => Counted::Alert(AlertId(row.uuid()?)),
                FireGroup::Day => Counted::Day(Timestamp::from_micros(row.int()?.saturating_mul(DAY_US))),
            };
            Ok(FireCount { of, count: row.count()?, last: row.time()? })
        })
        .await?;
    Ok(FireCounts { items, total, capped: looked_at > u64::from(FIRES_COUNTED) })
}
