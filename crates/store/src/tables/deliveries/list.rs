//! Deliveries as their owners and the operator see them.

use bellwether_model::{AlertId, AttemptId, DeliveryId, FireId, ReportId, Timestamp, UserId};

use crate::delivery::{
    About, Attempt, AttemptOutcome, Delivery, DeliveryFilter, DeliveryStatus, Lane, Notice,
};
use crate::error::StoreError;
use crate::page::{Stretch, Stretched};
use crate::sql::{Cells, Conditions, Db, Newest, json, sql};

const COLUMNS: &str = "id, user_id, fire_id, report_id, alert_id, channel, lane, status, attempts,
    COALESCE(ready_at, due_at), created_at, delivered_at, combined_in, deferred,
    last_error, notice";

fn read_delivery(row: &mut Cells<'_>) -> Result<Delivery, StoreError> {
    let (id, user) = (DeliveryId(row.uuid()?), UserId(row.uuid()?));
    let (fire, report) = (row.maybe_uuid()?.map(FireId), row.maybe_uuid()?.map(ReportId));
    let alert = row.maybe_uuid()?.map(AlertId);
    let mut delivery = Delivery {
        id,
        user,
        fire: fire.zip(alert),
        report: report.zip(alert),
        about: About::Verification,
        channel: row.parsed("a channel")?,
        lane: row.parsed("a lane")?,
        status: row.parsed("a delivery's status")?,
        attempts: row.small()?,
        next_at: row.maybe_time()?,
        created_at: row.time()?,
        delivered_at: row.maybe_time()?,
        combined_in: row.maybe_uuid()?.map(DeliveryId),
        deferred: row.maybe_parsed("a reason to wait")?,
        last_error: row.maybe_text()?.map(str::to_owned),
    };
    delivery.about = match row.maybe_text()? {
        _ if delivery.fire.is_some() => About::Fire,
        _ if delivery.report.is_some() => match delivery.lane {
            Lane::Urgent => About::Listings,
            Lane::Digest => About::Digest,
            Lane::Insights => About::Insights,
        },
        None => About::Verification,
        Some(notice) => match json::read(notice, "a notice")? {
            Notice::ChannelTest => About::Test,
            Notice::ChannelDisabled { .. } => About::ChannelDisabled,
            Notice::AlertThrottled { .. } => About::AlertThrottled,
            Notice::AlertExpired { .. } => About::AlertExpired,
            Notice::AddressSuppressed { .. } => About::AddressSuppressed,
            Notice::PasswordLink => About::PasswordLink,
        },
    };
    // While it is being sent, the column holds the end of the lease.
    if delivery.status != DeliveryStatus::Pending {
        delivery.next_at = None;
        delivery.deferred = None;
    }
    Ok(delivery)
}

pub(super) async fn load(
    db: &mut Db<'_>,
    user: UserId,
    id: DeliveryId,
) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("id", id);
    wanted.equal("user_id", user);
    let select = wanted.select(&format!("SELECT {COLUMNS} FROM deliveries"), "");
    let Some(delivery) = select.first(db, read_delivery).await? else {
        return Ok(None);
    };
    let attempts = sql("SELECT id, number, started_at, took_us, outcome, retry_at, detail, combined_in,
            ambiguous
        FROM attempts
        WHERE delivery_id = $1 ORDER BY number")
    .bind(id)
    .all(db, read_attempt)
    .await?;
    Ok(Some((delivery, attempts)))
}

fn read_attempt(row: &mut Cells<'_>) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: AttemptId(row.uuid()?),
        number: row.small()?,
        started_at: row.time()?,
        took_us: row.count()?,
        outcome: match (row.text()?, row.maybe_time()?) {
            ("delivered", None) => AttemptOutcome::Delivered,
            ("retry", Some(at)) => AttemptOutcome::Retry { at },
            ("dead", None) => AttemptOutcome::Dead,
            ("expired", None) => AttemptOutcome::Expired,
            ("cancelled", None) => AttemptOutcome::Cancelled,
            _ => {
                return Err(StoreError::Corrupt { what: "an attempt's outcome".into() });
            }
        },
        detail: row.text()?.to_owned(),
        combined_in: row.maybe_uuid()?.map(DeliveryId),
        ambiguous: row.flag()?,
    })
}

pub(super) async fn list(
    db: &mut Db<'_>,
    user: UserId,
    filter: DeliveryFilter,
    stretch: Stretch<DeliveryId>,
) -> Result<Stretched<Delivery>, StoreError> {
    let mut wanted = Conditions::new();
    if filter.alert.is_some() || filter.fire.is_some() || filter.report.is_some() {
        // A user has very many, of all alerts.
        wanted.checked_equal(db.dialect(), "user_id", user);
    } else {
        wanted.equal("user_id", user);
    }
    wanted.any_of("status", filter.statuses.iter().map(|status| status.name().into()));
    if let Some(alert) = filter.alert {
        wanted.equal("alert_id", alert);
    }
    if let Some(fire) = filter.fire {
        wanted.equal("fire_id", fire);
        // Deliveries are found by their alert; the fire says by which one.
        wanted.equal_to_selected("alert_id", "SELECT f.alert_id FROM fires f WHERE f.id =", fire);
    }
    if let Some(report) = filter.report {
        wanted.equal("report_id", report);
        wanted.equal_to_selected("alert_id", "SELECT r.alert_id FROM reports r WHERE r.id =", report);
    }
    let select = format!("SELECT {COLUMNS} FROM deliveries");
    let newest = Newest::by("id", stretch.after);
    wanted.stretch(db, "deliveries", &select, newest, stretch.limit, read_delivery).await
}

/// A person's newest deliveries, newest first.
pub(crate) async fn newest(db: &mut Db<'_>, user: UserId, limit: u32) -> Result<Vec<Delivery>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    let tail = format!("ORDER BY id DESC LIMIT {limit}");
    wanted.select(&format!("SELECT {COLUMNS} FROM deliveries"), &tail).all(db, read_delivery).await
}

pub(super) async fn depths(
    db: &mut Db<'_>,
    now: Timestamp,
) -> Result<Vec<(Lane, DeliveryStatus, u64)>, StoreError> {
    sql("SELECT lane, status, COUNT(*) FROM (
            SELECT lane, 'pending' AS status FROM deliveries WHERE ready_at IS NOT NULL
            UNION ALL
            SELECT lane, CASE WHEN status = 'sending' AND due_at <= $1 THEN 'pending' ELSE status END
                FROM deliveries WHERE due_at IS NOT NULL
            UNION ALL
            SELECT lane, status FROM deliveries WHERE status IN ('held', 'dead', 'expired')) waiting
        GROUP BY lane, status ORDER BY lane, status")
    .bind(now)
    .all(db, |row| Ok((row.parsed("a lane")?, row.parsed("a delivery's status")?, row.count()?)))
    .await
}
