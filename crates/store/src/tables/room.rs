//! A row that is written to see whether there is room.

use bellwether_model::Timestamp;

use crate::error::StoreError;
use crate::sql::sql;
use crate::store::Store;

/// More than most transactions need, so that what comes after finds room too.
const PROOF_BYTES: usize = 256 * 1_024;

impl Store {
    /// Writes a quarter of a MiB over what was written so before, and takes it for proof that the store keeps what
    /// is written to it.
    ///
    /// # Errors
    /// Where it does not. See [`StoreError`].
    pub async fn prove_room(&self, now: Timestamp) -> Result<(), StoreError> {
        // Bytes that no database can make smaller.
        let mut next = now.micros().cast_unsigned() | 1;
        let proof: Vec<u8> = std::iter::repeat_with(|| {
            next ^= next << 13;
            next ^= next >> 7;
            next ^= next << 17;
            next.to_be_bytes()
        })
        .flatten()
        .take(PROOF_BYTES)
        .collect();
        let prove = sql("INSERT INTO room (id, proof, proved_at) VALUES (1, $1, $2)
            ON CONFLICT (id) DO UPDATE SET proof = excluded.proof, proved_at = excluded.proved_at")
        .bind(proof)
        .bind(now);
        self.write(move |db| Box::pin(async move { prove.run(db).await.map(drop) })).await?;
        // What was proved is not kept: it would be in every backup.
        let forget = sql("DELETE FROM room");
        self.write(move |db| Box::pin(async move { forget.run(db).await.map(drop) })).await?;
        self.proved();
        Ok(())
    }
}
