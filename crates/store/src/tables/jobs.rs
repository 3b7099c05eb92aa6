//! Jobs: claiming what is due, and going on to the next instant.

mod claim;

use std::time::Duration;

use bellwether_model::Timestamp;
use uuid::Uuid;

pub(crate) use self::claim::go_on;
use crate::error::StoreError;
use crate::job::{HeldJob, Job, JobKind};
use crate::sql::{Db, Rows, sql, sql_of};
use crate::store::Store;

impl Store {
    /// Claims at most `limit` jobs that are due, or whose claim's lease is over, until the lease has passed; the
    /// one that waits longest first. No two claims hold one job at once, and none is left out. `token` is a
    /// fresh one for each call.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim_jobs(
        &self,
        kind: JobKind,
        limit: u32,
        token: Uuid,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        self.write(move |db| Box::pin(claim::claim(db, kind, limit, token, lease, now))).await
    }

    /// Holds on to jobs until an instant: those that are still the caller's.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn renew_jobs(&self, held: Vec<HeldJob>, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(claim::renew(db, held, until))).await
    }

    /// Gives a job back undone, to be claimed again from `next_at` on; whether it was still the caller's. The
    /// instant that it is done for is then `next_at`: to keep it, name it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn release_job(&self, held: HeldJob, next_at: Timestamp) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(go_on(db, held, next_at, None))).await
    }

    /// Notes that a job was done, and when it is due again; whether it was still the caller's. Polls, digests
    /// and insights are finished by what they bring in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn finish_job(
        &self,
        held: HeldJob,
        next_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(go_on(db, held, next_at, Some(now)))).await
    }

    /// Ends a job because nothing is left to be done; whether it was still the caller's. A poll or a roll-up that
    /// was asked for since it was claimed stays, and is due at the time that was asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn forget_job(&self, held: HeldJob) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(claim::end(db, held))).await
    }

    /// Notes that a poll failed and gives its job back, to be claimed again from `next_at` on; whether it was
    /// still the caller's. `error` is shown to users.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn poll_failed(
        &self,
        held: HeldJob,
        error: &str,
        next_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let error = error.replace('\0', "");
        self.write(move |db| Box::pin(poll_failed(db, held, error, next_at))).await
    }

    /// Has jobs of a kind from now on: (with what, from where its instants are counted, when it is due). Of a
    /// poll or a roll-up that is there already the earlier time counts; one that somebody is at is due again
    /// at that time at the latest. A digest or insights begin anew, and whoever is at them has lost them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_jobs(
        &self,
        kind: JobKind,
        jobs: Vec<(Uuid, Timestamp, Timestamp)>,
    ) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(put_all(db, kind, jobs))).await
    }

    /// The same for one job.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_job(
        &self,
        kind: JobKind,
        subject: Uuid,
        anchor: Timestamp,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(put(db, kind, subject, anchor, next_at))).await
    }

    /// Forgets a job; whoever is at it has lost it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove_job(&self, kind: JobKind, subject: Uuid) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(remove(db, kind, subject))).await
    }

    /// When the next job of a kind is due, or its lease over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn next_job_at(&self, kind: JobKind) -> Result<Option<Timestamp>, StoreError> {
        let next = sql("SELECT MIN(COALESCE(lease_until, next_at)) FROM jobs WHERE kind = $1");
        let next = next.bind(kind.name());
        self.read(move |db| Box::pin(async move { next.one(db, |row| row.maybe_time()).await })).await
    }
}

/// See [`Store::put_jobs`].
pub(crate) async fn put(
    db: &mut Db<'_>,
    kind: JobKind,
    subject: Uuid,
    anchor: Timestamp,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    put_all(db, kind, vec![(subject, anchor, next_at)]).await
}

/// See [`Store::put_jobs`].
pub(crate) async fn put_all(
    db: &mut Db<'_>,
    kind: JobKind,
    mut jobs: Vec<(Uuid, Timestamp, Timestamp)>,
) -> Result<(), StoreError> {
    // In order, as all locks; and one statement cannot change a row twice.
    jobs.sort_unstable_by_key(|(subject, anchor, next_at)| (*subject, *next_at, *anchor));
    jobs.dedup_by_key(|(subject, ..)| *subject);
    let there = if kind.is_scheduled() {
        "next_at = excluded.next_at, anchor = excluded.anchor, lease_until = NULL, token = NULL"
    } else {
        // Whoever is at it may have begun too early for whoever asks now: it is done once more.
        "next_at = CASE WHEN jobs.lease_until IS NULL AND excluded.next_at < jobs.next_at
                THEN excluded.next_at ELSE jobs.next_at END,
            again_at = CASE WHEN jobs.lease_until IS NULL THEN NULL
                WHEN jobs.again_at < excluded.next_at THEN jobs.again_at ELSE excluded.next_at END"
    };
    Rows::of(["kind", "subject", "anchor", "next_at"], jobs, |(subject, anchor, next_at)| {
        [kind.name().into(), subject.into(), anchor.into(), next_at.into()]
    })
    .run(
        db,
        &format!(
            "INSERT INTO jobs (kind, subject, anchor, next_at)
            SELECT kind, subject, anchor, next_at FROM rows WHERE TRUE
            ON CONFLICT (kind, subject) DO UPDATE SET {there}"
        ),
    )
    .await
    .map(drop)
}

/// Forgets a job; whoever is at it has lost it.
pub(crate) async fn remove(db: &mut Db<'_>, kind: JobKind, subject: Uuid) -> Result<(), StoreError> {
    sql("DELETE FROM jobs WHERE kind = $1 AND subject = $2")
        .bind(kind.name())
        .bind(subject)
        .run(db)
        .await
        .map(drop)
}

/// Whether a job is still the holder's, who keeps it until the transaction ends.
pub(crate) async fn is_held(db: &mut Db<'_>, held: &HeldJob) -> Result<bool, StoreError> {
    let lock = db.dialect().locking("j");
    let found = sql_of(format!(
        "SELECT j.subject FROM jobs j WHERE j.kind = $1 AND j.subject = $2 AND j.token = $3{lock}"
    ))
    .bind(held.kind.name())
    .bind(held.subject)
    .bind(held.token)
    .first(db, |row| row.uuid())
    .await?;
    Ok(found.is_some())
}

async fn poll_failed(
    db: &mut Db<'_>,
    held: HeldJob,
    error: String,
    next_at: Timestamp,
) -> Result<bool, StoreError> {
    // The search before its job, as everywhere.
    let lock = db.dialect().locking("s");
    sql_of(format!("SELECT s.id FROM searches s WHERE s.id = $1{lock}"))
        .bind(held.search())
        .first(db, |row| row.uuid())
        .await?;
    if !go_on(db, held, next_at, None).await? {
        return Ok(false);
    }
    sql("UPDATE searches SET failures = failures + 1, error = $2 WHERE id = $1")
        .bind(held.search())
        .bind(error)
        .run(db)
        .await?;
    Ok(true)
}
