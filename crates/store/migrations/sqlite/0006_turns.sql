-- Deliveries wait in one of two places: `ready_at`, from which claims take them in turn among their receivers,
-- or `due_at`, until the time of their next attempt or the end of their lease. The table is made anew, since
-- the words of a status cannot be added to in place.

CREATE TABLE deliveries_anew (
    id           BLOB PRIMARY KEY NOT NULL,
    user_id      BLOB NOT NULL,
    alert_id     BLOB,
    fire_id      BLOB,
    channel      TEXT NOT NULL,
    channel_id   BLOB,                            -- NULL: the account's own address
    lane         TEXT NOT NULL CHECK (lane IN ('urgent', 'digest', 'insights')),
    status       TEXT NOT NULL
        CHECK (status IN ('held', 'pending', 'sending', 'delivered', 'dead', 'expired', 'cancelled')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    ready_at     INTEGER,                         -- pending, and its time has come: since when
    due_at       INTEGER,                         -- pending: the next attempt; sending: the lease's end
    deferred     TEXT,                            -- why it waited although nothing had failed
    claim_token  BLOB,                            -- of the claim that holds it, while it is being sent
    secret       TEXT,                            -- the token of an address check, until it was sent
    notice       TEXT,                            -- JSON: what it says, where it tells of no fire
    created_at   INTEGER NOT NULL,
    delivered_at INTEGER,
    combined_in  BLOB,                            -- the message that told of it and of others, once delivered
    last_error   TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries_anew (id, user_id, alert_id, fire_id, channel, channel_id, lane, status, attempts,
        due_at, claim_token, secret, notice, created_at, delivered_at, last_error)
    SELECT id, user_id, alert_id, fire_id, channel, channel_id, lane, status, attempts, due_at, claim_token,
        secret, notice, created_at, delivered_at, last_error FROM deliveries;

-- Attempts first: they would go with the deliveries that they name.
CREATE TABLE attempts_anew (
    id          BLOB PRIMARY KEY NOT NULL,
    delivery_id BLOB NOT NULL REFERENCES deliveries_anew (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    took_us     INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('delivered', 'retry', 'dead', 'expired', 'cancelled')),
    retry_at    INTEGER,
    detail      TEXT NOT NULL,
    combined_in BLOB                              -- the message that was sent for several deliveries at once
) STRICT;
INSERT INTO attempts_anew (id, delivery_id, number, started_at, took_us, outcome, retry_at, detail)
    SELECT id, delivery_id, number, started_at, took_us, outcome, retry_at, detail FROM attempts;
DROP TABLE attempts;
DROP TABLE deliveries;
ALTER TABLE deliveries_anew RENAME TO deliveries;
ALTER TABLE attempts_anew RENAME TO attempts;

CREATE INDEX deliveries_ready ON deliveries (lane, user_id, channel, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (lane, due_at, status) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_alert ON deliveries (alert_id, delivered_at);
CREATE INDEX deliveries_by_channel ON deliveries (channel_id, status) WHERE channel_id IS NOT NULL;
CREATE INDEX deliveries_stuck ON deliveries (lane, status) WHERE status IN ('held', 'dead', 'expired');
CREATE INDEX attempts_by_delivery ON attempts (delivery_id, number);

-- When its owner was last told that it fires more often than its messages are sent.
ALTER TABLE alerts ADD COLUMN throttle_told_at INTEGER;
