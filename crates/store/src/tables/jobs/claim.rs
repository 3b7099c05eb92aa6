//! Claims on jobs.
//!
//! A job is due at its time, or once the lease of whoever is at it is over: both stand in one index, so that a
//! claim costs the same however many jobs wait.

use std::time::Duration;

use bellwether_model::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::job::{HeldJob, Job, JobKind};
use crate::sql::{Db, Rows, sql, sql_of};

pub(super) async fn claim(
    db: &mut Db<'_>,
    kind: JobKind,
    limit: u32,
    token: Uuid,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Job>, StoreError> {
    let lease_us = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    let lease_until = Timestamp::from_micros(now.micros().saturating_add(lease_us));
    let lock = db.dialect().locking_free("j");
    let mut claimed = sql_of(format!(
        "WITH due AS MATERIALIZED (
            SELECT j.kind, j.subject FROM jobs j
            WHERE j.kind = $1 AND COALESCE(j.lease_until, j.next_at) <= $2
            ORDER BY COALESCE(j.lease_until, j.next_at) LIMIT $3{lock})
        UPDATE jobs SET lease_until = $4, token = $5, again_at = NULL FROM due
        WHERE jobs.kind = due.kind AND jobs.subject = due.subject
        RETURNING jobs.subject, jobs.next_at, jobs.anchor, jobs.last_at"
    ))
    .bind(kind.name())
    .bind(now)
    .bind(limit)
    .bind(lease_until)
    .bind(token)
    .all(db, |row| {
        Ok(Job {
            held: HeldJob { kind, subject: row.uuid()?, token },
            slot: row.time()?,
            anchor: row.time()?,
            last_at: row.maybe_time()?,
            lease_until,
        })
    })
    .await?;
    // Neither database promises the order of what a change returns.
    claimed.sort_unstable_by_key(|job| (job.slot, job.held.subject));
    Ok(claimed)
}

pub(super) async fn renew(db: &mut Db<'_>, held: Vec<HeldJob>, until: Timestamp) -> Result<(), StoreError> {
    Rows::of(["kind", "subject", "token", "until"], held, |held| {
        [held.kind.name().into(), held.subject.into(), held.token.into(), until.into()]
    })
    .run(
        db,
        "UPDATE jobs SET lease_until = rows.until FROM rows
        WHERE jobs.kind = rows.kind AND jobs.subject = rows.subject AND jobs.token = rows.token",
    )
    .await
    .map(drop)
}

/// Ends a claim; whether it still was one. It is due at `next_at`, or earlier where that was asked for. `done_at` is when the job was done, where it was.
pub(crate) async fn go_on(
    db: &mut Db<'_>,
    held: HeldJob,
    next_at: Timestamp,
    done_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let ours = sql("UPDATE jobs SET next_at = CASE WHEN again_at < $4 THEN again_at ELSE $4 END,
            lease_until = NULL, token = NULL, again_at = NULL, last_at = COALESCE($5, last_at)
        WHERE kind = $1 AND subject = $2 AND token = $3")
    .bind(held.kind.name())
    .bind(held.subject)
    .bind(held.token)
    .bind(next_at)
    .bind(done_at)
    .run(db)
    .await?;
    Ok(ours == 1)
}

/// Ends a claim and its job, unless it was asked for meanwhile; whether it still was one.
pub(super) async fn end(db: &mut Db<'_>, held: HeldJob) -> Result<bool, StoreError> {
    let ended = sql("DELETE FROM jobs WHERE kind = $1 AND subject = $2 AND token = $3 AND again_at IS NULL")
        .bind(held.kind.name())
        .bind(held.subject)
        .bind(held.token)
        .run(db)
        .await?;
    if ended == 1 {
        return Ok(true);
    }
    let asked_for =
        sql("UPDATE jobs SET next_at = again_at, lease_until = NULL, token = NULL, again_at = NULL
        WHERE kind = $1 AND subject = $2 AND token = $3 AND again_at IS NOT NULL")
        .bind(held.kind.name())
        .bind(held.subject)
        .bind(held.token)
        .run(db)
        .await?;
    Ok(asked_for == 1)
}
