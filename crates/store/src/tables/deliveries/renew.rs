//! Holding on to claims whose sending takes its time.

use bellwether_model::{DeliveryId, Timestamp};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Db, Rows};

pub(super) async fn renew(
    db: &mut Db<'_>,
    claims: Vec<(DeliveryId, Uuid)>,
    until: Timestamp,
) -> Result<(), StoreError> {
    Rows::of(["id", "token", "lease"], claims, |(id, token)| [id.into(), token.into(), until.into()])
        .run(
            db,
            "UPDATE deliveries SET due_at = rows.lease
            FROM rows WHERE deliveries.id = rows.id AND deliveries.claim_token = rows.token
                AND deliveries.status = 'sending'",
        )
        .await
        .map(drop)
}
