//! Deleting an account, and all that says something about its owner.

use bellwether_model::{Timestamp, UserId};

use crate::error::StoreError;
use crate::sql::{Db, sql, sql_of};
use crate::tables::lock_in_order;

pub(super) async fn delete(db: &mut Db<'_>, id: UserId, now: Timestamp) -> Result<bool, StoreError> {
    let deleted = sql("UPDATE users SET email = '', email_key = NULL, username = NULL, username_key = NULL,
            password_hash = '', verified = FALSE, email_problem = NULL, role = 'user', time_zone = 'UTC', alerts = 0,
            updated_at = $2, deleted_at = $2
        WHERE id = $1 AND deleted_at IS NULL")
    .bind(id)
    .bind(now)
    .run(db)
    .await?;
    if deleted == 0 {
        return Ok(false);
    }
    delete_alerts(db, id, now).await?;
    sql("DELETE FROM jobs WHERE kind IN ('digest', 'insights')
            AND subject IN (SELECT id FROM alerts WHERE user_id = $1)")
    .bind(id)
    .run(db)
    .await?;
    lock_in_order(db, "channels", "user_id", id.0).await?;
    lock_in_order(db, "deliveries", "user_id", id.0).await?;
    // Attempts go with their deliveries, tokens with their sessions.
    for statement in [
        "DELETE FROM deliveries WHERE user_id = $1",
        "DELETE FROM channels WHERE user_id = $1",
        "DELETE FROM fires WHERE user_id = $1",
        "DELETE FROM reports WHERE user_id = $1",
        "DELETE FROM alert_listings WHERE alert_id IN (SELECT id FROM alerts WHERE user_id = $1)",
        "DELETE FROM idempotency_keys WHERE user_id = $1",
        "DELETE FROM channel_keys WHERE user_id = $1",
        "DELETE FROM api_keys WHERE user_id = $1",
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM password_links WHERE user_id = $1",
    ] {
        sql(statement).bind(id).run(db).await?;
    }
    Ok(true)
}

/// Leaves the alerts behind, deleted and without words of their owner, so that the evaluator learns of it.
async fn delete_alerts(db: &mut Db<'_>, user: UserId, now: Timestamp) -> Result<(), StoreError> {
    lock_in_order(db, "alerts", "user_id", user.0).await?;
    let wordless = db.dialect().patched("spec", r#"{"name":"","note":"","message":"","tags":[]}"#);
    sql_of(format!(
        "UPDATE alerts SET status = 'deleted', revision = revision + 1, version = version + 1,
            spec = {wordless}, search_text = '', updated_at = $2
        WHERE user_id = $1"
    ))
    .bind(user)
    .bind(now)
    .run(db)
    .await?;
    sql("DELETE FROM alert_changes WHERE user_id = $1").bind(user).run(db).await?;
    sql("INSERT INTO alert_changes (alert_id, user_id, actor, action, at, status, spec)
        SELECT id, user_id, user_id, 'deleted', $2, status, spec FROM alerts WHERE user_id = $1 ORDER BY id")
    .bind(user)
    .bind(now)
    .run(db)
    .await?;
    sql("DELETE FROM user_log WHERE user_id = $1").bind(user).run(db).await.map(drop)
}
